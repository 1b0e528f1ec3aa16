"""The pictures that explain a concept: tensors, layers, the pipeline, dropout, a sliding filter."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from mnist_helpers import practice, strokes
from mnist_helpers.plots import TRAIN_COLOR as ACCENT
from mnist_helpers.plots import VALIDATION_COLOR as WARM
from mnist_helpers.plots import new_figure

INK, PALE = "#222222", "#dcebf7"


def tensors(image):
    """Draws the same digit as a gray image, as a color image, and a batch of color images, with their shapes.

    Args:
        image: float array `[28, 28]` or `[28, 28, 1]` in [0, 1].

    Returns:
        A figure with three axes.

    Example:

    >>> diagrams.tensors(images[3])
    """
    image = np.asarray(image).reshape(28, 28)
    figure, axes = new_figure(1, 3, (9, 3.1), framed=False)
    titles = (
        "gray image\n[28, 28]\nrank 2: rows, columns",
        "color image\n[28, 28, 3]\nrank 3: rows, columns, channels",
        "batch of color images\n[128, 28, 28, 3]\nrank 4: images, rows, columns, channels",
    )
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title, fontsize=10)
    axes[0].imshow(image, cmap="gray", extent=(4, 36, 36, 4))
    for page, name in enumerate(("blue", "green", "red")):
        left = 12 - 6 * page
        channel = np.zeros((28, 28, 3))
        channel[:, :, 2 - page] = image
        _page(axes[1], channel, left, page)
        axes[1].text(left + 27, 13.5 - left, name, ha="right", va="top", fontsize=8, color="white", zorder=page + 0.7)
    orange = image[:, :, np.newaxis] * [1.0, 0.7, 0.2]
    for page in range(6):
        _page(axes[2], orange, 12 - 2.4 * page, page)
    for axis in axes:
        axis.set(xlim=(-1, 42), ylim=(42, -1), aspect="equal")
    return figure


def _page(axis, image, left, page):
    """Draws an image on top of the earlier pages, the farther to the left the lower."""
    axis.imshow(image, extent=(left, left + 28, 40 - left, 12 - left), zorder=page)
    axis.add_patch(Rectangle((left, 12 - left), 28, 28, fill=False, edgecolor="white", zorder=page + 0.5))


def layers(sizes, activations):
    """Draws a chain of dense layers: every neuron is tied to all of the layer before.

    Args:
        sizes: integers, the number of inputs and then of the neurons of each layer.
        activations: strings, one for each layer, written under it.

    Returns:
        A figure with one axis. A long layer is drawn with eight neurons and an ellipsis.

    Raises:
        ValueError: the number of activations is not that of the layers.

    Example:

    >>> diagrams.layers([784, 200, 60, 10], ["ReLU", "ReLU", "softmax"])
    """
    if len(activations) != len(sizes) - 1:
        raise ValueError(f"activations has {len(activations)} entries; expected are {len(sizes) - 1}, one a layer.")
    figure, (axis,) = new_figure(1, 1, (2.2 * len(sizes), 3.6), framed=False)
    columns = [_neuron_heights(size) for size in sizes]
    for x, (left, right) in enumerate(zip(columns, columns[1:], strict=False)):
        for start in left:
            for end in right:
                axis.plot((x, x + 1), (start, end), color=ACCENT, alpha=0.25, linewidth=0.7, zorder=1)
    for x, (size, heights) in enumerate(zip(sizes, columns, strict=True)):
        marker, name = ("s", "pixels") if x == 0 else ("o", "neurons")
        axis.scatter([x] * len(heights), heights, s=130, marker=marker, color=PALE, edgecolor=ACCENT, zorder=2)
        if size > len(heights):
            axis.text(x, 0, "⋮", ha="center", va="center", fontsize=15, color=INK)
        axis.text(x, 5.2, f"{size} {name}", ha="center", fontsize=10, color=INK)
        if x:
            axis.text(x, -5.6, activations[x - 1], ha="center", fontsize=10, color=INK, fontstyle="italic")
    axis.set(xlim=(-0.5, len(sizes) - 0.5), ylim=(-6.2, 6))
    return figure


def dropout(rate=0.25, seed=1):
    """Draws a layer with dropout at one training step and at prediction time.

    Args:
        rate: share of the neurons that are switched off while training, 0 to 1.
        seed: chooses which ones.

    Returns:
        A figure with two axes.

    Example:

    >>> diagrams.dropout(rate=0.25)
    """
    figure, axes = new_figure(1, 2, (8, 3.1), framed=False)
    heights = np.linspace(4, -4, 8)
    dropped = np.zeros(8, bool)
    dropped[np.random.default_rng(seed).permutation(8)[: max(1, round(8 * rate))]] = True
    outputs = np.linspace(3, -3, 4)
    for axis, title, off in (
        (axes[0], f"training: {dropped.sum()} of 8 neurons are off,\nothers at the next step", dropped),
        (axes[1], "prediction: all neurons are on", np.zeros(8, bool)),
    ):
        for height, is_off in zip(heights, off, strict=True):
            for output in outputs if not is_off else ():
                axis.plot((0, 1), (height, output), color=ACCENT, alpha=0.35, linewidth=0.8, zorder=1)
            axis.scatter(0, height, s=140, color="white" if is_off else PALE, zorder=2,
                         edgecolor="#999999" if is_off else ACCENT, linestyle=":" if is_off else "-")  # fmt: skip
            if is_off:
                axis.scatter(0, height, s=60, marker="x", color=WARM, zorder=3)
        axis.scatter(np.ones(4), outputs, s=140, color=PALE, edgecolor=ACCENT, zorder=2)
        axis.set_title(title, fontsize=10)
        axis.set(xlim=(-0.3, 1.3), ylim=(-5, 5))
    return figure


def pipeline():
    """Draws the steps from the files to the batches, and what one element is after each.

    Returns:
        A figure with one axis.

    Example:

    >>> diagrams.pipeline()
    """
    steps = (
        ("FixedLengthRecordDataset", "784 bytes of pixels   |   1 byte of label"),
        ("zip", "one pair (pixels, label)"),
        ("cache", "the same pair, from memory after the first pass"),
        ("shuffle", "a pair drawn at random"),
        ("batch", "128 pairs"),
        ("map", "images [128, 28, 28, 1] and labels [128, 10]"),
        ("prefetch", "the same, ready before the network asks"),
    )
    figure, (axis,) = new_figure(1, 1, (7.2, 4.6), framed=False)
    for row, (name, element) in enumerate(steps):
        y = -row
        axis.add_patch(
            FancyBboxPatch((0, y - 0.28), 2.9, 0.56, boxstyle="round,pad=0.04", facecolor=PALE, edgecolor=ACCENT)
        )
        axis.text(1.45, y, name, ha="center", va="center", fontsize=10, family="monospace", color=INK)
        axis.text(3.25, y, element, va="center", fontsize=10, color=INK)
        if row:
            axis.add_patch(
                FancyArrowPatch((1.45, y + 0.72), (1.45, y + 0.32), arrowstyle="-|>", mutation_scale=11, color=INK)
            )
    axis.set(xlim=(-0.2, 8), ylim=(-len(steps) + 0.4, 0.5))
    return figure


def activations():
    """Draws sigmoid and ReLU, each with its slope.

    Returns:
        A figure with two axes.

    Example:

    >>> diagrams.activations()
    """
    figure, axes = new_figure(1, 2, (8, 2.8))
    x = np.linspace(-6, 6, 601)
    sigmoid = 1 / (1 + np.exp(-x))
    for axis, name, values, slope in (
        (axes[0], "sigmoid: the slope is 0.25 at most, mostly near 0", sigmoid, sigmoid * (1 - sigmoid)),
        (axes[1], "ReLU: the slope is 1 for every positive input", np.maximum(x, 0), (x > 0).astype(float)),
    ):
        axis.plot(x, values, color=ACCENT, linewidth=2.5, label="output")
        axis.plot(x, slope, color=WARM, linewidth=1.8, linestyle="--", label="slope")
        axis.set_title(name, fontsize=10)
        axis.set(xlabel="input", xlim=(-6, 6))
        axis.grid(alpha=0.3)
        axis.legend()
    axes[1].set_ylim(-0.3, 6)
    return figure


def convolution(image, kernel, row, column):
    """Draws a filter at one place of an image and the feature map that it makes by sliding everywhere.

    Args:
        image: float array `[28, 28]` or `[28, 28, 1]` in [0, 1].
        kernel: float array `[height, width]`.
        row: top row of the patch under the filter.
        column: leftmost column of that patch.

    Returns:
        A figure with three axes: image, patch with the weights as numbers, feature map.

    Raises:
        ValueError: the filter would stand outside the image.

    Example:

    >>> diagrams.convolution(images[0], [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], row=10, column=12)
    """
    image, kernel = np.asarray(image).reshape(28, 28), np.asarray(kernel, float)
    height, width = kernel.shape
    if not (0 <= row <= 28 - height and 0 <= column <= 28 - width):
        raise ValueError(f"row {row}, column {column} is outside; expected are 0 to {28 - height}, 0 to {28 - width}.")
    windows = np.lib.stride_tricks.sliding_window_view(image, (height, width))
    feature_map = (windows * kernel).sum(axis=(-2, -1))
    figure, axes = new_figure(1, 3, (9.5, 3.4), framed=False)
    axes[0].imshow(image, cmap="gray", vmin=0, vmax=1)
    axes[0].add_patch(Rectangle((column - 0.5, row - 0.5), width, height, fill=False, edgecolor=WARM, linewidth=2.5))
    axes[0].set_title("the image [28, 28]", fontsize=10)
    axes[1].imshow(image[row : row + height, column : column + width], cmap="gray", vmin=0, vmax=1)
    for y in range(height):
        for x in range(width):
            bright = image[row + y, column + x] > 0.5
            axes[1].text(x, y, f"× {kernel[y, x]:g}", ha="center", va="center", fontsize=12,
                         color=INK if bright else "white")  # fmt: skip
    axes[1].set_title(f"the patch, times the filter, summed: {feature_map[row, column]:.2f}", fontsize=10)
    axes[2].imshow(feature_map, cmap="gray")
    axes[2].add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=WARM, linewidth=2.5))
    axes[2].set_title(f"the feature map {list(feature_map.shape)}", fontsize=10)
    return figure


def _neuron_heights(size):
    if size <= 10:
        return np.linspace(4.4, -4.4, size)
    return np.concatenate([np.linspace(4.4, 1.1, 4), np.linspace(-1.1, -4.4, 4)])


def ways_of_writing(digit, columns=5):
    """Draws the ways in which the practice digits write a digit, as the pen goes: from ● along the dots.

    Args:
        digit: 0 to 9.
        columns: ways in a row.

    Returns:
        A figure with one picture for each way.

    Raises:
        ValueError: `digit` is not within 0 to 9.

    Example:

    >>> diagrams.ways_of_writing(4)
    """
    if digit not in range(10):
        raise ValueError(f"digit is {digit!r}; expected is a whole number from 0 to 9.")
    ways = strokes.FIRST[digit] + np.arange(len(strokes.STYLES[digit]))
    points = strokes.CONTROL_POINTS[ways, 0]
    curves, lifted = practice.smooth_curve(points, ways, np.ones(len(ways)))
    rows = -(-len(ways) // columns)
    figure, axes = new_figure(rows, columns, (1.3 * columns, 1.7 * rows), framed=False)
    for axis, way, dots, curve, up in zip(axes, ways, points, curves, lifted, strict=False):
        for stroke in np.split(np.arange(len(up)), np.flatnonzero(np.diff(up)) + 1):
            if not up[stroke[0]]:
                axis.plot(*curve[stroke[0] : stroke[-1] + 2].T, color=ACCENT, linewidth=4, solid_capstyle="round")
        axis.plot(*dots.T, "o", color=INK, markersize=2.5)
        axis.plot(*dots[strokes.STARTS[way]].T, "o", color=WARM, markersize=7)
        axis.set(xlim=(-0.25, 0.95), ylim=(1.1, -0.1), aspect="equal")
    return figure
