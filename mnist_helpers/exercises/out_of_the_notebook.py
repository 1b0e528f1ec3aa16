"""The exercises of notebook 13: what a saved file holds, and how gradients of unequal shares are averaged."""

import numpy as np

from mnist_helpers.exercises.answers import call, to_array, to_number
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "Momentum is one more number for each parameter, where Adam keeps two.",
        "How many numbers are that for each parameter, and how many bytes does each take?",
    ],
    solution="saved_bytes = 50_000 * 4 * 2",
    why="Each parameter and its momentum are numbers of 4 bytes. A network that only predicts could leave half of it.",
)
def saved_bytes(saved_bytes):
    number = to_number(saved_bytes)
    if number == 400_000:
        return None
    if number == 200_000:
        return "200,000 bytes are the parameters alone. What else does training need to go on where it stopped?"
    if number == 600_000:
        return "600,000 bytes would be Adam's file, with two numbers beside each parameter. Momentum is one."
    if number == 100_000:
        return "So many numbers there are. How many bytes does each take?"
    if number == 3_200_000:
        return "That's in bits: 8 of them are a byte."
    if number in (400, 390.625):
        return "In thousands of bytes that's right. How many bytes are it?"
    return f"{number:,} bytes aren't it. Count the numbers that are saved, then the bytes of each."


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
