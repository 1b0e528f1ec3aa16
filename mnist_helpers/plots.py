"""The pictures of the notebooks. Each function takes arrays and returns a Matplotlib figure."""

import itertools

import matplotlib.pyplot as plt
import numpy as np

TRAIN_COLOR, VALIDATION_COLOR = "#1f6fb4", "#d95f02"  # told apart by the color-blind, too
WRONG_COLOR = "#c1121f"
CLASSES = range(10)


def digits(images, labels=None, predictions=None, columns=10):
    """Draws digits in rows, under each its label or what a network took it for.

    Args:
        images: float array `[count, height, width]` or `[count, height, width, 1]` in [0, 1].
        labels: integers `[count]`, the right classes, 0 to 9; `None` where they are unknown.
        predictions: integers `[count]`, the predicted classes. A wrong one is red and marked with ✗ and the label.
        columns: digits in a row.

    Returns:
        A figure of `ceil(count / columns)` rows.

    Raises:
        ValueError: an array is not of the shape above, or holds other numbers than 0 to 9.

    Example:

    >>> plots.digits(images[:20], classes[:20])
    """
    images = _squeeze(images)
    labels = None if labels is None else _classes("labels", labels, len(images))
    predictions = None if predictions is None else _classes("predictions", predictions, len(images))
    rows = -(-len(images) // columns)
    captioned = labels is not None or predictions is not None
    height = 1.05 if captioned else 0.85
    figure, axes = new_figure(rows, columns, (0.9 * columns, height * rows + 0.3), framed=False)
    for index, (axis, image) in enumerate(zip(axes, images, strict=False)):
        axis.imshow(image, cmap="gray", vmin=0, vmax=1)
        label = None if labels is None else int(labels[index])
        if predictions is None:
            axis.set_title("" if label is None else label, y=-0.28, fontsize=11)
            continue
        predicted = int(predictions[index])
        if label is None or predicted == label:
            axis.set_title(predicted, y=-0.28, fontsize=11)
        else:
            axis.set_title(f"✗ {predicted}, not {label}", y=-0.28, fontsize=8.5, color=WRONG_COLOR)
    return figure


def mistakes(images, classes, probabilities, count=20, columns=10):
    """Draws the digits that a network reads wrongly, the surest mistakes first.

    Args:
        images: float array `[total, 28, 28]` or `[total, 28, 28, 1]` in [0, 1].
        classes: integers `[total]`, the right classes, 0 to 9.
        probabilities: float array `[total, 10]`, the network's output, each row with sum 1.
        count: how many digits to draw at most. Where there are fewer mistakes, right answers follow, the least
            sure ones first.
        columns: digits in a row.

    Returns:
        A figure; its title says how many of all digits are read wrongly.

    Raises:
        ValueError: an array is not of the shape above.

    Example:

    >>> plots.mistakes(validation_images, validation_classes, model.predict(validation_images, verbose=0))
    """
    images, probabilities = _squeeze(images), np.asarray(probabilities)
    classes = _classes("classes", classes, len(images))
    if probabilities.shape != (len(images), 10):
        raise ValueError(f"probabilities has the shape {probabilities.shape}; expected is ({len(images)}, 10).")
    predictions = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    wrong = predictions != classes
    order = np.argsort(np.where(wrong, -confidence - 1, confidence))[:count]  # wrong and sure … right and sure
    figure = digits(images[order], classes[order], predictions[order], columns)
    total = len(classes)
    figure.suptitle(f"{wrong.sum():,} of {total:,} read wrongly ({wrong.mean():.1%}); the surest mistakes first")
    return figure


def training_curves(history, epochs=None):
    """Draws loss (left) and accuracy (right) over the epochs, training and validation in each.

    Args:
        history: dictionary with lists of equal length under `"loss"`, `"accuracy"`, and, with a validation set,
            `"val_loss"` and `"val_accuracy"`, as `keras.callbacks.History.history`. May be empty.
        epochs: length of the horizontal axis; `None` for as many epochs as there are values.

    Returns:
        A figure with two axes.

    Example:

    >>> plots.training_curves(model.history.history)
    """
    figure, axes = new_figure(1, 2, (9, 3.2), layout=None)
    figure.subplots_adjust(left=0.07, right=0.99, bottom=0.16, top=0.9, wspace=0.18)  # twice as fast as a layout engine
    last = epochs or len(history.get("loss", ())) or 1
    for axis, metric in zip(axes, ("loss", "accuracy"), strict=True):
        for name, label, style in (
            (metric, "training", dict(color=TRAIN_COLOR, marker="o")),
            (f"val_{metric}", "validation", dict(color=VALIDATION_COLOR, marker="^", linestyle="--")),
        ):
            values = history.get(name, ())
            axis.plot(range(1, len(values) + 1), values, label=label, markersize=4, **style)
        axis.set(title=metric, xlabel="epoch", xlim=(0.5, last + 0.5))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.legend()
    return figure


def training_sketch(history, epochs):
    """Draws what `training_curves` draws as SVG text, in a hundredth of the time, for a picture soon replaced.

    Args:
        history: as for `training_curves`.
        epochs: length of the horizontal axis.

    Returns:
        The SVG as a string.

    Example:

    >>> IPython.display.HTML(plots.training_sketch(model.history.history, epochs=10))
    """
    panels = "".join(
        f'<svg x="{x}" width="450" height="320">{_sketch_panel(history, metric, epochs)}</svg>'
        for x, metric in ((0, "loss"), (450, "accuracy"))
    )
    frame = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 320" width="100%" style="max-width:900px"'
    background = '<rect width="900" height="320" fill="white"/>'
    return f'<svg {frame} font-size="12" font-family="sans-serif">{background}{panels}</svg>'


def _sketch_panel(history, metric, epochs):
    """The training and the validation curve of one metric, as SVG elements in 450×320."""
    names = {"training": metric, "validation": f"val_{metric}"}
    curves = {label: np.asarray(history.get(name, ()), float) for label, name in names.items()}
    values = np.concatenate(list(curves.values()))
    values = values[np.isfinite(values)]
    low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    parts = [
        '<rect x="60" y="35" width="375" height="230" fill="none" stroke="#222222"/>',
        f'<text x="247" y="24" text-anchor="middle" font-size="15">{metric}</text>',
        f'<text x="247" y="300" text-anchor="middle">epoch (1 to {epochs})</text>',
        f'<text x="54" y="59" text-anchor="end">{high:.3f}</text>',
        f'<text x="54" y="249" text-anchor="end">{low:.3f}</text>',
    ]
    styles = {"training": (TRAIN_COLOR, "none"), "validation": (VALIDATION_COLOR, "6 4")}
    for row, (label, (color, dashes)) in enumerate(styles.items()):
        heights = 245 - 190 * (curves[label] - low) / (high - low or 1)
        xs = 60 + 375 * (np.arange(len(heights)) + 0.5) / epochs
        points = [(x, y) for x, y in zip(xs, heights, strict=True) if np.isfinite(y)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        line = f'fill="none" stroke="{color}" stroke-width="2.5" stroke-dasharray="{dashes}"'
        parts.append(f'<polyline points="{path}" {line}/>')
        parts.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points)
        parts.append(f'<path d="M200 {140 + 20 * row} h40" {line}/><text x="248" y="{144 + 20 * row}">{label}</text>')
    return "".join(parts)


def weights(kernel, columns=5):
    """Draws the weights of a dense layer that looks at the pixels, one picture for each neuron.

    Args:
        kernel: float array `[784, units]`, as `layer.kernel`.
        columns: pictures in a row.

    Returns:
        A figure: blue pixels speak for a neuron, red ones against it, white ones do not count.

    Raises:
        ValueError: `kernel` has another shape.

    Example:

    >>> plots.weights(model.layers[-1].kernel)
    """
    kernel = np.asarray(kernel)
    if kernel.ndim != 2 or kernel.shape[0] != 28 * 28:
        raise ValueError(f"kernel has the shape {kernel.shape}; expected is (784, units), a weight for each pixel.")
    return _signed_pictures(kernel.T.reshape(-1, 28, 28), columns, size=1.5)


def filters(kernel, columns=8):
    """Draws the filters of a convolutional layer that looks at the image itself.

    Args:
        kernel: float array `[height, width, 1, filters]`, as `layer.kernel`.
        columns: pictures in a row.

    Returns:
        A figure: blue weights are positive, red ones negative.

    Raises:
        ValueError: `kernel` has another shape.

    Example:

    >>> plots.filters(model.layers[0].kernel)
    """
    kernel = np.asarray(kernel)
    if kernel.ndim != 4 or kernel.shape[2] != 1:
        raise ValueError(f"kernel has the shape {kernel.shape}; expected is (height, width, 1, filters).")
    return _signed_pictures(np.moveaxis(kernel[:, :, 0], -1, 0), columns, size=0.95)


def feature_maps(maps, columns=8):
    """Draws the feature maps that a convolutional layer makes of one image.

    Args:
        maps: float array `[height, width, channels]`; of a layer's output `[1, height, width, channels]` pass `[0]`.
        columns: pictures in a row.

    Returns:
        A figure: the brighter, the stronger the answer. Each map has its own scale.

    Raises:
        ValueError: `maps` has another shape.

    Example:

    >>> plots.feature_maps(first_layer(images[:1])[0])
    """
    maps = np.asarray(maps)
    if maps.ndim != 3:
        raise ValueError(f"maps has the shape {maps.shape}; expected is (height, width, channels).")
    rows = -(-maps.shape[-1] // columns)
    figure, axes = new_figure(rows, columns, (0.9 * columns, 0.95 * rows + 0.3), framed=False)
    for index in range(maps.shape[-1]):
        axes[index].imshow(maps[:, :, index], cmap="gray")
        axes[index].set_title(index, y=-0.26, fontsize=9)
    return figure


def confusion(classes, predictions):
    """Draws how often each digit was taken for each other.

    Args:
        classes: integers `[count]`, the right classes, 0 to 9.
        predictions: integers `[count]`, the predicted classes.

    Returns:
        A figure of 10×10 counts: rows are the right classes, columns the predicted ones. Right answers, on the
        diagonal, are gray: only mistakes have color.

    Raises:
        ValueError: the arrays differ in length, or hold other numbers than 0 to 9.

    Example:

    >>> plots.confusion(validation_classes, probabilities.argmax(axis=1))
    """
    classes = _classes("classes", classes, len(classes))
    predictions = _classes("predictions", predictions, len(classes))
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (classes, predictions), 1)
    wrong = np.ma.masked_array(counts, mask=np.eye(10, dtype=bool))
    figure, (axis,) = new_figure(1, 1, (5.6, 5.2))
    axis.set_facecolor("#dddddd")
    axis.imshow(wrong, cmap="OrRd", vmin=0)
    for row in CLASSES:
        for column in CLASSES:
            if counts[row, column]:
                dark = row != column and counts[row, column] > 0.6 * wrong.max()
                axis.text(column, row, counts[row, column], ha="center", va="center", fontsize=8.5,
                          color="white" if dark else "black")  # fmt: skip
    axis.set(xlabel="predicted class", ylabel="right class", xticks=CLASSES, yticks=CLASSES)
    return figure


def schedules(learning_rates, steps_per_epoch):
    """Draws learning-rate schedules, one curve each.

    Args:
        learning_rates: dictionary from a schedule's name to its floats `[steps]`, the learning rate at each step.
        steps_per_epoch: steps in an epoch; the horizontal axis counts epochs.

    Returns:
        A figure with one axis.

    Example:

    >>> plots.schedules({"cosine": [cosine(step) for step in range(10 * 391)]}, steps_per_epoch=391)
    """
    figure, (axis,) = new_figure(1, 1, (6.5, 2.8))
    for (name, rates), style in zip(learning_rates.items(), itertools.cycle(("-", "--", "-.", ":"))):
        axis.plot(np.arange(len(rates)) / steps_per_epoch, rates, style, label=name, linewidth=2)
    axis.set(xlabel="epoch", ylabel="learning rate", ylim=(0, None))
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


def gradient_sizes(sizes):
    """Draws how strong the gradient is in each layer, on a logarithmic scale.

    Args:
        sizes: dictionary from a network's name to its floats `[layers]`, the mean absolute gradient of each
            layer's weights, first layer first.

    Returns:
        A figure with one axis.

    Example:

    >>> plots.gradient_sizes({"sigmoid": [1e-7, 1e-5, 1e-3], "ReLU": [2e-3, 2e-3, 3e-3]})
    """
    figure, (axis,) = new_figure(1, 1, (6.5, 2.8))
    for (name, values), style in zip(sizes.items(), itertools.cycle(("o-", "^--", "s-."))):
        axis.plot(range(1, len(values) + 1), values, style, label=name)
    axis.set(xlabel="layer (1 sees the image)", ylabel="size of the gradient", yscale="log")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


def distributions(values):
    """Draws how a layer's outputs are distributed, one line for each neuron or channel.

    Args:
        values: dictionary from a title to a float array `[..., channels]`; every entry gets axes of its own.

    Returns:
        A figure with one axis for each entry, all on the same scale.

    Example:

    >>> plots.distributions({"before": outputs, "after": normalized})
    """
    figure, axes = new_figure(1, len(values), (9, 2.8), sharex=True)
    for axis, (title, array) in zip(axes, values.items(), strict=True):
        for channel in np.reshape(array, (-1, np.shape(array)[-1])).T:
            axis.hist(channel, bins=60, histtype="step", linewidth=1.6)
        axis.set(title=title, xlabel="output", yticks=[])
    return figure


def probabilities(image, values):
    """Draws an image beside the ten probabilities that a network gives it.

    Args:
        image: float array `[28, 28]` or `[28, 28, 1]` in [0, 1].
        values: floats `[10]`, with sum 1.

    Returns:
        A figure with two axes.

    Example:

    >>> plots.probabilities(images[0], model.predict(images[:1], verbose=0)[0])
    """
    figure, (left, right) = new_figure(1, 2, (7, 2.3), width_ratios=(1, 3))
    left.imshow(_squeeze([image])[0], cmap="gray", vmin=0, vmax=1)
    left.set_axis_off()
    bars = right.bar(CLASSES, values, color=TRAIN_COLOR)
    right.bar_label(bars, [f"{value:.0%}" if value >= 0.005 else "" for value in values], fontsize=9)
    right.set(xticks=CLASSES, xlabel="class", ylabel="probability", ylim=(0, 1.12))
    return figure


def new_figure(rows, columns, size, framed=True, layout="constrained", **options):
    """Makes a white figure of empty axes, closed in pyplot: an open one would be shown twice where it is returned.

    Args:
        rows, columns: how many axes.
        size: width and height in inches.
        framed: whether the axes have frames and ticks.
        layout, options: as for `plt.subplots`.

    Returns:
        The figure and its axes, a list in reading order.

    Example:

    >>> figure, (left, right) = plots.new_figure(1, 2, (9, 3))
    """
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout=layout, facecolor="white", **options)
    plt.close(figure)
    if not framed:
        for axis in axes.flat:
            axis.set_axis_off()
    return figure, list(axes.flat)


def _squeeze(images):
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 3 or not len(images):
        expected = "(count, height, width) or (count, height, width, 1)"
        raise ValueError(f"images has the shape {images.shape}; expected is {expected}.")
    return images


def _classes(name, values, count):
    values = np.asarray(values)
    if values.shape != (count,):
        raise ValueError(f"{name} has the shape {values.shape}; expected is ({count},), a class for each image.")
    if not np.isin(values, CLASSES).all():
        raise ValueError(f"{name} holds {values[~np.isin(values, CLASSES)][0]}; expected are whole numbers, 0 to 9.")
    return values


def _signed_pictures(pictures, columns, size):
    """Pictures of positive (blue) and negative (red) numbers, all on one scale, under each its index."""
    limit = np.abs(pictures).max()
    rows = -(-len(pictures) // columns)
    figure, axes = new_figure(rows, columns, (size * columns + 0.8, size * rows + 0.4), framed=False)
    for index, (axis, picture) in enumerate(zip(axes, pictures, strict=False)):
        shown = axis.imshow(picture, cmap="RdBu", vmin=-limit, vmax=limit)
        axis.set_title(index, fontsize=10)
    figure.colorbar(shown, ax=axes, label="weight")
    return figure
