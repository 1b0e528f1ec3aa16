"""The pictures that explain a concept: tensors, layers, the pipeline, dropout, a sliding filter."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from mnist_helpers import practice, strokes
from mnist_helpers.architecture import architecture as architecture
from mnist_helpers.pictures import INK, WIDTH, as_designed, new_figure
from mnist_helpers.pictures import TRAIN_COLOR as ACCENT
from mnist_helpers.pictures import VALIDATION_COLOR as WARM

PALE, WARM_PALE = "#dcebf7", "#fbe0cc"


@as_designed
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
    alt = (
        "A gray image has the shape [28, 28] and rank 2; a color image, three pages deep, [28, 28, 3] and rank 3; "
        "a batch of color images, a pile of them, [128, 28, 28, 3] and rank 4."
    )
    figure, axes = new_figure(1, 3, 2.2, alt, framed=False)
    titles = (
        "gray image\n[28, 28]\nrank 2",
        "color image\n[28, 28, 3]\nrank 3",
        "batch of images\n[128, 28, 28, 3]\nrank 4",
    )
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title, fontsize=10.5)
    axes[0].imshow(image, cmap="gray", extent=(4, 36, 36, 4))
    orange = image[:, :, np.newaxis] * [1.0, 0.7, 0.2]
    for page, name in enumerate(("blue", "green", "red")):
        left = 12 - 6 * page
        channel = np.zeros((28, 28, 3))
        channel[:, :, 2 - page] = orange[:, :, 2 - page]
        _page(axes[1], channel, left, page)
        axes[1].text(left + 27, 13 - left, name, ha="right", va="top", fontsize=8.5, color="white", zorder=page + 0.7)
    for page in range(6):
        _page(axes[2], orange, 12 - 2.4 * page, page)
    for axis in axes:
        axis.set(xlim=(-1, 42), ylim=(42, -1), aspect="equal")
    return figure


def _page(axis, image, left, page):
    """Draws an image on top of the earlier pages, the farther to the left the lower."""
    axis.imshow(image, extent=(left, left + 28, 40 - left, 12 - left), zorder=page)
    axis.add_patch(Rectangle((left, 12 - left), 28, 28, fill=False, edgecolor="white", zorder=page + 0.5))


@as_designed
def neuron(image, weights, bias):
    """Draws what one neuron does with an image: pixels times weights, summed, plus the bias.

    Args:
        image: float array `[28, 28]` or `[28, 28, 1]` in [0, 1].
        weights: floats `[784]`, a weight for each pixel.
        bias: float.

    Returns:
        A figure with three axes: pixels, weights, products.

    Example:

    >>> diagrams.neuron(images[0], kernel[:, 3], bias[3])
    """
    image, weights = np.asarray(image).reshape(28, 28), np.asarray(weights).reshape(28, 28)
    products = image * weights
    total = products.sum()
    alt = (
        f"A digit's pixels times a neuron's weights are 784 products. Their sum {total:.2f} and the bias {bias:.2f} "
        f"make {total + bias:.2f}."
    )
    figure, axes = new_figure(1, 3, 2.15, alt, framed=False)
    axes[0].imshow(image, cmap="gray", vmin=0, vmax=1)
    limit = np.abs(weights).max()  # no product is larger, since no pixel is larger than 1
    for axis, picture in ((axes[1], weights), (axes[2], products)):
        axis.imshow(picture, cmap="RdBu", vmin=-limit, vmax=limit)
    for axis, title in zip(axes, ("784 pixels", "784 weights", "784 products"), strict=True):
        axis.set_title(title, fontsize=11)
    for axis, sign in ((axes[0], "×"), (axes[1], "=")):
        axis.text(1.1, 0.5, sign, transform=axis.transAxes, ha="center", va="center", fontsize=16, color=INK)
    calculation = f"sum {total:.2f}  +  bias {bias:.2f}  =  {total + bias:.2f}".replace("-", "−")
    figure.supxlabel(calculation, fontsize=12)
    return figure


@as_designed
def matrix_product(images, weights, row=0, column=0):
    """Draws a product of two matrices, and which row and column make one of its entries.

    Args:
        images: float array `[rows, inner]` in [0, 1], an image in each row.
        weights: float array `[inner, columns]`, a neuron in each column.
        row, column: the entry that is marked, with the row and the column that make it. The entries before it, down
            the earlier columns and this one, are drawn; those after it are left white.

    Returns:
        A figure with three axes: the two matrices and their product.

    Raises:
        ValueError: the matrices don't fit, or there is no such entry.

    Example:

    >>> diagrams.matrix_product(pixels, weights, row=2, column=7)
    """
    images, weights = np.asarray(images), np.asarray(weights)
    if images.ndim != 2 or weights.ndim != 2 or images.shape[1] != weights.shape[0]:
        raise ValueError(
            f"The matrices have the shapes {list(images.shape)} and {list(weights.shape)}; expected are two axes each, "
            "and as many columns in the first as rows in the second."
        )
    product = images @ weights
    (rows, columns), inner = product.shape, len(weights)
    if not (0 <= row < rows and 0 <= column < columns):
        raise ValueError(f"row {row}, column {column} is outside; expected are 0 to {rows - 1} and 0 to {columns - 1}.")
    alt = (
        f"A matrix of {rows} rows and {inner} columns, times one of {inner} rows and {columns} columns, makes one of "
        f"{rows} rows and {columns} columns. Its entry in row {row}, column {column} comes from row {row} of the first "
        f"and column {column} of the second."
    )
    figure, axes = new_figure(1, 3, 3.4, alt, width_ratios=(3, 1, 1))
    limits = np.abs(weights).max() or 1, np.abs(product).max() or 1
    for axis, values, options in (
        (axes[0], images, {"cmap": "gray", "vmin": 0, "vmax": 1}),
        (axes[1], weights, {"cmap": "RdBu", "vmin": -limits[0], "vmax": limits[0]}),
        (axes[2], product, {"cmap": "RdBu", "vmin": -limits[1], "vmax": limits[1]}),
    ):
        axis.imshow(values, aspect="auto", interpolation="nearest", **options)
        axis.add_patch(Rectangle((0, 0), 0, 0, fill=False, edgecolor=WARM, linewidth=2.2, clip_on=False))
        axis.set(xticks=[], yticks=[])
    for axis, name, meaning in (
        (axes[0], f"X\n[{rows}, {inner}]", "a row: the pixels\nof one image"),
        (axes[1], f"W\n[{inner}, {columns}]", "a column:\none neuron"),
        (axes[2], f"X·W\n[{rows}, {columns}]", "an entry:\none sum"),
    ):
        axis.set_title(name, fontsize=10.5)
        axis.set_xlabel(meaning, fontsize=10.5)
    for axis, sign in ((axes[0], "·"), (axes[1], "=")):
        axis.text(1.12 if sign == "·" else 1.35, 0.5, sign, transform=axis.transAxes, ha="center", va="center",
                  fontsize=18)  # fmt: skip
    move_product(figure, product, row, column)
    return figure


@as_designed
def move_product(figure, product, row, column):
    """Marks another entry in a figure that `matrix_product` made.

    Args:
        figure: the figure.
        product: float array `[rows, columns]`, the whole product.
        row, column: as for `matrix_product`.
    """
    rows, columns = product.shape
    inner = len(figure.axes[1].images[0].get_array())
    place = np.arange(rows * columns).reshape(columns, rows).T
    done = place <= column * rows + row
    figure.axes[2].images[0].set_data(np.ma.masked_array(product, mask=~done))
    for axis, (left, top, width, height) in zip(
        figure.axes,
        ((0, row, inner, 1), (column, 0, 1, inner), (column, row, 1, 1)),
        strict=True,
    ):
        (mark,) = axis.patches
        mark.set_bounds(left - 0.5, top - 0.5, width, height)


@as_designed
def broadcasting(matrix, row):
    """Draws how a row is added to each row of a matrix.

    Args:
        matrix: float array `[rows, columns]`; a few of each.
        row: floats `[columns]`.

    Returns:
        A figure with one axis: matrix, the row and its copies in gray, and the sum, all rounded to one decimal before
        they are added.

    Example:

    >>> diagrams.broadcasting([[1, 2], [3, 4], [5, 6]], [10, 20])
    """
    matrix, row = np.round(matrix, 1) + 0.0, np.round(row, 1) + 0.0  # so that the sums are right as printed
    rows, columns = matrix.shape
    added = ", ".join(f"{value:.1f}" for value in row)
    alt = f"The row {added} is added to each of the {rows} rows of a matrix, as if it were copied."
    figure, (axis,) = new_figure(1, 1, 0.4 * rows + 0.6, alt, framed=False)
    tables = (matrix, np.broadcast_to(row, matrix.shape), matrix + row)
    for table, (values, title) in enumerate(zip(tables, ("X·W", "b, once for each row", "X·W + b"), strict=True)):
        left = table * (columns + 0.8)
        axis.text(left + columns / 2, 0.25, title, ha="center", fontsize=10.5)
        for (y, x), value in np.ndenumerate(values):
            is_copy = table == 1 and y > 0
            axis.add_patch(Rectangle((left + x, -y - 1), 1, 1, facecolor="white" if is_copy else PALE, edgecolor=ACCENT,
                                     linestyle=":" if is_copy else "-"))  # fmt: skip
            axis.text(left + x + 0.5, -y - 0.5, f"{value:.1f}".replace("-", "−"), ha="center", va="center", fontsize=9,
                      color="#777777" if is_copy else INK)  # fmt: skip
        if table < 2:
            axis.text(left + columns + 0.4, -rows / 2, "+="[table], ha="center", va="center", fontsize=15)
    axis.set(xlim=(-0.1, 3 * columns + 1.7), ylim=(-rows - 0.1, 0.8))
    return figure


@as_designed
def layers(sizes, activations):
    """Draws a chain of dense layers: every neuron is connected to all of the layer before.

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
    alt = f"{sizes[0]} pixels, then " + ", ".join(
        f"a layer of {size} neurons with {activation}" for size, activation in zip(sizes[1:], activations, strict=True)
    )
    figure, (axis,) = new_figure(1, 1, 2.9, f"{alt}; each is connected to all of the layer before.", framed=False)
    columns = [_neuron_heights(size) for size in sizes]
    for x, (left, right) in enumerate(zip(columns, columns[1:], strict=False)):
        for start in left:
            for end in right:
                axis.plot((x, x + 1), (start, end), color=ACCENT, alpha=0.25, linewidth=0.7, zorder=1)
    for x, (size, heights) in enumerate(zip(sizes, columns, strict=True)):
        marker, name = ("s", "pixels") if x == 0 else ("o", "neurons")
        axis.scatter([x] * len(heights), heights, s=90, marker=marker, color=PALE, edgecolor=ACCENT, zorder=2)
        if size > len(heights):
            axis.text(x, 0, "⋮", ha="center", va="center", fontsize=15, color=INK)
        axis.text(x, 5.3, f"{size}\n{name}", ha="center", fontsize=10.5, color=INK)
        if x:
            axis.text(x, -6.2, activations[x - 1], ha="center", fontsize=10.5, color=INK, fontstyle="italic")
    axis.set(xlim=(-0.4, len(sizes) - 0.6), ylim=(-6.6, 8.2))
    return figure


@as_designed
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
    heights = np.linspace(4, -4, 8)
    dropped = np.zeros(8, bool)
    dropped[np.random.default_rng(seed).permutation(8)[: round(8 * rate)]] = True
    outputs = np.linspace(3, -3, 4)
    alt = (
        f"While training, {dropped.sum()} of 8 neurons are off and lose their connections; "
        "at prediction time all are on."
    )
    figure, axes = new_figure(1, 2, 2.6, alt, framed=False)
    for axis, title, off in (
        (axes[0], f"training: {dropped.sum()} of 8 neurons off,\nothers at the next step", dropped),
        (axes[1], "prediction:\nall neurons on", np.zeros(8, bool)),
    ):
        for height, is_off in zip(heights, off, strict=True):
            for output in outputs if not is_off else ():
                axis.plot((0, 1), (height, output), color=ACCENT, alpha=0.35, linewidth=0.8, zorder=1)
            axis.scatter(0, height, s=140, color="white" if is_off else PALE, zorder=2,
                         edgecolor="#999999" if is_off else ACCENT, linestyle=":" if is_off else "-")  # fmt: skip
            if is_off:
                axis.scatter(0, height, s=60, marker="x", color=WARM, zorder=3)
        axis.scatter(np.ones(4), outputs, s=140, color=PALE, edgecolor=ACCENT, zorder=2)
        axis.set_title(title, fontsize=10.5)
        axis.set(xlim=(-0.3, 1.3), ylim=(-5, 5))
    return figure


@as_designed
def records(images, classes):
    """Draws how MNIST's two training files begin: a header, then one record after the other, each file to scale.

    Args:
        images: float array `[count, 28, 28]` or `[count, 28, 28, 1]` in [0, 1], the first images of the file.
        classes: integers `[total]`, the first labels of the other file.

    Returns:
        A figure with two axes: the image file and, much enlarged, the label file. Under each block stands the number
        of its first byte.

    Raises:
        ValueError: there is no image or no label.

    Example:

    >>> diagrams.records(images[:3], classes[:12])
    """
    images = np.asarray(images).reshape(-1, 28, 28)
    if not len(images) or not len(classes):
        raise ValueError(f"There are {len(images)} images and {len(classes)} labels; expected is one at least of each.")
    alt = (
        f"The image file: a header of 16 bytes, then 784 bytes for each image, drawn are {len(images)}. The label "
        f"file: a header of 8 bytes, then 1 byte for each label, {', '.join(map(str, classes))}."
    )
    figure, axes = new_figure(2, 1, 2.9, alt, framed=False, height_ratios=(1.75, 1))
    for axis, header, size, count, title in (
        (axes[0], 16, 784, len(images), "image file: header of 16 bytes, 784 bytes an image"),
        (axes[1], 8, 1, len(classes), "label file, enlarged: header of 8 bytes, 1 byte a label"),
    ):
        total = header + size * count
        axis.set_title(title, fontsize=10.5, loc="left")
        axis.add_patch(Rectangle((0, 0), header, 1, facecolor=WARM, edgecolor=WARM))
        for record in range(count):
            first = header + size * record
            axis.add_patch(Rectangle((first, 0), size, 1, facecolor=PALE, edgecolor=ACCENT))
            if axis is axes[0]:
                middle, half = first + size / 2, min(0.1 * total, 0.46 * size)
                axis.imshow(images[record], cmap="gray", vmin=0, vmax=1, aspect="auto", zorder=2,
                            extent=(middle - half, middle + half, 0.04, 0.96))  # fmt: skip
            else:
                axis.text(first + size / 2, 0.47, str(classes[record]), ha="center", va="center", fontsize=10.5)
            if axis is axes[0] or record % 3 == 0:
                axis.text(first, -0.08, f"{first:,}", ha="left" if first == header == 16 else "center", va="top",
                          fontsize=10, color=INK)  # fmt: skip
        axis.text(total + 0.02 * total, 0.47, "…", ha="left", va="center", fontsize=14, color=INK)
        if header == 8:
            axis.text(header / 2, 0.47, "header", ha="center", va="center", fontsize=10.5, color="white")
        axis.text(0, -0.08, "0", ha="center" if header == 8 else "right", va="top", fontsize=10, color=INK)
        axis.set(xlim=(-0.02 * total, 1.07 * total), ylim=(-0.45, 1.02))
    return figure


@as_designed
def pipeline(batch_size=128):
    """Draws the steps from the two files to the batches, and what one element is after each.

    Args:
        batch_size: examples in a batch.

    Returns:
        A figure with one axis: images and labels run side by side until `zip` joins them.

    Example:

    >>> diagrams.pipeline()
    """
    reader, joined = "FixedLength\nRecordDataset", "a pair: 784 bytes, 1 byte"
    steps = (
        ("zip", joined),
        ("cache", "the pair, kept in memory"),
        ("shuffle", "a pair drawn at random"),
        ("batch", f"{batch_size:,} pairs"),
        ("map(decode)", f"images [{batch_size}, 28, 28, 1],\nlabels [{batch_size}, 10]"),
        ("prefetch", "the same, ready before\nthe network asks"),
    )
    chain = "; ".join(f"{name}: {element}" for name, element in steps).replace("\n", " ")
    alt = (
        "The image file and the label file are read apart, 784 bytes and 1 byte at a time. From where they are joined, "
        f"the steps and what comes out are {chain}."
    )
    figure, (axis,) = new_figure(1, 1, 5.4, alt, framed=False)
    middles, middle, half = (0.95, 2.95), 1.95, 0.92
    for x, file in zip(middles, ("image file", "label file"), strict=True):
        axis.add_patch(Rectangle((x - half, -0.3), 2 * half, 0.6, facecolor="white", edgecolor=WARM, linewidth=1.5))
        axis.text(x, 0, file, ha="center", va="center", fontsize=10.5, color=INK)
        _step(axis, x, -1.15, half, reader, 0.74)
        _arrow(axis, (x, -0.3), (x, -0.78))
        _arrow(axis, (x, -1.52), ((x + middle) / 2, -2.0))
    axis.text(4.2, 0, "header and 60,000 records", va="center", fontsize=10.5, color=INK)
    axis.text(4.2, -1.15, "left: 784 bytes of pixels,\nright: 1 byte of label", va="center", fontsize=10.5, color=INK)
    for row, (name, element) in enumerate(steps):
        y = -2.3 - 0.95 * row
        _step(axis, middle, y, 1.6, name, 0.56)
        axis.text(4.2, y, element, va="center", fontsize=10.5, color=INK)
        if row:
            _arrow(axis, (middle, y + 0.67), (middle, y + 0.3))
    axis.set(xlim=(-0.1, 7.9), ylim=(-7.45, 0.4))
    return figure


def _step(axis, x, y, half, name, height):
    """A box around the name of a step."""
    box = FancyBboxPatch((x - half, y - height / 2), 2 * half, height, boxstyle="round,pad=0,rounding_size=0.1",
                         facecolor=PALE, edgecolor=ACCENT)  # fmt: skip
    axis.add_patch(box)
    axis.text(x, y, name, ha="center", va="center", fontsize=10, family="monospace", color=INK)


@as_designed
def prefetch(prepare=3, train=4, batches=4):
    """Draws what CPU and accelerator do at each moment, without and with `prefetch`, on the same axis of time.

    Args:
        prepare: milliseconds that the CPU needs for a batch.
        train: milliseconds that the accelerator needs for one.
        batches: how many are drawn.

    Returns:
        A figure with two axes, each with a bar for every batch and processor; a dashed line marks the end.

    Raises:
        ValueError: a time is not positive, or there is no batch.

    Example:

    >>> diagrams.prefetch(prepare=3, train=4)
    """
    if min(prepare, train) <= 0 or batches < 1:
        came = f"prepare is {prepare}, train {train}, batches {batches}"
        raise ValueError(f"{came}; expected are times above 0 and at least one batch.")
    in_turn = [(batch * (prepare + train), batch * (prepare + train) + prepare) for batch in range(batches)]
    at_once = [(batch * prepare, prepare + batch * max(prepare, train)) for batch in range(batches)]
    ends = [schedule[-1][1] + train for schedule in (in_turn, at_once)]
    alt = (
        f"{batches} batches, each prepared in {prepare} ms and trained on in {train} ms. Without prefetch CPU and "
        f"accelerator take turns and need {ends[0]} ms; with prefetch they work at the same time and need {ends[1]} ms."
    )
    figure, axes = new_figure(2, 1, 3.1, alt, sharex=True)
    for axis, name, schedule, end in zip(axes, ("without", "with"), (in_turn, at_once), ends, strict=True):
        for batch, starts in enumerate(schedule, start=1):
            for lane, (start, length, color) in enumerate(zip(starts, (prepare, train), (PALE, ACCENT), strict=True)):
                axis.add_patch(Rectangle((start, 0.6 - lane), length, 0.8, facecolor=color, edgecolor="white"))
                axis.text(start + length / 2, 1 - lane, batch, ha="center", va="center", fontsize=10.5,
                          color="white" if lane else INK)  # fmt: skip
        axis.axvline(end, color=WARM, linestyle="--", linewidth=1.8)
        axis.set_title(f"{name} prefetch: {end} ms", fontsize=11, loc="left")
        axis.set(ylim=(-0.55, 1.55), yticks=[1, 0], yticklabels=["CPU\nprepares", "accelerator\ntrains"])
        axis.tick_params(axis="y", length=0, labelsize=10)
        axis.spines[["top", "right", "left"]].set_visible(False)
    axes[-1].set(xlabel="milliseconds", xlim=(0, 1.04 * max(ends)))
    return figure


@as_designed
def activations():
    """Draws sigmoid and ReLU, each with its slope.

    Returns:
        A figure with two axes of the same scale, from 0 to 1.5.

    Example:

    >>> diagrams.activations()
    """
    alt = (
        "Sigmoid rises from 0 to 1 in an S; its slope is 0.25 in the middle and almost 0 elsewhere. ReLU is 0 for "
        "negative inputs and the input itself for positive ones; there its slope is 1."
    )
    figure, axes = new_figure(1, 2, 2.7, alt)
    x = np.linspace(-6, 6, 601)
    sigmoid = 1 / (1 + np.exp(-x))
    for axis, name, values, slope in (
        (axes[0], "sigmoid: its slope is\n0.25 at most, mostly near 0", sigmoid, sigmoid * (1 - sigmoid)),
        (axes[1], "ReLU: its slope is 1 for\nevery positive input", np.maximum(x, 0), (x > 0).astype(float)),
    ):
        axis.plot(x, values, color=ACCENT, linewidth=2.5, label="output")
        axis.plot(x, slope, color=WARM, linewidth=1.8, linestyle="--", label="slope")
        axis.set_title(name, fontsize=10.5)
        axis.set(xlabel="input", xlim=(-6, 6), ylim=(-0.1, 1.5))  # the same, since the slopes are to be compared
        axis.grid(alpha=0.3)
    axes[0].legend(loc="upper left")
    return figure


@as_designed
def nonlinear():
    """Draws what three neurons and the sum of their outputs can follow, without an activation and with ReLU.

    Returns:
        A figure with two axes.

    Example:

    >>> diagrams.nonlinear()
    """
    alt = (
        "Three neurons with one input. Without an activation each draws a straight line, and so does the weighted sum "
        "of their outputs. With ReLU each line is bent at 0, and the weighted sum goes down, up and down again."
    )
    figure, axes = new_figure(1, 2, 2.7, alt, sharey=True)
    x = np.linspace(-4, 4, 401)
    sums = np.array([[-0.5], [0.5], [1]]) * x + np.array([[-0.5], [0.5], [-1]])
    for axis, name, outputs in (
        (axes[0], "without an activation:\na straight line", sums),
        (axes[1], "with ReLU:\na line with bends", np.maximum(sums, 0)),
    ):
        for index, output in enumerate(outputs):
            axis.plot(x, output, color=ACCENT, linewidth=1.2, linestyle="--", label="" if index else "a neuron")
        total = 1.5 * (outputs[0] + outputs[1] - outputs[2])  # 1.5, so that it doesn't lie on a neuron's line
        axis.plot(x, total, color=WARM, linewidth=2.5, label="weighted sum")
        axis.set_title(name, fontsize=10.5)
        axis.set(xlabel="input", xlim=(-4, 4), ylim=(-8, 8))
        axis.grid(alpha=0.3)
    axes[1].legend(fontsize=9, loc="lower left")
    return figure


@as_designed
def backpropagation(number, weights, label):
    """Draws a chain of neurons with one weight each: the values forward, the slopes of the loss backward.

    Args:
        number: the input of the chain.
        weights: floats, one for each neuron; two of them fit best. A neuron multiplies, and nothing else.
        label: what the last neuron should answer; the loss is the square of the difference.

    Returns:
        A figure with one axis.

    Raises:
        ValueError: there is no weight.

    Example:

    >>> diagrams.backpropagation(4, [1.25, 0.5], label=1)
    """
    if not len(weights):
        raise ValueError("weights is empty; expected is at least one weight.")
    values = [float(number)]
    for weight in weights:
        values.append(values[-1] * weight)
    error = values[-1] - label
    slopes, products = [2 * error], [f"2 × {error:g}"]  # from the answer back to the input
    weight_products = []
    for weight, value in zip(weights[::-1], values[-2::-1], strict=True):
        weight_products.insert(0, f"{slopes[0]:g} × {value:g} = {slopes[0] * value:g}")
        products.insert(0, f"{slopes[0]:g} × {weight:g}")
        slopes.insert(0, slopes[0] * weight)
    alt = (
        f"Forward: {' → '.join(f'{value:g}' for value in values)} → loss {error**2:g}. Backward, from the loss: "
        f"slope by the answer {products[-1]} = {slopes[-1]:g}; "
        + "; ".join(f"by weight {index + 1} {weight_products[index]}" for index in range(len(weights))[::-1])
    )
    figure, (axis,) = new_figure(1, 1, 2.9, f"{alt}.", framed=False)
    last = len(weights)
    names = ["input", *(f"hidden {index}" if last > 2 else "hidden" for index in range(1, last)), "answer", "loss"]
    for x, (name, value) in enumerate(zip(names, [*values, error**2], strict=True)):
        _node(axis, x, 0, name, f"{value:g}")
        if x:
            _arrow(axis, (x - 0.62, 0.14), (x - 0.38, 0.14), ACCENT)
        if x > 1:
            _arrow(axis, (x - 0.38, -0.14), (x - 0.62, -0.14), WARM)
    for x, (weight, product) in enumerate(zip(weights, weight_products, strict=True), start=1):
        _node(axis, x - 0.57, 2.1, f"weight {x}", f"{weight:g}")
        _slope(axis, x - 0.57, 2.9, product)
        _arrow(axis, (x - 0.3, 1.62), (x - 0.06, 0.48), ACCENT)
        _arrow(axis, (x - 0.22, 0.48), (x - 0.46, 1.62), WARM)
        _slope(axis, x, -0.8, f"{products[x]} = {slopes[x]:g}")
    axis.text(-0.36, 3.6, "forward: values", fontsize=10.5, color=ACCENT, fontweight="bold")
    axis.text(last + 1.36, -1.6, "backward: slopes of the loss", ha="right", fontsize=10.5, color=WARM,
              fontweight="bold")  # fmt: skip
    axis.set(xlim=(-0.5, last + 1.5), ylim=(-1.8, 4))
    return figure


def _node(axis, x, y, name, value):
    """A box with a name and a value in it."""
    axis.add_patch(FancyBboxPatch((x - 0.3, y - 0.38), 0.6, 0.76, boxstyle="round,pad=0.06", facecolor=PALE,
                                  edgecolor=ACCENT))  # fmt: skip
    axis.text(x, y + 0.2, name, ha="center", va="center", fontsize=10.5, color=INK)
    axis.text(x, y - 0.2, value, ha="center", va="center", fontsize=11, color=ACCENT, fontweight="bold")


def _slope(axis, x, y, text):
    axis.text(x, y, text, ha="center", va="center", fontsize=10, color=WARM, fontweight="bold")


def _arrow(axis, start, end, color=INK):
    axis.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, color=color, shrinkA=0, shrinkB=0))


def feature_map(image, kernel):
    """Computes what a filter makes of an image, without padding.

    Args:
        image: float array `[28, 28]`.
        kernel: float array `[height, width]`.

    Returns:
        Float array `[29 - height, 29 - width]`: at each place pixels times weights, summed.

    Raises:
        ValueError: the filter is larger than the image.

    Example:

    >>> diagrams.feature_map(images[0, :, :, 0], [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]).shape
    (26, 26)
    """
    windows = np.lib.stride_tricks.sliding_window_view(image, np.shape(kernel))
    return (windows * kernel).sum(axis=(-2, -1))


@as_designed
def convolution(image, kernel, row, column):
    """Draws a filter at one place of an image and the feature map that it makes by sliding everywhere.

    Args:
        image: float array `[28, 28]` or `[28, 28, 1]` in [0, 1].
        kernel: float array `[height, width]`.
        row: top row of the patch under the filter.
        column: leftmost column of that patch.

    Returns:
        A figure with three axes: image, patch with the weights as numbers, feature map. In the map, 0 is gray.

    Raises:
        ValueError: the filter would stand outside the image.

    Example:

    >>> diagrams.convolution(images[0], [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], row=10, column=12)
    """
    image, kernel = np.asarray(image).reshape(28, 28), np.asarray(kernel, float)
    height, width = kernel.shape
    if not (0 <= row <= 28 - height and 0 <= column <= 28 - width):
        raise ValueError(f"row {row}, column {column} is outside; expected are 0 to {28 - height}, 0 to {28 - width}.")
    sums = feature_map(image, kernel)
    alt = (
        f"The filter lies over rows {row} to {row + height - 1} and columns {column} to {column + width - 1} of a "
        f"digit. Pixels times weights, summed, are {sums[row, column]:.2f}: one pixel of the feature map."
    )
    figure, axes = new_figure(1, 3, 2.05, alt, framed=False)
    axes[0].imshow(image, cmap="gray", vmin=0, vmax=1)
    axes[0].set_title("image\n[28, 28]", fontsize=10.5)
    axes[1].imshow(kernel, cmap="gray", vmin=0, vmax=1)
    for (y, x), weight in np.ndenumerate(kernel):
        text = f"×{weight.round(1) + 0:g}".replace("-", "−")
        axes[1].text(x, y, text, ha="center", va="center", fontsize=11)
    limit = np.abs(sums).max() or 1  # 0 is gray, halfway between black and white
    axes[2].imshow(sums, cmap="gray", vmin=-limit, vmax=limit)
    axes[2].set_title(f"feature map\n{list(sums.shape)}", fontsize=10.5)
    for axis, size in ((axes[0], (width, height)), (axes[2], (1, 1))):
        axis.add_patch(Rectangle((0, 0), *size, fill=False, edgecolor=WARM, linewidth=2.5))
    move_filter(figure, image, sums, row, column)
    return figure


@as_designed
def filter_sum(patch, kernel):
    """Draws what a filter does at one place, number by number: pixels times weights are products, and those are summed.

    Args:
        patch: float array `[height, width]` in [0, 1], the pixels under the filter.
        kernel: float array of the same shape, the filter's weights.

    Returns:
        A figure with three axes: pixels, weights, products. The sum stands below.

    Raises:
        ValueError: the shapes are not those above.

    Example:

    >>> diagrams.filter_sum(images[0, 12:15, 10:13, 0], [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
    """
    patch, kernel = np.asarray(patch, float), np.asarray(kernel, float)
    if patch.ndim != 2 or patch.shape != kernel.shape:
        raise ValueError(
            f"patch has the shape {patch.shape} and kernel {kernel.shape}; expected is the same (height, width)."
        )
    products = patch * kernel
    total, count = products.sum(), patch.size
    listed = ", ".join(f"{product + 0:.2f}" for product in products.round(2).flat)
    alt = f"{count} pixels times {count} weights are {count} products: {listed}. Their sum is {total:.2f}."
    figure, axes = new_figure(1, 3, 2.15, alt, framed=False)
    limit = np.abs([kernel, products]).max() or 1
    for axis, name, values, form, colors in (
        (axes[0], "pixels", patch, "{:.2f}", {"cmap": "gray", "vmin": 0, "vmax": 1}),
        (axes[1], "weights", kernel, "{:g}", {"cmap": "RdBu", "vmin": -limit, "vmax": limit}),
        (axes[2], "products", products, "{:.2f}", {"cmap": "RdBu", "vmin": -limit, "vmax": limit}),
    ):
        axis.imshow(values, **colors)
        axis.set_title(f"{count} {name}", fontsize=11)
        for (y, x), value in np.ndenumerate(values.round(2) + 0):
            dark = value < 0.6 if axis is axes[0] else abs(value) > 0.6 * limit
            axis.text(x, y, form.format(value).replace("-", "−"), ha="center", va="center", fontsize=10,
                      color="white" if dark else INK)  # fmt: skip
    for axis, sign in ((axes[0], "×"), (axes[1], "=")):
        axis.text(1.1, 0.5, sign, transform=axis.transAxes, ha="center", va="center", fontsize=16, color=INK)
    figure.supxlabel(f"sum of the {count} products: {total:.2f}".replace("-", "−"), fontsize=12)
    return figure


@as_designed
def move_filter(figure, image, feature_map, row, column):
    """Moves the filter in a figure that `convolution` made.

    Args:
        figure: what `convolution` returned.
        image: float array `[28, 28]` in [0, 1].
        feature_map: float array, all sums of the filter.
        row, column: as for `convolution`.

    Example:

    >>> diagrams.move_filter(figure, image, feature_map, row=0, column=5)
    """
    image_axis, patch_axis, map_axis = figure.axes
    height, width = np.subtract(image.shape, feature_map.shape) + 1
    patch = image[row : row + height, column : column + width]
    patch_axis.images[0].set_data(patch)
    for text, pixel in zip(patch_axis.texts, patch.flat, strict=True):
        text.set_color(INK if pixel > 0.5 else "white")
    patch_axis.set_title(f"patch × filter,\nsummed: {feature_map[row, column]:.2f}".replace("-", "−"), fontsize=10.5)
    for axis in (image_axis, map_axis):
        axis.patches[0].set_xy((column - 0.5, row - 0.5))


@as_designed
def filter_places(size=7):
    """Draws where a filter of 3×3 can stand on a small image, for two kinds of padding and a stride of 2.

    Args:
        size: rows and columns of the image.

    Returns:
        A figure with three axes. Orange dots are the filter's places: each gives a pixel of the feature map.

    Example:

    >>> diagrams.filter_places()
    """
    places = {
        'padding "valid"\nstride 1': np.arange(1, size - 1),
        'padding "same"\nstride 1': np.arange(size),
        'padding "same"\nstride 2': np.arange(size % 2 == 0, size, 2),
    }
    sizes = ", ".join(f"{name} {len(centers)}×{len(centers)}" for name, centers in places.items()).replace("\n", " ")
    alt = f"Places of a 3×3 filter on an image of {size}×{size}: {sizes}."
    figure, axes = new_figure(1, 3, 2.3, alt, framed=False)
    for axis, (title, centers) in zip(axes, places.items(), strict=True):
        cells = range(min(0, centers[0] - 1), max(size, centers[-1] + 2))  # zeros only where the filter reaches
        for y in cells:
            for x in cells:
                inside = 0 <= x < size and 0 <= y < size
                axis.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=PALE if inside else "white",
                                         edgecolor="#999999", linestyle="-" if inside else ":"))  # fmt: skip
                if not inside:
                    axis.text(x, y, "0", ha="center", va="center", fontsize=8.5, color="#777777")
        axis.plot(*(grid.ravel() for grid in np.meshgrid(centers, centers)), "o", color=WARM, markersize=5)
        axis.add_patch(Rectangle((centers[0] - 1.5, centers[0] - 1.5), 3, 3, fill=False, edgecolor=WARM, linewidth=2.5))
        axis.set_title(f"{title}\nmap {len(centers)}×{len(centers)}", fontsize=10.5)
        axis.set(xlim=(-1.8, size + 0.8), ylim=(size + 0.8, -1.8), aspect="equal")
    return figure


@as_designed
def channels(height, width, channels_in, filters):
    """Draws what a convolutional layer of many filters looks at, and what it makes.

    Args:
        height, width: of the filters.
        channels_in: feature maps that come in.
        filters: how many; as many feature maps go out.

    Returns:
        A figure with one axis.

    Example:

    >>> diagrams.channels(3, 3, 16, 32)
    """
    total = height * width * channels_in * filters
    alt = (
        f"{channels_in} channels come in. Each of {filters} filters has {height}×{width}×{channels_in} weights and "
        f"makes one feature map of all channels, so {filters} maps go out: {total:,} weights and {filters} biases."
    )
    figure, (axis,) = new_figure(1, 1, 2.6, alt, framed=False)
    for left, count in ((0, channels_in), (8, filters)):
        for page in range(max(1, round(8 * count / max(channels_in, filters)))):  # the larger stack has eight sheets
            corner = left + 0.2 * page, 1.4 - 0.2 * page
            axis.add_patch(Rectangle(corner, 2, 2, facecolor=PALE, edgecolor=ACCENT))
    axis.patches[-1].set(facecolor=WARM_PALE, edgecolor=WARM)  # the map that the first filter makes
    for stack in range(3):
        for page in range(4):
            left, bottom = 4.7 + 0.14 * page, 2.5 - 1.45 * stack - 0.14 * page
            colors = (WARM_PALE, WARM) if stack == 0 else ("white", "#999999")
            axis.add_patch(Rectangle((left, bottom), 0.8, 0.8, facecolor=colors[0], edgecolor=colors[1]))
    axis.text(4.9, -1.7, "⋮", ha="center", fontsize=14)
    for left, text in (
        (1.5, f"{channels_in} channels in"),
        (5.15, f"{filters} filters, each\n{height}×{width}×{channels_in} weights"),
        (9.5, f"{filters} maps out"),
    ):
        axis.text(left, 3.6, text, ha="center", fontsize=10.5, color=INK)
    for left, right in ((3.4, 4.3), (6.0, 7.8)):
        axis.add_patch(FancyArrowPatch((left, 1.2), (right, 1.2), arrowstyle="-|>", mutation_scale=12, color=INK))
    axis.set(xlim=(-0.3, 11.7), ylim=(-1.9, 4.8))
    return figure


@as_designed
def pooling(values):
    """Draws max pooling: of each square of 2×2 numbers the largest stays.

    Args:
        values: float array `[rows, columns]`, both even, a few of each.

    Returns:
        A figure with two axes.

    Example:

    >>> diagrams.pooling(feature_map[0, 10:16, 10:16, 0])
    """
    values = np.asarray(values)
    rows, columns = values.shape
    squares = values.reshape(rows // 2, 2, columns // 2, 2)
    pooled = squares.max(axis=(1, 3))
    alt = f"Of each 2×2 pixels the largest stays: {rows}×{columns} numbers become {rows // 2}×{columns // 2}."
    figure, axes = new_figure(1, 2, 2.5, alt, framed=False)
    limit = np.abs(values).max() or 1  # 0 is gray, as in the pictures of feature maps
    for axis, picture, size in ((axes[0], values, 1), (axes[1], pooled, 2)):
        axis.imshow(picture, cmap="gray", vmin=-limit, vmax=limit, extent=(0, columns, rows, 0))
        for (y, x), value in np.ndenumerate(picture):
            square = squares[y // 2, :, x // 2]
            kept = size == 2 or square.argmax() == 2 * (y % 2) + x % 2  # of equal ones the first
            text = f"{value:.1f}".replace("-0.0", "0.0").replace("-", "−")
            axis.text((x + 0.5) * size, (y + 0.5) * size, text, ha="center", va="center", fontsize=10,
                      color=INK if value > -0.2 * limit else "white",
                      fontweight="bold" if kept else "normal")  # fmt: skip
        for y in range(0, rows, 2):
            for x in range(0, columns, 2):
                axis.add_patch(Rectangle((x, y), 2, 2, fill=False, edgecolor=WARM, linewidth=2))
    axes[0].set_title(f"{rows}×{columns}", fontsize=11)
    axes[1].set_title(f"{rows // 2}×{columns // 2}, the largest of each four", fontsize=11)
    return figure


def _neuron_heights(size):
    if size <= 10:
        return np.linspace(4.4, -4.4, size)
    return np.concatenate([np.linspace(4.4, 1.1, 4), np.linspace(-1.1, -4.4, 4)])


@as_designed
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
    alt = f"{len(ways)} ways of writing a {digit}, each as the path of a pen, its start marked."
    figure, axes = new_figure(rows, columns, 1.3 * WIDTH / columns * rows, alt, framed=False)
    for axis, way, dots, curve, up in zip(axes, ways, points, curves, lifted, strict=False):
        for stroke in np.split(np.arange(len(up)), np.flatnonzero(np.diff(up)) + 1):
            if not up[stroke[0]]:
                axis.plot(*curve[stroke[0] : stroke[-1] + 2].T, color=ACCENT, linewidth=4, solid_capstyle="round")
        axis.plot(*dots.T, "o", color=INK, markersize=2.5)
        axis.plot(*dots[strokes.STARTS[way]].T, "o", color=WARM, markersize=7)
        axis.set(xlim=(-0.25, 0.95), ylim=(1.1, -0.1), aspect="equal")
    return figure
