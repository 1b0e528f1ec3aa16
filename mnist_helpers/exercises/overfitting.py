"""The exercises of notebook 06: dropout, its curves, a schedule in jumps."""

import numpy as np

from mnist_helpers.exercises.answers import NotAttempted, call, describe, to_array, to_number
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "`random.random(values.shape)` gives a number from 0 to 1 for each value. How often is it below `rate`?",
        "A comparison gives true or false, and a multiplication takes them as 1 and 0.",
        "With a rate of 0.25, three quarters stay. By what must they be multiplied so that the sum stays, on average?",
    ],
    solution="""
        def my_dropout(values, rate, random):
            kept = random.random(values.shape) >= rate
            return values * kept / (1 - rate)
    """,
    why="A share `rate` becomes 0, others at each call, and the rest grows so that the sum stays the same on average.",
)
def dropout(function):
    rate, random = 0.25, np.random.default_rng(0)
    values = random.uniform(1, 2, 10_000)
    before = values.copy()
    result = to_array(call(function, values=values, rate=rate, random=random), "Your function's result", [10_000])
    if not np.array_equal(values, before):
        return "Your function changes the array that it is given. Whoever passed it still needs it: make a new one."
    share = (result == 0).mean()
    if share == 0 and np.allclose(result, values / (1 - rate)):
        return "No value became 0. Did you draw one number for all of them? Draw one for each value."
    if share == 0:
        return "No value became 0. Which ones are switched off?"
    if np.isclose(share, 1 - rate, atol=0.02):
        return f"With a rate of {rate}, {share:.0%} of the values became 0. You keep the ones that should be dropped."
    if not np.isclose(share, rate, atol=0.02):
        return f"With a rate of {rate}, {share:.1%} of the values became 0; expected are about {rate:.0%}."
    factors = result[result != 0] / values[result != 0]
    factor = factors.mean()
    if not np.allclose(factors, factor, rtol=1e-3):
        return "The values that stay are not all multiplied by the same number."
    if np.isclose(factor, 1):
        return "The right share becomes 0, but the others stay as they are, so the sum shrinks. Make up for it."
    if np.isclose(factor, 1 / rate):
        return f"The others are multiplied by {factor:.2f}: you divide by the share that is gone. Which one stays?"
    if not np.isclose(factor, 1 / (1 - rate), rtol=1e-3):
        return f"The others are multiplied by {factor:.3f}. With a rate of {rate} the sum would not stay the same."
    again = to_array(call(function, values=values, rate=rate, random=random), "Your function's result", [10_000])
    if np.array_equal(result == 0, again == 0):
        return "The second call switches off the same values as the first. Draw from `random` at each call."
    return None


@exercise(
    hints=[
        "With a rate of 0.8, how many of ten neurons are on in a training step?",
        "Is it easier or harder to get the training digits right with so few? The loss is measured with the rest off.",
    ],
    solution='dropout_curve = "higher"',
    why="With four neurons out of five switched off, the network can't learn even its training digits well: it "
    "underfits. And the training loss is measured with neurons missing.",
)
def dropout_curve(answer):
    if answer is ...:
        raise NotAttempted
    word = answer.strip().lower() if isinstance(answer, str) else None
    if word == "lower":
        return "A lower training loss would mean that it learns its training digits better, with most neurons missing."
    if word == "equal":
        return "Equal would mean that the missing neurons don't matter in training. Four out of five are missing."
    if word != "higher":
        return f'Your answer is {describe(answer)}; expected is one of "higher", "lower" and "equal".'
    return None


@exercise(
    hints=[
        "How many epochs are over at a step? A division that drops the rest, `//`, counts them.",
        "After one epoch the rate has been halved once, after two epochs twice: 0.5 to the power of the epochs.",
    ],
    solution="""
        def my_schedule(step):
            return 0.002 * 0.5 ** (step // 391)
    """,
    why="`step // 391` stays the same for a whole epoch, then grows by 1, and the rate halves.",
)
def step_decay(function):
    def rate(step):
        return to_number(call(function, step=step), f"Your function's result for step {step}")

    start, after_100, after_200, next_epoch = rate(0), rate(100), rate(200), rate(391)
    if not np.isclose(start, 0.002, rtol=1e-4):
        return f"At step 0 your rate is {start:.6g}; expected is 0.002."
    if np.isclose(rate(1), 0.001, rtol=1e-4):
        return "Your rate is halved at each step: it is 0.001 at step 1. It should stay for a whole epoch."
    if not np.isclose(after_200, start, rtol=1e-4):
        came = f"It changes within an epoch: at step 200 it is {after_200:.6g}"
        if np.isclose(start - after_100, after_100 - after_200, rtol=1e-3):
            return f"{came}, on a straight line. Halving in jumps makes stairs."
        return f"{came}, on a smooth curve. In jumps means: 0.002 for the whole first epoch."
    if np.isclose(next_epoch, start, rtol=1e-4):
        return "After the first epoch, at step 391, your rate is still 0.002."
    if not np.isclose(next_epoch, 0.001, rtol=1e-4):
        return f"After the first epoch, at step 391, your rate is {next_epoch:.6g}; expected is half of 0.002."
    for step in (390, 781, 782, 5 * 391 - 1, 5 * 391):
        right = 0.002 * 0.5 ** (step // 391)
        if not np.isclose(rate(step), right, rtol=1e-4):
            return (
                f"At step {step}, in epoch {step // 391 + 1}, your rate is {rate(step):.6g}; expected is {right:.6g}."
            )
    return None
