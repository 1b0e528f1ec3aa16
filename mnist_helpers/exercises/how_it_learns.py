"""The exercises of notebook 03: cross-entropy, the gradient of a softmax layer, a learning rate that is too high."""

import numpy as np

from mnist_helpers.exercises.answers import call, to_array, to_number
from mnist_helpers.exercises.exercise import exercise


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
    why="Only the right class counts: the loss is minus the logarithm of its probability, 0 for a confident right one, "
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
        "Begin with the slopes by the logits: probabilities minus labels, divided by the number of images.",
        "A weight multiplies one pixel, so its slope is that pixel times the slope of its neuron's logit, added up "
        "over the images.",
        "A matrix product adds up: `pixels.T` has a row for each pixel and a column for each image.",
    ],
    solution="""
        def my_gradient(pixels, probabilities, labels):
            slopes = (probabilities - labels) / len(pixels)
            return pixels.T @ slopes
    """,
    why="Pixel times slope of the logit, added up over the images by the matrix product, is what nudging each weight "
    "by itself gives as well.",
)
def layer_gradient(function):
    random = np.random.default_rng(0)
    pixels, weights = random.random((6, 30)), random.normal(0, 0.5, (30, 10))
    labels = np.eye(10)[[3, 1, 4, 1, 5, 9]]
    right = nudged_slopes(pixels, weights, labels)
    probabilities = softmax_of(pixels @ weights)
    result = call(function, pixels=pixels.copy(), probabilities=probabilities.copy(), labels=labels.copy())
    result = to_array(result, "Your function's result")
    if result.shape == (10, 30):
        return "Your result has a row for each neuron. The weights have a row for each pixel: turn it around."
    if result.shape == (6, 10):
        return "Your result has the shape [6, 10]: these are slopes by the logits. What has each pixel to do with them?"
    result = to_array(result, "Your function's result", [30, 10])
    for wrong, message in (
        (right, None),
        (6 * right, "Your slopes are those of the sum over the images; the loss is their mean."),
        (right / 10, "Your slopes are too small by a factor of 10: divide by the images, not by the classes as well."),
        (6 * right / 10, "You divide by the number of classes; the mean is taken over the images."),
        (
            -right,
            "Your slopes point downhill. The gradient points to where the loss grows: probabilities minus labels.",
        ),
        (-6 * right, "Your slopes are those of the sum, and they point downhill: take probabilities minus labels."),
        (pixels.T @ probabilities / 6, "Where are the labels? Without them, every image has the same right answer."),
        (pixels.T @ probabilities, "Where are the labels? Without them, every image has the same right answer."),
    ):
        if np.allclose(result, wrong, rtol=1e-3, atol=1e-6):
            return message
    row, column = np.unravel_index(np.abs(result - right).argmax(), right.shape)
    return (
        f"Nudging the weight in row {row}, column {column} gives the slope {right[row, column]:.4f}; your function "
        f"returns {result[row, column]:.4f} there."
    )


def softmax_of(logits):
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def nudged_slopes(pixels, weights, labels, change=1e-5):
    """Finds the slope of the mean cross-entropy by each weight of a softmax layer, by nudging it both ways."""
    slopes = np.zeros_like(weights)
    for place in np.ndindex(weights.shape):
        losses = []
        for sign in (1, -1):
            nudged = weights.copy()
            nudged[place] += sign * change
            losses.append(-np.log((softmax_of(pixels @ nudged) * labels).sum(axis=1)).mean())
        slopes[place] = (losses[0] - losses[1]) / (2 * change)
    return slopes


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
