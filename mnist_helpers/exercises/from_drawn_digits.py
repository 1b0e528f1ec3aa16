"""The exercises of notebook 11: the digits most often confused, and how much ink there is."""

import numpy as np

from mnist_helpers.exercises.answers import to_array, to_classes, to_number
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "Look at the confusion matrix above: which square outside the diagonal holds the largest number?",
        "A row is a right class, a column a predicted one.",
        "To count one pair: `((real_classes == 4) & (predictions == 9)).sum()`, where `predictions` are the predicted "
        "classes.",
    ],
    solution="""
        predictions = probabilities.argmax(axis=1)
        pairs = [(right, predicted) for right in range(10) for predicted in range(10) if right != predicted]
        counts = [((real_classes == right) & (predictions == predicted)).sum() for right, predicted in pairs]
        right_class, predicted_class = pairs[counts.index(max(counts))]
    """,
    why="No other confusion happens more often. Look at these digits to see what the practice digits lack.",
)
def most_confused(right_class, predicted_class, classes, predictions):
    pair = to_number(right_class, "The right class"), to_number(predicted_class, "The predicted class")
    classes = to_classes(classes, "The third value, the right classes,")
    predictions = to_classes(predictions, "The fourth value, the predicted classes,", len(classes))
    for number in pair:
        if number not in range(10):
            return f"You wrote {number:g}; expected are two digits, 0 to 9."
    right, predicted = pair
    if right == predicted:
        return f"A digit {right} read as {right} is right. Asked is a confusion, outside the diagonal."
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (classes, predictions), 1)
    np.fill_diagonal(counts, 0)
    if not counts.any():
        return "In these predictions nothing is misread. Did you pass the right classes twice?"
    if counts[pair] == counts.max():
        return None
    came = f"How often a digit {right} is read as {predicted}: {counts[pair]}."
    if counts[predicted, right] == counts.max():
        return f"{came} The other way round it happens more often: did you swap the right and the predicted class?"
    return f"{came} Another confusion happens more often."


@exercise(
    hints=[
        "The brightness of all pixels of all images is in one array. `mean` without an axis takes them all.",
        "The drawn digits first, the real ones second; both arrays hold numbers from 0 to 1.",
    ],
    solution="drawn_mean, real_mean = drawn_images.mean(), real_images.mean()",
    why="These are the means over all pixels, black ones included. If they differ much, a network can tell drawn from "
    "real digits by their brightness alone.",
)
def ink(drawn_mean, real_mean, drawn_images, real_images):
    means = to_number(drawn_mean, "The drawn digits' mean"), to_number(real_mean, "The real digits' mean")
    images = [
        to_array(drawn_images, "The third value, the drawn digits,", [None, 28, 28, 1]),
        to_array(real_images, "The fourth value, the real digits,", [None, 28, 28, 1]),
    ]
    if not all(array.size for array in images):
        return "One of the arrays holds no images."
    truth = [float(array.mean(dtype=float)) for array in images]
    if np.allclose(means, truth, atol=0.001):
        return None
    if np.allclose(means, truth[::-1], atol=0.001):
        return "Both means are right, but swapped: the drawn digits come first."
    for name, mean, right, array in zip(("drawn", "real"), means, truth, images, strict=True):
        if np.isclose(mean, right, atol=0.001):
            continue
        came = f"For the {name} digits you found {mean:,.6g}."
        if np.isclose(mean, array.sum(dtype=float), rtol=1e-3):
            return f"{came} That's the sum. Divide by the number of pixels, or take `mean`."
        if np.isclose(mean, 255 * right, rtol=1e-2):
            return f"{came} That's on a scale from 0 to 255. These images reach from 0 to 1."
        if np.isclose(mean, array[array > 0].mean(dtype=float), atol=0.001):
            return f"{came} That's the mean of the pixels with ink. Count the black ones, too."
        if not 0 <= mean <= 1:
            return f"{came} Pixels lie between 0 and 1, and so does their mean."
        return f"{came} The mean of all pixels is {'larger' if right > mean else 'smaller'}."
    return None
