"""The exercises of notebook 15: how gradients of unequal shares are averaged, and what a ring of workers sends."""

import numpy as np

from mnist_helpers.exercises.answers import call, to_array, to_number
from mnist_helpers.exercises.exercise import exercise


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


@exercise(
    hints=[
        "How many bytes has the gradient of 1,000,000 parameters?",
        "Each of N workers sends 2 (N − 1) / N times the gradient.",
    ],
    solution="ring_bytes = 2 * (8 - 1) / 8 * 4 * 1_000_000",
    why="Seven eighths of the gradient's 4,000,000 bytes, twice: once to add it up, once to hand it out.",
)
def ring_bytes(ring_bytes):
    number = to_number(ring_bytes)
    if number == 7_000_000:
        return None
    if number == 4_000_000:
        return "4,000,000 bytes are the gradient. How much of it does a worker send, and how often?"
    if number == 3_500_000:
        return "That's one way around the ring, in which the gradients are added up. Afterwards each needs the sum."
    if number == 8_000_000:
        return "You let each piece travel all the way. A worker's own piece needn't go around to itself."
    if number == 1_750_000:
        return "So many numbers travel. How many bytes does each take?"
    if number == 56_000_000:
        return "That's what all eight send together."
    return f"{number:,} bytes aren't it. Begin with the bytes of the gradient, then see how much of it each sends."
