"""The exercises of notebook 01: steps, the weakest digit, a network for other images."""

import numpy as np

from mnist_helpers.exercises.answers import input_shape, outputs, to_classes, to_model, to_number
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "A step takes one batch. How many batches are 50,000 digits?",
        "The division leaves a rest. The digits of the rest are trained on, too.",
    ],
    solution="steps = 782",
    why="50,000 / 64 is 781.25: 781 full batches, and a last one of 16 digits.",
)
def steps(steps):
    steps = to_number(steps)
    if steps == 782:
        return None
    if steps == 781:
        return "781 batches hold 49,984 digits. Who reads the other 16?"
    if steps == 781.25:
        return "That's the division, but a step is a whole one. What becomes of the digits that don't fill a batch?"
    if steps == 391:
        return "391 steps belong to batches of 128. Here a batch holds 64 digits."
    if steps == 64:
        return "64 is how many digits a step takes. How many such steps are an epoch?"
    if steps in (937, 937.5, 938):
        return "That's an epoch of 60,000 digits. 10,000 of them are kept for validation."
    if steps <= 0:
        return f"You wrote {steps:,}; expected is a number of steps, larger than 0."
    return f"{steps:,} batches of 64 could hold {steps * 64:,} digits; the training set has 50,000."


@exercise(
    hints=[
        "For each digit: of all its images, which share is misread?",
        "Compare predicted and right classes, `!=`: a row of true and false. Call it `misread`; its mean is a share.",
        "`misread[validation_classes == 4]` picks out the 4s. Do so for 0 to 9 in a loop, and find the largest mean.",
    ],
    solution="""
        misread = probabilities.argmax(axis=1) != validation_classes
        shares = [misread[validation_classes == digit].mean() for digit in range(10)]
        weakest_digit = shares.index(max(shares))
    """,
    why="No other digit has a larger share of its own images misread. A share is fairer than a count: some digits "
    "are more frequent than others.",
)
def weakest_digit(digit, classes, predictions):
    digit = to_number(digit)
    classes = to_classes(classes, "The second value, the right classes,")
    predictions = to_classes(predictions, "The third value, the predicted classes,", len(classes))
    wrong = predictions != classes
    if not wrong.any():
        return "In these predictions nothing is misread. Did you pass the right classes twice?"
    totals = np.bincount(classes, minlength=10)
    mistakes = np.bincount(classes[wrong], minlength=10)
    given = np.bincount(predictions[wrong], minlength=10)
    shares = mistakes / np.maximum(totals, 1)
    if digit not in range(10):
        if np.isclose(digit, shares.max(), atol=1e-4):
            return f"{digit:.4f} is the share. Which digit does it belong to?"
        if digit == mistakes.max():
            return f"{digit} is a number of mistakes. Which digit do they belong to?"
        return f"You wrote {digit:g}; expected is a digit, 0 to 9."
    if shares[digit] == shares.max():
        return None
    came = f"Of {totals[digit]:,} images of the digit {digit}, {shares[digit]:.1%} are misread."
    if mistakes[digit] == mistakes.max():
        return f"{came} No digit has more mistakes in number, but another one has a larger share."
    if given[digit] == given.max():
        return f"{digit} is the answer most often given in error. Asked is which digit's own images are misread. {came}"
    if totals[digit] and shares[digit] == shares[totals > 0].min():
        return f"{came} That's the digit it reads best. Look for the other end."
    return f"{came} Another digit has a larger share."


@exercise(
    hints=[
        "Take the notebook's network and change two numbers: the input's shape and the number of neurons.",
        "A shape names rows first, then columns, then channels. One neuron answers for each class.",
    ],
    solution="""
        my_model = keras.Sequential(
            [
                keras.Input(shape=[20, 30, 1]),
                layers.Flatten(),
                layers.Dense(5, activation="softmax"),
            ]
        )
    """,
    why="Each of five neurons has 20 × 30 weights and a bias: 3,005 parameters. Softmax makes the five outputs "
    "probabilities.",
)
def five_classes(model):
    model = to_model(model)
    images = np.random.default_rng(0).random((8, 20, 30, 1), dtype=np.float32)
    if input_shape(model) in ([30, 20], [30, 20, 1]):
        return "Your network expects 30 rows and 20 columns. The images are 20 pixels high: 20 rows."
    answers = outputs(model, images)
    if answers.ndim == 4:
        came = f"For one image the output has the shape {list(answers.shape[1:])}, an answer for each pixel."
        return f"{came} What puts all pixels in one row?"
    if answers.shape == (8, 10):
        return "Your network gives ten numbers for an image. How many classes are there here?"
    if answers.shape != (8, 5):
        return f"For one image the output has the shape {list(answers.shape[1:])}; expected is [5]."
    if answers.min() < 0:
        return "Some outputs are negative, so they can't be probabilities. Which activation is missing?"
    sums = answers.sum(axis=1)
    if not np.allclose(sums, 1, atol=0.01):  # in bfloat16 they are rounded
        came = f"The outputs aren't negative, but for one image they add up to {sums[0]:.2f}, not 1."
        return f"{came} Which activation turns them into probabilities of one whole?"
    count = model.count_params()
    if count == 3000:
        return "3,000 parameters are the weights. Each neuron needs a bias, too."
    if count > 3005:
        return (
            f"Your network has {count:,} parameters, more than one layer of five neurons needs. Is there another layer?"
        )
    return None if count == 3005 else f"Your network has {count:,} parameters, too few for a weight for each pixel."
