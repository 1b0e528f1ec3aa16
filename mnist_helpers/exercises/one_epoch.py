"""The exercises of notebook 09: a learning rate for one epoch, and what the place of ReLU saves."""

import numpy as np

from mnist_helpers.exercises.answers import NotAttempted, call, to_array, to_number
from mnist_helpers.exercises.exercise import exercise

STEPS, PEAK_STEP = 391, 78
START, PEAK = 0.001, 0.01
TOLERANCE = PEAK / 100


@exercise(
    hints=[
        "Two straight lines: one up to step 78, one down from there. An `if` tells them apart.",
        "On a straight line, the rate is where the line starts, plus its whole change times the share of the way done.",
        "On the way up the share is `step / 78`, on the way down `(step - 78) / 313`. What is the change of each line?",
    ],
    solution="""
        def my_schedule(step):
            if step < 78:
                return 0.001 + 0.009 * step / 78
            return 0.01 - 0.01 * (step - 78) / 313
    """,
    why="The first gradients are large and wild, so the rate begins small. It is large while there is far to go, and "
    "the tiny steps at the end let the weights settle.",
)
def one_cycle(function):
    steps = np.arange(STEPS)
    rates = np.array(
        [to_number(call(function, step=step), f"Your function's result for step {step}") for step in range(STEPS)]
    )
    right = np.interp(steps, [0, PEAK_STEP, STEPS], [START, PEAK, 0])

    def is_near(rate, wanted):
        return abs(rate - wanted) <= TOLERANCE

    first, last, highest, place = rates[0], rates[-1], rates.max(), rates.argmax()
    early = last < 0.1 * right[-1]
    if is_near(rates, right).all() and not early:
        return None
    if np.ptp(rates) <= 2 * TOLERANCE:
        return (
            f"From step 0 to step 390 your rate stays near {first:.3g}. `step` counts the 391 steps of one epoch, "
            "not epochs."
        )
    if is_near(first, PEAK):
        return f"At step 0 your rate is {first:.3g}: it starts at the peak. It should rise to it first, from 0.001."
    if is_near(first, 0):
        return f"At step 0 your rate is {first:.3g}, so the first step learns next to nothing. Start at 0.001."
    if not is_near(first, START):
        return f"At step 0 your rate is {first:.3g}; expected is 0.001."
    if is_near(last, highest):
        return f"Your rate rises, but at step 390 it is still {last:.3g}. It should fall from step 78 on."
    if not is_near(highest, PEAK):
        return f"The highest rate is {highest:.3g}, at step {place}; expected is 0.01."
    if not is_near(rates[PEAK_STEP], PEAK):
        return f"Your rate is highest at step {place}; expected is step 78."
    if not is_near(last, right[-1]):
        return (
            f"At step 390, the last, your rate is {last:.3g}. Expected is nearly 0: the line ends with 0 at step 391."
        )
    if early and is_near(rates, right).all():
        return f"At step 390, the last, your rate is already {last:.3g}. The line ends with 0 one step later, at 391."
    worst = abs(rates - right).argmax()
    line = "from step 0 to step 78" if worst < PEAK_STEP else "from step 78 to step 391"
    return (
        f"Both ends and the peak are right, but {line} it isn't a straight line: at step {worst} your rate is "
        f"{rates[worst]:.3g}; expected is {right[worst]:.3g}."
    )


@exercise(
    hints=[
        "How large is one feature map with padding `same`, and how many maps do 16 filters make?",
        "Pooling of 2×2 halves the rows and the columns. The number of maps stays.",
    ],
    solution="relu_numbers = [28 * 28 * 16, 14 * 14 * 16]",
    why="12,544 and 3,136: pooling keeps one number of four, so ReLU has a quarter of the work. With max pooling the "
    "result is the same in either order.",
)
def relu_numbers(answers):
    if isinstance(answers, list | tuple) and len(answers) == 2 and any(answer is ... for answer in answers):
        raise NotAttempted
    before, after = (to_number(number) for number in to_array(answers, shape=[2]))
    came = f"Your numbers are {before:,} and {after:,}."
    messages = {
        (12_544, 3_136): None,
        (3_136, 12_544): f"{came} They are swapped: what has gone through pooling is fewer.",
        (784, 196): f"{came} That's one feature map. How many maps do 16 filters make?",
        (12_544, 6_272): f"{came} The first is right. Pooling halves the rows, and the columns, too.",
        (12_544, 12_544): f"{came} The first is right. How much does pooling leave?",
        (12_544 * 128, 3_136 * 128): f"{came} That's a batch of 128 images. How many numbers does one image have?",
        (10_816, 2_704): f"{came} That's without padding. With `same`, the maps keep the size of the image.",
    }
    place = "The first is right. The second" if before == 12_544 else "The first"
    return messages.get((before, after), f"{came} {place} should be rows times columns times feature maps.")
