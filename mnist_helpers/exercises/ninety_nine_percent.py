"""The exercises of notebook 08: batch normalization by hand, its place, how many digits a figure needs, a p-value."""

import math

import numpy as np

from mnist_helpers.exercises.answers import call, outputs, to_array, to_model, to_number
from mnist_helpers.exercises.exercise import exercise

EPSILON = 0.001


@exercise(
    hints=[
        "The notebook did it for a dense layer: a mean and a variance over axis 0, one for each neuron.",
        "Here each channel has one mean, over images, rows and columns. `mean` takes several axes: `axis=(...)`.",
        "Divide by the standard deviation: the square root of the variance plus 0.001.",
    ],
    solution="""
        def my_batch_norm(maps):
            mean, variance = maps.mean(axis=(0, 1, 2)), maps.var(axis=(0, 1, 2))
            return (maps - mean) / np.sqrt(variance + 0.001)
    """,
    why="Each channel now has mean 0 and standard deviation 1, over all images, rows and columns: what Keras's layer "
    "does in training.",
)
def batch_norm(function):
    random = np.random.default_rng(0)
    maps = random.normal([1, -2, 0.5, 3], [2, 1.5, 4, 3], (8, 6, 5, 4)).astype(np.float32)
    axes = (0, 1, 2)
    mean, variance = maps.mean(axis=axes), maps.var(axis=axes)
    result = to_array(call(function, maps=maps.copy()), "Your function's result", maps.shape, finite=False)

    def equals(wrong):
        return np.allclose(result, wrong, rtol=2e-3, atol=2e-3)

    def normalized_over(axis):
        return (maps - maps.mean(axis=axis, keepdims=True)) / np.sqrt(maps.var(axis=axis, keepdims=True) + EPSILON)

    if equals(normalized_over(0)):
        return "You took the mean over the images alone: each place of a map got its own. A channel has one."
    if equals(normalized_over(None)):
        return "You took one mean over everything, the channels together. Each channel has its own."
    if equals(normalized_over((1, 2))):
        return "You took a mean for each image. In batch normalization it is one over all images of the batch."
    if equals(normalized_over(3)):
        return "You took the mean over the channels, at each place. A channel has one, over images, rows and columns."
    if equals((maps - mean) / (variance + EPSILON)) or equals((maps - mean) / variance):
        return "You divide by the variance. The standard deviation is its square root."
    if equals(maps - mean):
        return "Each channel's mean is 0 now, but its width is what it was. Divide, too."
    if equals(maps / np.sqrt(variance + EPSILON)):
        return "Each channel's width is right, but its mean isn't 0. Subtract it first."
    if not equals(normalized_over(axes)):
        came = f"The first channel has the mean {result[..., 0].mean():.3f} and the standard deviation"
        return f"{came} {result[..., 0].std():.3f} after your function; expected are 0 and 1."
    maps = maps * np.float32([0, 0.02, 0.02, 0.02])  # an empty channel, and small numbers, where the tiny one matters
    result = to_array(call(function, maps=maps.copy()), "Your function's result", maps.shape, finite=False)
    if not np.isfinite(result).all():
        return "A channel that is 0 everywhere has the variance 0, and you divide by 0. Add 0.001 under the root."
    if equals((maps - maps.mean(axis=axes)) / (maps.std(axis=axes) + EPSILON)):
        return "You add 0.001 to the standard deviation. It belongs under the root: add it to the variance."
    if not equals(normalized_over(axes)):
        return "For maps of small numbers your result is off. Is 0.001 added to the variance, under the root?"
    return None


@exercise(
    hints=[
        "Three layers after the input, in the order of the notebook's network, without pooling.",
        "The layer before normalization needs no bias, and a layer before ReLU needs no scale.",
        "Nine weights a filter and no bias; and normalization keeps three numbers a channel when scale is left out.",
    ],
    solution="""
        my_model = keras.Sequential(
            [
                keras.Input(shape=[28, 28, 1]),
                layers.Conv2D(8, kernel_size=3, padding="same", use_bias=False),
                layers.BatchNormalization(scale=False),
                layers.ReLU(),
            ]
        )
    """,
    why="72 weights, and an offset, a moving mean and a moving variance for each of 8 channels: 96. About half of each "
    "channel is below its mean, and ReLU sets that half to 0.",
)
def place_normalization(model):
    model = to_model(model)
    images = np.random.default_rng(0).normal(size=(16, 28, 28, 1)).astype(np.float32)
    maps = outputs(model, images, training=True)
    if maps.shape == (16, 26, 26, 8):
        return "Your maps are 26×26. Which padding keeps the size of 28×28?"
    if maps.shape != (16, 28, 28, 8):
        return f"For one image the output has the shape {list(maps.shape[1:])}; expected is [28, 28, 8]."
    count = model.count_params()
    if count in (72, 80):
        return f"Your network has {count} parameters: those of the convolution alone. Where is the normalization?"
    if count == 104:
        return (
            "Your network has 104 parameters, 8 too many, one for each channel. Which is left, the bias or the scale?"
        )
    if count == 112:
        return "Your network has 112 parameters, 16 too many. Neither the bias nor the scale is needed."
    if count < 96:
        came = f"Your network has {count} parameters, too few."
        return f"{came} Normalization comes after the convolution, and moves each of the 8 channels: its center stays."
    if count > 96:
        return f"Your network has {count} parameters; 8 filters of 3×3 and their normalization need fewer than 100."
    lowest = (np.abs(maps - maps.min(axis=(0, 1, 2))) < 1e-6).mean(axis=(0, 1, 2))
    if maps.min() < 0:
        if lowest.min() > 0.1:  # whole flat areas below 0: ReLU made them, and normalization moved them
            return "Some outputs are negative: ReLU comes before normalization. Which should be last?"
        return "Some outputs are negative. Which activation sets those to 0?"
    if maps.min() > 0:
        return "No output is 0. Which activation sets those below 0 to 0?"
    if not np.allclose(lowest, 0.5, atol=0.08):
        came = (
            f"In one channel {lowest[np.abs(lowest - 0.5).argmax()]:.0%} of the outputs are 0; expected is about half."
        )
        return f"{came} What enters ReLU should be normalized."
    return None


@exercise(
    hints=[
        "Two standard errors are 2 √(p (1 − p) / n). Set p to 0.995, and the whole to 0.05 points.",
        "0.05 percentage points are a fraction of 1. Which?",
        "Square both sides, then solve for n.",
    ],
    solution="number = 4 * 0.995 * 0.005 / 0.0005**2",
    why="About 80,000 digits. To halve the uncertainty takes four times as many, since n stands under a root.",
)
def how_many_digits(number):
    number = to_number(number, "Your number")
    share, error = 0.995, 0.0005
    for wrong, message in (
        (10_000, "That's the test set that you have."),
        (share * (1 - share) / error**2, "That makes one standard error 0.05 points. Two are asked for."),
        (4 * share * (1 - share) / error, "A digit more or less can't matter so much: is the square missing?"),
        (4 * share * (1 - share) / 0.05**2, "0.05 points are not 0.05: a point is a hundredth."),
        (4 * share * (1 - share) / (error / 2) ** 2, "± 0.05 reaches to both sides. You made it half as wide."),
    ):
        if np.isclose(number, wrong, rtol=0.02):
            return f"{message} {precision(number, share)}"
    right = 4 * share * (1 - share) / error**2
    if np.isclose(number, right, rtol=0.02):
        return None
    if number < 1:
        return f"Your number is {number:g}; expected is a number of digits."
    off = "finer than asked." if number > right else "coarser than asked: n stands under a root."
    return f"{precision(number, share)} That is {off}"


def precision(number, share):
    """Says how sure an accuracy is that was measured on a number of digits."""
    return (
        f"On {number:,.0f} digits, two standard errors are ± {200 * (share * (1 - share) / number) ** 0.5:.2g} points."
    )


@exercise(
    hints=[
        "The two networks disagree on 15 + 6 = 21 digits: 21 tosses of a coin.",
        "`math.comb(21, k)` of the 2**21 sequences show heads k times. Which k are at least as lopsided as 6?",
        "Add up k = 0 to 6, double the sum for the other side, and divide by 2**21.",
    ],
    solution="p_value = 2 * sum(math.comb(21, heads) for heads in range(7)) / 2**21",
    why="About 0.08: even if the two were equally good, chance would give a split as uneven as 15 to 6 in one of 13 "
    "comparisons. That's no reason to prefer the first.",
)
def coin_tosses(number):
    number = to_number(number, "Your p-value")
    sequences = 2**21
    tail = sum(math.comb(21, heads) for heads in range(7))
    came = f"Your p-value is {number:.3g}."
    for wrong, message in (
        (tail / sequences, "That's one side. A split of 6 to 15 would have been as lopsided."),
        (math.comb(21, 6) / sequences, "That's 6 heads exactly. Fewer heads are more lopsided still; add them."),
        (2 * math.comb(21, 6) / sequences, "That's 6 heads or 15 exactly. What is more lopsided counts, too."),
        (2 * (tail - math.comb(21, 6)) / sequences, "You left out 6 heads itself: `range(6)` ends at 5."),
        (6 / 21, "That's the second network's share of the 21 digits. How often would coins be as lopsided?"),
    ):
        if np.isclose(number, wrong, rtol=0.02):
            return f"{came} {message}"
    if np.isclose(number, 2 * tail / sequences, rtol=0.02):
        return None
    if not 0 <= number <= 1:
        return f"{came} It's a share of all 2**21 sequences, so expected is a number from 0 to 1."
    return f"{came} Add up the sequences of 21 tosses with 0 to 6 heads, double that, and divide by 2**21."
