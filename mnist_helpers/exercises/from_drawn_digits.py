"""The exercises of notebook 11: the digits most often confused, how much ink there is, as many digits of each class."""

import numpy as np

from mnist_helpers.exercises.answers import call, to_array, to_classes, to_number
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


@exercise(
    hints=[
        "Take one class at a time: where in `classes` does it stand? Then choose among these places.",
        "`np.flatnonzero(classes == 3)` gives the places of all threes, and `random.choice` chooses among places.",
        "`random.choice` may choose a place twice unless you say `replace=False`. `np.concatenate` joins ten arrays.",
    ],
    solution="""
        def my_balanced(classes, count, random):
            places = [np.flatnonzero(classes == digit) for digit in range(10)]
            return np.concatenate([random.choice(of_one, count, replace=False) for of_one in places])
    """,
    why="Each class is chosen from on its own, so none can be missing, however few digits you take.",
)
def balanced_choice(function):
    random = np.random.default_rng(0)
    classes = random.permutation(np.repeat(np.arange(10), np.arange(20, 70, 5)))  # twenty 0s, but sixty-five 9s
    count = 4
    chosen = _places(function, classes, count, np.random.default_rng(1))
    if chosen.shape != (10 * count,):
        if chosen.size == count:
            return f"Of {count} for each class you chose {chosen.size} in all. Every class gives {count}."
        return f"You chose {chosen.size} places; expected are {10 * count}, {count} for each of ten classes."
    if np.isin(chosen, range(10)).all():
        return "These are classes. Return places: where in `classes` the chosen ones stand."
    if not np.isin(chosen, np.arange(len(classes))).all():
        return f"Places in `classes` are whole numbers from 0 to {len(classes) - 1}; you chose {chosen.max():g}."
    numbers = np.bincount(classes[chosen.astype(int)], minlength=10)
    if (numbers != count).any():
        odd = int((numbers != count).argmax())
        return f"Of class {odd} you chose {numbers[odd]}; expected are {count} of each."
    if len(np.unique(chosen)) < len(chosen):
        return "A place is chosen twice, so you get fewer different digits than you asked for."
    again = _places(function, classes, count, np.random.default_rng(2))
    if np.array_equal(np.sort(again), np.sort(chosen)):
        return "With another generator you choose the same places. Draw them by chance, from `random`."
    if not np.array_equal(_places(function, classes, count, np.random.default_rng(1)), chosen):
        return (
            "With an equal generator you choose other places. Take all chance from `random`, so that a seed repeats it."
        )
    if _places(function, classes, 7, random).size != 70:
        return f"With a count of {count} it's right, with 7 it isn't. Did you write a number in place of `count`?"
    return None


def _places(function, classes, count, random):
    places = to_array(call(function, classes=classes.copy(), count=count, random=random), "Your function's result")
    return places if places.ndim == 1 else to_array(places, "Your function's result", [None])
