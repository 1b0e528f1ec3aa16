"""The film of data parallelism: a batch is shared by two replicas, their gradients are averaged, both take one step."""

import numpy as np

from mnist_helpers.animations import Animation
from mnist_helpers.pictures import INK, TRAIN_COLOR, VALIDATION_COLOR, as_designed, new_figure

SIDE, GAP, HEIGHT = 0.3, 0.04, 3.5  # inches: a digit, between two of them, the whole picture
CENTERS, WIDTH_OF_BARS, HEIGHT_OF_BARS = (2.2, 4.8), 1.3, 0.5  # inches: of the replicas, and of what they compute
ROWS = (-1.05, -2.0, -2.95)  # inches: where the rows of digits, gradients and steps are
TITLES = (
    "a batch of the training set",
    "each replica gets its share",
    "each computes the gradient of its share",
    "all-reduce: both get the mean of the gradients",
    "both take the same step, so their weights stay equal",
)


@as_designed
def all_reduce(images, first, second):
    """Shows what two replicas do in a step.

    Args:
        images: float array `[8, 28, 28]` or `[8, 28, 28, 1]` in [0, 1], a batch; the first half is the first replica's.
        first, second: float arrays `[count]`, some numbers of the gradients of the two halves.

    Returns:
        An `Animation` of five frames.

    Raises:
        ValueError: the images aren't eight, or the gradients have different shapes.

    Example:

    >>> replicas.all_reduce(images[:8], gradients["first half"][:5], gradients["second half"][:5])
    """
    images, gradients = np.asarray(images), [np.asarray(first), np.asarray(second)]
    if images.shape[:3] != (8, 28, 28) or gradients[0].shape != gradients[1].shape or gradients[0].ndim != 1:
        raise ValueError(
            f"images has the shape {images.shape}, first {gradients[0].shape} and second {gradients[1].shape}; "
            f"expected are (8, 28, 28) and two equal shapes of one axis."
        )
    mean = (gradients[0] + gradients[1]) / 2
    numbers = [", ".join(f"{1000 * number:.1f}" for number in values) for values in (*gradients, mean)]
    alt = (
        f"Eight digits are divided among two replicas. Their gradients, times 1,000, are {numbers[0]} and "
        f"{numbers[1]}; all-reduce gives both the mean, {numbers[2]}, and both take the same step."
    )
    figure, (axis,) = new_figure(1, 1, HEIGHT, alt, framed=False)
    axis.set(xlim=(0, 7), ylim=(-HEIGHT, 0))
    title = axis.text(3.5, -0.1, TITLES[-1], ha="center", va="top", fontsize=11, color=INK)
    pictures = [axis.imshow(image.reshape(28, 28), cmap="gray", vmin=0, vmax=1, aspect="auto") for image in images]
    largest = max(np.abs(values).max() for values in gradients)
    colors = (TRAIN_COLOR, VALIDATION_COLOR)
    bars = [_bars(axis, center, ROWS[1], len(mean), color) for center, color in zip(CENTERS, colors, strict=True)]
    steps = [_bars(axis, center, ROWS[2], len(mean), INK) for center in CENTERS]
    names = [
        axis.text(center, ROWS[0] + 0.32, f"replica {number}", ha="center") for number, center in enumerate(CENTERS)
    ]
    labels = [axis.text(3.5, row, text, ha="center", va="center", fontsize=10) for row, text in
              zip(ROWS[1:], ("gradient", "step"), strict=True)]  # fmt: skip

    def update(number):
        title.set_text(TITLES[number])
        for place, picture in enumerate(pictures):
            half, within = divmod(place, 4)
            center = 3.5 if number == 0 else CENTERS[half]
            left = center + (SIDE + GAP) * ((place - 4) if number == 0 else (within - 2))
            picture.set_extent((left, left + SIDE, ROWS[0] - SIDE / 2, ROWS[0] + SIDE / 2))
        for name in names:
            name.set_visible(number > 0)
        labels[0].set_text("gradient" if number < 3 else "mean")
        for label, since in zip(labels, (2, 4), strict=True):
            label.set_visible(number >= since)
        for replica in range(2):
            values = gradients[replica] if number == 2 else mean
            _set(bars[replica], ROWS[1], values / largest, number >= 2)
            _set(steps[replica], ROWS[2], -mean / largest, number == 4)

    axis.set(xlim=(0, 7), ylim=(-HEIGHT, 0))  # `imshow` has changed them
    return Animation(figure, update, count=len(TITLES), seconds=1.6)


def _bars(axis, center, row, count, color):
    """As many bars side by side as there are numbers, on a line."""
    places = center + WIDTH_OF_BARS * (np.arange(count) / (count - 1) - 0.5)
    return axis.bar(places, np.zeros(count), width=0.7 * WIDTH_OF_BARS / count, bottom=row, color=color)


def _set(bars, row, shares, are_visible):
    """Gives bars their heights: shares from -1 to 1 of half the room of a row."""
    for bar, share in zip(bars, shares, strict=True):
        bar.set(y=row, height=share * HEIGHT_OF_BARS / 2 * 1.6, visible=are_visible)
