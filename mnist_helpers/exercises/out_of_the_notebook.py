"""The exercises of notebook 12: where the ink balances, and how gradients of unequal shares are averaged."""

import numpy as np

from mnist_helpers.exercises.answers import call, to_array
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "A mean of the row numbers, in which each row counts as much as it has ink: a weighted mean.",
        "`image.sum(axis=1)` is the ink of each row, `np.arange(28)` are the row numbers.",
        "`np.average` takes numbers and `weights`. The same for the columns, with `axis=0`.",
    ],
    solution="""
        def my_center(image):
            row = np.average(np.arange(28), weights=image.sum(axis=1))
            column = np.average(np.arange(28), weights=image.sum(axis=0))
            return row, column
    """,
    why="Each row and each column counts as much as it has ink. MNIST's digits have this point in the middle.",
)
def center_of_mass(function):
    image = np.zeros((28, 28))
    image[4:8, 10:20], image[8:24, 10:12], image[5, 11] = 0.5, 1.0, 0.8  # an uneven Γ
    rows, columns = np.indices(image.shape)
    truth = np.array([np.average(rows, weights=image), np.average(columns, weights=image)])
    result = to_array(call(function, image=image.copy()), "Your function's result", [2])
    inked = np.argwhere(image)
    if np.allclose(result, truth, atol=0.01):
        return None
    found = f"you found {result.round(2).tolist()}"
    came = f"For an image with its center at row {truth[0]:.2f}, column {truth[1]:.2f} {found}."
    if np.allclose(result, truth[::-1], atol=0.01):
        return f"{came} Row and column are swapped: the row comes first."
    if np.allclose(result, truth * image.sum(), rtol=1e-3):
        return f"{came} Divide by the sum of all ink."
    if np.allclose(result, inked.mean(axis=0), atol=0.01):
        return f"{came} You count each pixel with ink alike. A gray one weighs less than a white one."
    if np.allclose(result, 13.5) or np.allclose(result, 14):
        return f"{came} That's the middle of the image, wherever its ink is."
    if np.allclose(result, (inked.min(axis=0) + inked.max(axis=0)) / 2, atol=0.51):
        return f"{came} That's the middle of the box around the digit, wherever most of its ink is."
    if np.allclose(result, truth + 0.5, atol=0.01):
        return f"{came} Half a pixel too far: count rows and columns from 0."
    if np.allclose(result, truth + 1, atol=0.01):
        return f"{came} A pixel too far: count rows and columns from 0."
    if np.allclose(result, truth.round()):
        return f"{came} Don't round: the center may lie between two pixels."
    return came


@exercise(
    hints=[
        "What would the gradient of all 128 images be? Each image counts the same.",
        "A gradient is a mean over its images. Times their number, it is a sum again.",
    ],
    solution="""
        def my_average(first, second):
            return (80 * first + 48 * second) / 128
    """,
    why="Each image counts once, as in the gradient of the whole batch. With equal shares this is the plain mean.",
)
def average_gradient(function):
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 5))
    arguments = {"first": first.copy(), "second": second.copy()}
    result = to_array(call(function, **arguments), "Your function's result", [5])
    if np.allclose(result, (80 * first + 48 * second) / 128, atol=1e-6):
        return None
    if np.allclose(result, (first + second) / 2):
        return "You count both alike. Then an image of the smaller share counts more than one of the larger."
    if np.allclose(result, first + second):
        return "That's the sum. The gradient of a batch is a mean over its images."
    if np.allclose(result, (48 * first + 80 * second) / 128):
        return "You gave each gradient the other's weight: the first one is from 80 images."
    if np.allclose(result, 80 * first + 48 * second):
        return "That's the sum over all 128 images. Make a mean of it."
    return "That isn't the gradient of all 128 images, of which the first is the mean over 80, the second over 48."
