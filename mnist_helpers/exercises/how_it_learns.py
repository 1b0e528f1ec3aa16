"""The exercises of notebook 02: softmax, cross-entropy, a learning rate that is too high, a pipeline."""

import itertools

import numpy as np

from mnist_helpers.exercises.answers import call, describe, to_array, to_number
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "Two steps: an exponential of every logit, then a division.",
        "Divide each row by its own sum. `sum` takes an axis; which one runs along a row?",
        "With `keepdims=True` the sums keep the shape [batch, 1], so that each row is divided by its own.",
    ],
    solution="""
        def my_softmax(logits):
            exponentials = np.exp(logits)
            return exponentials / exponentials.sum(axis=1, keepdims=True)
    """,
    why="Exponentials are positive, and each row, divided by its own sum, adds up to 1. It gives what Keras's gives.",
)
def softmax(function):
    logits = np.random.default_rng(0).normal(0, 2, (4, 10)).astype(np.float32)
    exponentials, plain_shares = np.exp(logits), logits / logits.sum(axis=1, keepdims=True)
    right = exponentials / exponentials.sum(axis=1, keepdims=True)
    result = to_array(call(function, logits=logits), "Your function's result", [4, 10])
    if np.allclose(result, right, atol=1e-4):
        return None
    if np.allclose(result, exponentials, rtol=1e-4):
        return "These are the exponentials. A row of them doesn't add up to 1 yet."
    if np.allclose(result, exponentials / exponentials.sum(), atol=1e-4):
        return "All numbers of the batch together add up to 1. Each image needs probabilities of its own."
    if np.allclose(result, exponentials / exponentials.sum(axis=0), atol=1e-4):
        return "Your columns add up to 1. A row belongs to an image; a column mixes images."
    if np.allclose(result, plain_shares, rtol=1e-3):
        return (
            "You divide the logits by their sum, so some results are negative. What makes every number positive first?"
        )
    row = result[0].sum()
    if not np.isclose(row, 1, atol=1e-3):
        return f"Your first row adds up to {row:.3f}; probabilities add up to 1."
    return (
        f"Your rows add up to 1, but the first probability is {result[0, 0]:.4f}, and softmax gives {right[0, 0]:.4f}."
    )


@exercise(
    hints=[
        "Take the logarithm of every probability, `np.log`, and multiply it by the label.",
        "The label is 0 except at the right class, so one product is left. Add them all up.",
        "Logarithms of numbers below 1 are negative. A loss should be positive.",
    ],
    solution="""
        def my_cross_entropy(label, probabilities):
            return -np.sum(label * np.log(probabilities))
    """,
    why="Only the right class counts: the loss is minus the logarithm of its probability, 0 for a sure right answer, "
    "and the larger the smaller that probability is.",
)
def cross_entropy(function):
    for seed, right_class in ((0, 3), (1, 9)):
        probabilities = np.random.default_rng(seed).dirichlet(np.full(10, 2.0)).astype(np.float32)
        label = np.eye(10, dtype=np.float32)[right_class]
        right, probability, logarithms = (
            -np.log(probabilities[right_class]),
            probabilities[right_class],
            np.log(probabilities),
        )
        squares = (label - probabilities) ** 2
        result = to_array(
            call(function, label=label, probabilities=probabilities), "Your function's result", finite=False
        )
        if result.size == 10:
            return "Your function returns ten numbers. A loss is one: add them up."
        result = result.item() if result.size == 1 else to_number(result, "Your function's result")
        if np.isclose(result, right, rtol=1e-3):
            continue
        came = f"For an example whose right class has the probability {probability:.3f}"
        if not np.isfinite(result):
            return f"{came} your function returns {result}. The logarithm of 0 does that: is it taken of the label?"
        for wrong, message in (
            (-right, "it returns a negative number. Logarithms of numbers below 1 are negative: turn the sign."),
            (
                right / 10,
                "it returns a tenth of the cross-entropy: a mean over the ten classes. Which one is asked for?",
            ),
            (right / np.log(10), "it returns what the logarithm to base 10 gives. Take the natural one, `np.log`."),
            (right / np.log(2), "it returns what the logarithm to base 2 gives. Take the natural one, `np.log`."),
            (-probability, "it returns minus that probability. Where is the logarithm?"),
            (1 - probability, "it returns what is missing to 1. Where is the logarithm?"),
            (squares.sum(), "it returns the squared error. Cross-entropy uses a logarithm instead of squares."),
            (squares.mean(), "it returns the mean squared error. Cross-entropy uses a logarithm instead of squares."),
            (-logarithms.sum(), "it adds up the logarithms of all classes. What does the label do there?"),
        ):
            if np.isclose(result, wrong, rtol=1e-3):
                return f"{came}, {message}"
        return f"{came}, it returns {result:.4f}; the cross-entropy is {right:.4f}."
    return None


@exercise(
    hints=[
        "The gradient of (w - 3)² is 2 (w - 3). A step subtracts the learning rate times that.",
        "Try 0.1, 0.5 and 0.9. How does the distance to 3 change at each step?",
        "A step that lands as far from 3 as it began, on the other side, is the border. Go beyond it.",
    ],
    solution="rate = 1.1",
    why="Each step multiplies the distance to 3 by 1 − 2 × rate. Beyond a rate of 1 that factor is below −1: w jumps "
    "to the other side and lands farther away each time.",
)
def diverging_rate(rate):
    rate, steps = to_number(rate, "Your learning rate"), 30
    if rate > 1:
        return None
    if rate == 1:
        return "With a rate of 1, w jumps between 0 and 6 for ever: it doesn't come nearer, and doesn't run away."
    if rate == 0:
        return "With a rate of 0, w stays at 0. It must move to run away."
    if rate < 0:
        return (
            "A negative rate walks uphill, away from the lowest point. A learning rate is positive; find one that is."
        )
    way = [3 * (1 - (1 - 2 * rate) ** step) for step in range(steps + 1)]
    near = [step for step, weight in enumerate(way) if abs(weight - 3) < 0.01]
    end = (
        f"is within 0.01 of 3 after {near[0]} step{'s' * (near[0] != 1)}"
        if near
        else f"is at {way[-1]:.3f} after {steps} steps"
    )
    if rate > 0.5:
        return (
            f"With this rate w jumps from side to side of 3, but each time it lands nearer, and {end}. It calms down."
        )
    return f"With this rate w goes toward 3 and {end}. It converges, and never runs away."


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
