"""The exercises of notebook 10: a digit moved to the right, and a moving average of weights."""

import numpy as np

from mnist_helpers.exercises.answers import NotYet, call, to_array
from mnist_helpers.exercises.exercise import exercise


def move(image, down=0, right=0):
    """Moves an image by whole numbers of pixels, negative ones up or left; black comes in."""
    rows, columns = image.shape
    padded = np.pad(image, [(max(down, 0), max(-down, 0)), (max(right, 0), max(-right, 0))])
    return padded[max(-down, 0) :, max(-right, 0) :][:rows, :columns]


@exercise(
    hints=[
        "`np.zeros_like` makes a black image of the same shape. Which of its columns get something of the digit?",
        "Column 0 of the digit goes to column `pixels`. The last `pixels` columns of the digit find no place.",
        "`image[:, 5:]` is the part from column 5 on, 23 columns. `image[:, :23]` are the first 23.",
    ],
    solution="""
        def my_shift(image, pixels):
            shifted = np.zeros_like(image)
            shifted[:, pixels:] = image[:, : 28 - pixels]
            return shifted
    """,
    why="Every column moves by `pixels`, black comes in on the left, and the digit that you were given is still there.",
)
def shift_right(function):
    image = np.random.default_rng(0).uniform(0.1, 1, (28, 28)).astype(np.float32)  # ink up to every border

    def result_for(pixels):
        given = image.copy()
        result = to_array(call(function, image=given, pixels=pixels), f"Your function's result for {pixels} pixels")
        if not np.array_equal(given, image):
            raise NotYet("Your function changes the image that it is given. It is still needed: make a new one.")
        return result

    result = result_for(3)
    if result.shape == (28, 31):
        return "For 3 pixels your image has 31 columns: 3 came in on the left. Cut as many off on the right."
    result = to_array(result, "Your function's result for 3 pixels", image.shape)
    if np.allclose(result, np.roll(image, 3, axis=1)):
        return "What leaves on the right comes back on the left. Black should come in there."
    for direction, moved, axis, distance in (
        ("to the left", move(image, right=-3), 1, -3),
        ("down", move(image, down=3), 0, 3),
        ("up", move(image, down=-3), 0, -3),
    ):
        if np.allclose(result, moved) or np.allclose(result, np.roll(image, distance, axis)):
            return (
                f"Your digit moves {direction}. To the right means: to columns with a higher number, in the same row."
            )
    for pixels in range(28):
        if pixels != 3 and np.allclose(result, move(image, right=pixels)):
            return f"Your digit moves to the right by {pixels} pixel{'s' * (pixels != 1)} where 3 are asked for."
    if np.allclose(result[:, 3:], image[:, :-3]) and not np.allclose(result[:, :3], 0):
        return "Your digit is where it should be, but the columns that come in on the left aren't black: 0."
    if not np.allclose(result, move(image, right=3)):
        wrong = abs(result - move(image, right=3)).max(axis=0).argmax()
        return f"For 3 pixels, column {wrong} isn't what it should be. Column 3 should be what column 0 was, and so on."
    for pixels in (1, 10, 0):
        try:
            moves = np.allclose(to_array(result_for(pixels), "The result", image.shape), move(image, right=pixels))
        except NotYet as error:
            reason = " Does a slice end at `-pixels`? An end at -0 is an end at 0." if pixels == 0 else ""
            return f"Your function moves a digit by 3 pixels, but not by {pixels}. {error}{reason}"
        if not moves:
            return f"Your function moves a digit by 3 pixels, but not by {pixels}."
    return None


@exercise(
    hints=[
        "With a momentum of 0.9, nine tenths of the old average stay. What share is left for the new weights?",
        "The two shares add up to 1. Multiply each array by its share.",
    ],
    solution="""
        def my_average(average, weight, momentum):
            return momentum * average + (1 - momentum) * weight
    """,
    why="At each step the average goes a small part of the way to the new weights. With 0.99 about the last hundred "
    "steps are in it, and their jumps even out.",
)
def moving_weights(function):
    average, weight = np.random.default_rng(0).normal([[[1.0]], [[-2.0]]], 1, (2, 2, 3))
    for momentum in (0.9, 0.99):
        given = {"average": average.copy(), "weight": weight.copy()}
        result = to_array(call(function, **given, momentum=momentum), "Your function's result", average.shape)
        if not (np.array_equal(given["average"], average) and np.array_equal(given["weight"], weight)):
            return "Your function changes an array that it is given. It is still needed: make a new one."
        right = momentum * average + (1 - momentum) * weight
        if np.allclose(result, right, atol=1e-5):
            continue
        if momentum == 0.99:
            return "With a momentum of 0.9 your average is right, with 0.99 it isn't. Use the argument `momentum`."
        for wrong, message in (
            ((1 - momentum) * average + momentum * weight, "You swapped the shares: nine tenths of the old one stay."),
            ((average + weight) / 2, "That's the plain mean. The old average should count for nine tenths."),
            (momentum * average + weight, "The new weights count in full, so the sum grows. What share is left?"),
            (average + (1 - momentum) * weight, "The old average counts in full, so the sum grows. What share stays?"),
            (average + weight, "That's the sum. The two should have shares that add up to 1."),
            (weight, "That's the new weights alone. Where is the old average?"),
            ((1 - momentum) * weight, "The new weights have their share. Where is the old average?"),
            (average, "That's the old average, as it was. What do the new weights add?"),
            (momentum * average, "The old average has its share. What do the new weights add?"),
        ):
            if np.allclose(result, wrong, atol=1e-5):
                return f"{message} (The momentum was 0.9.)"
        return (
            f"With a momentum of 0.9, an average of {average[0, 0]:.3f} and a weight of {weight[0, 0]:.3f} you get "
            f"{result[0, 0]:.3f}; expected is {right[0, 0]:.3f}."
        )
    return None
