"""Measures the pipeline, whether networks wait for it, and XLA and its like; prints JSON: `python tools/speed.py`."""

import contextlib
import json
import statistics
import sys
import time

from mnist_helpers import device, sources

with contextlib.redirect_stdout(sys.stderr):
    device.start()  # before the imports below, which load TensorFlow
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
import train_one  # noqa: E402

from mnist_helpers import data, tables  # noqa: E402

RUNS = 4
STEPS = 51  # of an epoch's 391; three times 17
CHOICES = {  # numbers' type, options of `compile`
    "as Keras does it": ("float32", {}),
    "17 steps at once": ("float32", {"steps_per_execution": 17}),
    "XLA": ("float32", {"jit_compile": True}),
    "bfloat16": ("mixed_bfloat16", {}),
}


def one_epoch(model, dataset):
    """Trains a compiled model for an epoch and returns the seconds that it took."""
    start = time.perf_counter()
    model.fit(dataset, shuffle=False, verbose=0)
    return time.perf_counter() - start


def decoded_one_by_one():
    """Returns the training set of `data.load_datasets`, but with each image decoded by itself, before the cache."""
    files = sources.find()
    records = data.read_records(files.train_images, files.train_labels, data.TRAIN_COUNT + data.VALIDATION_COUNT)

    def decode(image_record, label_record):
        images, labels = data.decode(image_record[tf.newaxis], label_record[tf.newaxis])
        return images[0], labels[0]

    examples = records.take(data.TRAIN_COUNT).map(decode, num_parallel_calls=tf.data.AUTOTUNE).cache()
    return data.without_tuner(examples.shuffle(data.TRAIN_COUNT).batch(128).prefetch(tf.data.AUTOTUNE))


def pipelines():
    """Returns, for both ways of decoding, the images per second in the first pass and, the median, in later ones."""
    makers = {"whole batches": lambda: data.load_datasets(128)[0], "image by image": decoded_one_by_one}
    seconds = {name: [] for name in makers}
    for _ in range(RUNS):
        for name, make in makers.items():
            dataset = make()
            first, *later = (tables.one_pass(dataset) for _ in range(4))
            seconds[name].append((first, statistics.median(later)))
    return {
        name: [round(data.TRAIN_COUNT / statistics.median(column)) for column in zip(*times, strict=True)]
        for name, times in seconds.items()
    }


def waiting(name):
    """Compares training on a notebook's pipeline with training on one batch that lies in memory, over and over.

    Args:
        name: a notebook with the cells `model` and `compile`.

    Returns:
        Seconds of an epoch, the least of all runs: `[on the pipeline, on the batch]`.
    """
    namespace = train_one.run_cells(name, 0, train_one.CELLS[name][:-1])
    dataset = namespace.get("augmented_dataset", namespace["train_dataset"])
    batch = next(iter(dataset))
    repeated = tf.data.Dataset.from_tensors(batch).repeat(len(dataset)).prefetch(tf.data.AUTOTUNE)
    datasets = [dataset, data.without_tuner(repeated)]

    seconds = ([], [])
    for run in range(RUNS + 1):
        for which in (0, 1) if run % 2 else (1, 0):
            seconds[which].append(one_epoch(namespace["model"], datasets[which]))
    return [min(values[1:]) for values in seconds]  # the first ones warm up


def choices(name):
    """Measures how long an epoch of a notebook's network, with Adam, takes with other settings.

    Args:
        name: as for `waiting`.

    Returns:
        Dictionary from the setting's name to the seconds of an epoch, reckoned from what twice `STEPS` steps take
        longer than `STEPS`, each the least of all runs: what each call of `fit` costs is not in it.
    """
    models = {}
    for setting, (dtype, options) in CHOICES.items():
        keras.config.set_dtype_policy(dtype)
        namespace = train_one.run_cells(name, 0, train_one.CELLS[name][:-1])
        models[setting] = namespace["model"]
        models[setting].compile(keras.optimizers.Adam(), "categorical_crossentropy", metrics=["accuracy"], **options)
    keras.config.set_dtype_policy("float32")
    part = namespace["train_dataset"].take(STEPS).cache()
    seconds = {setting: [] for setting in models}
    for _ in range(RUNS + 1):
        for setting, model in models.items():
            seconds[setting].append([one_epoch(model, part.repeat(count)) for count in (1, 2)])
    per_step = {}
    for setting, rounds in seconds.items():
        once, twice = (min(column) for column in zip(*rounds[1:], strict=True))  # the first round warms up
        per_step[setting] = (twice - once) / STEPS
    return {setting: step * len(namespace["train_dataset"]) for setting, step in per_step.items()}


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        result = {
            "pipelines": pipelines(),
            "waiting": {name: waiting(name) for name in ("01_watch_it_train", "07_convolutions", "10_augmentation")},
            "choices": {name: choices(name) for name in ("05_going_deeper", "07_convolutions")},
        }
    print(json.dumps(result))
