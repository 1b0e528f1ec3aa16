"""The exercises of notebook 04: a place in a file, a training pipeline, the order of its steps."""

import itertools

import numpy as np

from mnist_helpers.exercises.answers import NotAttempted, call, describe, to_array, to_number
from mnist_helpers.exercises.exercise import exercise

STEPS = ("batch", "cache", "map", "prefetch", "shuffle")


@exercise(
    hints=[
        "The header comes first. How many bytes does it take in an image file?",
        "Images are counted from 0, so a thousand of them, 0 to 999, lie before this one.",
        "Each of them takes one byte a pixel. Add the header to all their bytes.",
    ],
    solution="first_byte = 16 + 1000 * 784",
    why="Before it lie the header and 1,000 images of 784 bytes. As all records are equally long, a program can jump "
    "to any of them without reading the others.",
)
def first_byte(place):
    place, size, index = to_number(place, "Your answer"), 28 * 28, 1000
    if place == 16 + index * size:
        return None
    for wrong, message in (
        (index * size, "There the images would lie if the file had no header."),
        (8 + index * size, "That is the header of a label file. How long is an image file's?"),
        (16 + (index - 1) * size, "There begins image number 999. Images are counted from 0."),
        (16 + (index + 1) * size, "There image number 1,000 ends, and the next one begins."),
        (16 + index, "So it would be with 1 byte a record. How many does an image take?"),
        (8 + index, "That is the place of its label, in the other file."),
        (15 + index * size, "That is the last byte of image number 999. Bytes are counted from 0, too."),
        (17 + index * size, "That is its second byte. Bytes are counted from 0."),
        (16 + index * size * 4, "So it would be with 4 bytes a pixel. In the file a pixel is one byte."),
        (8 * (16 + index * size), "That is its place in bits. Count bytes."),
        (16 + index * 28, "Does an image have 28 pixels? It has 28 rows of 28."),
    ):
        if place == wrong:
            return message
    if place < 0 or place != int(place):
        return f"Your answer is {place:g}; expected is the number of a byte, a whole number from 0 on."
    count, rest = divmod(place - 16, size)
    if count < 0:
        return f"Byte {place:,} lies in the header."
    return (
        f"Byte {place:,} belongs to image number {count:,}, {f'{rest} bytes after it begins' if rest else 'its first'}."
    )


@exercise(
    hints=[
        "What should happen once, at the first pass, and what anew at each pass?",
        "Mix single pairs, not whole batches, and decode whole batches, not single pairs.",
        "One of the steps prepares what comes out at the very end. It has nothing to do before that.",
    ],
    solution='steps_in_order = ["cache", "shuffle", "batch", "map", "prefetch"]',
    why="The bytes are kept once; then each pass mixes the pairs anew, collects them, decodes whole batches, and keeps "
    "the next ones ready.",
)
def pipeline_order(steps_in_order):
    if steps_in_order is ...:
        raise NotAttempted
    if isinstance(steps_in_order, str) or not isinstance(steps_in_order, list | tuple):
        return f"Your answer is {describe(steps_in_order)}; expected is a list of five names of steps."
    names = [name.strip().lower() if isinstance(name, str) else name for name in steps_in_order]
    strange = [name for name in names if not isinstance(name, str) or name not in STEPS]
    if strange:
        return f"Your list holds {describe(strange[0])}; expected are {', '.join(STEPS)}."
    if sorted(names) != sorted(STEPS):
        odd = next(name for name in STEPS if names.count(name) != 1)
        return f"Your list holds {odd} {names.count(odd)} times; expected is each of the five steps once."
    place = names.index
    if place("prefetch") != 4:
        return (
            f"After prefetch comes {names[place('prefetch') + 1]}: the network would wait for that step at each batch. "
            "What is kept ready should be what the network takes."
        )
    if place("shuffle") < place("cache"):
        return "With shuffle before cache, the mixed order itself is kept: each epoch has the batches of the first."
    if place("batch") < place("shuffle"):
        return "With batch before shuffle, whole batches change places, but the same pairs stay together for ever."
    if place("map") < place("batch"):
        return "With map before batch, decode is called for each pair: 50,000 calls an epoch instead of 391."
    return None


@exercise(
    hints=[
        "Two methods are needed, in the right order: one mixes, one collects.",
        "`shuffle` wants the size of its buffer. How many numbers must it hold to mix all of them?",
        "Mix single numbers, not whole batches.",
    ],
    solution="""
        def my_pipeline(dataset):
            return dataset.shuffle(1000).batch(32)
    """,
    why="A buffer as large as the set mixes fully, and anew at each pass. Batches are collected after that, so each "
    "holds numbers from everywhere, and the last one the 8 that are left.",
)
def training_pipeline(function):
    import tensorflow as tf

    dataset = call(function, dataset=tf.data.Dataset.range(1000))
    if not isinstance(dataset, tf.data.Dataset):
        return f"Your function returns {describe(dataset)}; expected is a `tf.data.Dataset`."
    spec = dataset.element_spec
    if not isinstance(spec, tf.TensorSpec) or spec.shape.rank not in (0, 1):
        return f"An element of your dataset is {spec}; expected is a batch of numbers, one axis."
    if spec.shape.rank == 0:
        return "Your dataset hands out single numbers. What collects 32 of them?"
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        return "Your dataset never ends. `fit` starts it again at each epoch by itself: leave `repeat` out."
    passes = []
    for _ in range(4):  # several, since one pass can look mixed by chance
        try:
            batches = [to_array(batch) for batch in itertools.islice(dataset.as_numpy_iterator(), 1001)]
        except tf.errors.OpError as error:
            return f"Your dataset stops with {type(error).__name__}."
        if [len(batch) for batch in batches[:1]] != [32]:
            return f"Your first batch holds {len(batches[0]) if batches else 0} numbers; expected are 32."
        passes.append(np.concatenate(batches))
    numbers, positions = passes[0], np.arange(len(passes[0]))
    if len(numbers) == 992 and len(set(numbers)) == 992:
        return "The last 8 numbers are missing: 31 full batches, and a rest. Keep the rest as a smaller batch."
    if sorted(numbers) != list(range(1000)):
        return f"One pass hands out {len(numbers):,} numbers; expected is each of 0 to 999 once."
    if (numbers == positions).all():
        return "Your numbers come in order. What mixes them?"
    if all((np.diff(batch) == 1).all() for batch in batches):
        return "The batches are mixed, but inside a batch are neighbors, in order. Which step must come first?"
    if (numbers == passes[1]).all():
        return "The second pass has the order of the first. Let it be mixed anew each time."
    reach = max((mixed - positions).max() for mixed in passes)
    if reach < 900:
        came = f"Your first batch holds only numbers up to {numbers[:32].max()}"
        return f"{came}: a small buffer knows only the numbers that come next. How many must it hold?"
    return None
