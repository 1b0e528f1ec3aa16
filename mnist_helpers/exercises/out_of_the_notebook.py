"""The exercises of notebook 13: what a saved file holds, and whether two networks are the same."""

import numpy as np

from mnist_helpers.exercises.answers import call, describe, to_number
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


class Answering:
    """A network with one layer of softmax, whose logits are moved a little."""

    def __init__(self, move):
        self._move = move

    def predict(self, images, **_):
        logits = np.asarray(images).reshape(len(images), -1)[:, :10] + self._move
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    __call__ = predict


@exercise(
    hints=[
        "`predict` gives the ten probabilities of each image. What should their differences be?",
        "A difference may be negative. `np.abs` makes it positive, and `max` finds the largest.",
    ],
    solution="""
        def are_same(model, loaded, images):
            difference = loaded.predict(images, verbose=0) - model.predict(images, verbose=0)
            return np.abs(difference).max() <= 0.00001
    """,
    why="The largest difference in either direction decides, and rounding errors are let pass.",
)
def same_network(function):
    images = np.random.default_rng(0).random((20, 28, 28, 1))
    nudged = np.zeros(10)
    nudged[3] = 0.01  # some probabilities become larger, others smaller, and no answer changes
    cases = {
        "equal": (np.zeros(10), True),
        "rounded": (1e-7 * np.arange(10), True),
        "nudged": (nudged, False),
        "other": (5.0 * np.arange(10), False),
    }
    said = {}
    for name, (move, _) in cases.items():
        result = call(function, model=Answering(np.zeros(10)), loaded=Answering(move), images=images.copy())
        if not isinstance(result, (bool, np.bool_)):
            return f"Your function returned {describe(result)}; expected is `True` or `False`."
        said[name] = bool(result)
    if all(said[name] == expected for name, (_, expected) in cases.items()):
        return None
    if not said["equal"]:
        return "It says that a network differs from itself."
    if not said["rounded"]:
        return "Probabilities that differ by 0.00000001 count as different. Let differences up to 0.00001 pass."
    if said["other"]:
        return "It takes two networks for the same that answer quite differently. Is a difference perhaps negative?"
    return "Two networks count as the same if they read the same digits. Compare their probabilities."
