"""The pictures of the notebooks. Each function takes arrays and returns a Matplotlib figure."""

import itertools

import numpy as np
from matplotlib import colormaps
from matplotlib.ticker import MaxNLocator

from mnist_helpers.pictures import INK, TRAIN_COLOR, VALIDATION_COLOR, WIDTH, WRONG_COLOR, as_designed, new_figure

CLASSES = range(10)


@as_designed
def digits(images, labels=None, predictions=None, columns=None):
    """Draws digits in rows, under each its label or what a network took it for.

    Args:
        images: float array `[count, height, width]` or `[count, height, width, 1]` in [0, 1].
        labels: integers `[count]`, the right classes, 0 to 9; `None` where they are unknown.
        predictions: integers `[count]`, the predicted classes. A wrong one is red and marked with ✗ and the label.
        columns: digits in a row; `None` for ten, or for five where predictions stand below.

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
    alt = f"{len(images)} digit{'s' if len(images) > 1 else ''}"
    wrong = np.zeros(len(images), bool)
    if predictions is None:
        captions = [] if labels is None else [str(label) for label in labels]
        size = f" of {images.shape[1]}×{images.shape[2]} pixels, without labels"
        alt += f": {', '.join(captions)}." if captions else f"{size}."
    elif labels is None:
        captions = [str(predicted) for predicted in predictions]
        alt += f", read as {', '.join(captions)}."
    else:
        wrong = predictions != labels
        captions = [
            f"✗ {predicted}, not {label}" if predicted != label else str(predicted)
            for predicted, label in zip(predictions, labels, strict=True)
        ]
        alt += f", {wrong.sum()} of them read wrongly: {'; '.join(captions)}."
    return _digit_grid(images, captions, wrong, columns or (10 if predictions is None else 5), alt)


@as_designed
def mistakes(images, classes, probabilities, count=20, columns=5):
    """Draws the digits that a network reads wrongly, the surest mistakes first, with its probabilities.

    Args:
        images: float array `[total, 28, 28]` or `[total, 28, 28, 1]` in [0, 1].
        classes: integers `[total]`, the right classes, 0 to 9.
        probabilities: float array `[total, 10]`, the network's output, each row with sum 1.
        count: how many digits to draw at most. Where there are fewer mistakes, right answers follow, the least
            sure ones first.
        columns: digits in a row.

    Returns:
        A figure; its title says how many of all digits are read wrongly. Under each digit stand the predicted class
        and the right one, each with its probability.

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
    captions = []
    for index in order:
        answer = f"{predictions[index]}: {confidence[index]:.0%}"
        right = f"not {classes[index]}: {probabilities[index, classes[index]]:.0%}"
        captions.append(f"✗ {answer}\n{right}" if wrong[index] else f"✓ {answer}\n")
    title = f"{wrong.sum():,} of {len(classes):,} read wrongly ({wrong.mean():.1%})"
    alt = f"{title}; the surest mistakes first: {'; '.join(caption.strip() for caption in captions)}.".replace(
        "\n", ", "
    )
    figure = _digit_grid(images[order], captions, wrong[order], columns, alt)
    figure.suptitle(f"{title}; the surest mistakes first", fontsize=11)
    return figure


def _digit_grid(images, captions, wrong, columns, alt):
    """Digits in rows, under each its caption, those of wrong answers in red."""
    rows = -(-len(images) // columns)
    lines = max((caption.count("\n") + 1 for caption in captions), default=0)
    height = rows * (WIDTH / columns + 0.2 * lines) + 0.4
    figure, axes = new_figure(rows, columns, height, alt, framed=False)
    for axis, image in zip(axes, images, strict=False):
        axis.imshow(image, cmap="gray", vmin=0, vmax=1)
    for axis, caption, is_wrong in zip(axes, captions, wrong, strict=False):
        axis.text(0.5, -0.04, caption, transform=axis.transAxes, ha="center", va="top", fontsize=10.5, linespacing=1.1,
                  color=WRONG_COLOR if is_wrong else INK)  # fmt: skip
    return figure


@as_designed
def training_curves(history, epochs=None):
    """Draws loss (left) and accuracy (right) over the epochs, training and validation in each.

    Args:
        history: dictionary with a list of one value an epoch under `"loss"`, `"accuracy"`, and, with a validation set,
            `"val_loss"` and `"val_accuracy"`, as `keras.callbacks.History.history`. NaN where an epoch has no value.
            May be empty.
        epochs: length of the horizontal axis; `None` for as many epochs as there are values.

    Returns:
        A figure with two axes.

    Example:

    >>> plots.training_curves(model.history.history)
    """
    latest = ", ".join(f"{name} {values[-1]:.4f}" for name, values in history.items() if len(values))
    alt = "Loss and accuracy over the epochs. " + (f"Last values: {latest}." if latest else "No values yet.")
    figure, axes = new_figure(1, 2, 2.5, alt)
    last = epochs or len(history.get("loss", ())) or 1
    for axis, metric in zip(axes, ("loss", "accuracy"), strict=True):
        for name, label, style in (
            (metric, "training", dict(color=TRAIN_COLOR, marker="o")),
            (f"val_{metric}", "validation", dict(color=VALIDATION_COLOR, marker="^", linestyle="--")),
        ):
            points = [
                (epoch, value) for epoch, value in enumerate(history.get(name, ()), start=1) if not np.isnan(value)
            ]
            axis.plot(*np.reshape(points, (-1, 2)).T, label=label, markersize=4, **style)
        axis.set(title=metric, xlabel="epoch", xlim=(0.5, last + 0.5))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
    axes[0].legend()
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
        f'<svg x="{x}" width="250" height="250">{_sketch_panel(history, metric, epochs)}</svg>'
        for x, metric in ((0, "loss"), (250, "accuracy"))
    )
    frame = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 250" width="100%" style="max-width:500px"'
    background = '<rect width="500" height="250" fill="white"/>'
    return (
        f'<svg {frame} role="img" aria-label="Loss and accuracy so far" font-size="13" font-family="sans-serif" '
        f'fill="{INK}">{background}{panels}</svg>'
    )


def _sketch_panel(history, metric, epochs):
    """The training and the validation curve of one metric, as SVG elements in 250×250."""
    names = {"training": metric, "validation": f"val_{metric}"}
    curves = {label: np.asarray(history.get(name, ()), float) for label, name in names.items()}
    values = np.concatenate(list(curves.values()))
    values = values[np.isfinite(values)]
    low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    parts = [
        f'<rect x="48" y="28" width="192" height="182" fill="none" stroke="{INK}"/>',
        f'<text x="144" y="20" text-anchor="middle" font-size="14">{metric}</text>',
        f'<text x="144" y="232" text-anchor="middle">epoch (1 to {epochs})</text>',
        f'<text x="44" y="47" text-anchor="end">{high:.3f}</text>',
        f'<text x="44" y="202" text-anchor="end">{low:.3f}</text>',
    ]
    styles = {"training": (TRAIN_COLOR, "none"), "validation": (VALIDATION_COLOR, "6 4")}
    for row, (label, (color, dashes)) in enumerate(styles.items()):
        heights = 198 - 156 * (curves[label] - low) / (high - low or 1)
        xs = 48 + 192 * (np.arange(len(heights)) + 0.5) / epochs
        points = [(x, y) for x, y in zip(xs, heights, strict=True) if np.isfinite(y)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        line = f'fill="none" stroke="{color}" stroke-width="2.5" stroke-dasharray="{dashes}"'
        parts.append(f'<polyline points="{path}" {line}/>')
        parts.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points)
        parts.append(f'<path d="M110 {110 + 20 * row} h30" {line}/><text x="146" y="{114 + 20 * row}">{label}</text>')
    return "".join(parts)


@as_designed
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
    alt = f"The weights of {kernel.shape[1]} neurons as pictures: blue pixels speak for a neuron, red ones against it."
    return _signed_pictures(kernel.T.reshape(-1, 28, 28), columns, alt)


@as_designed
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
    alt = f"{kernel.shape[3]} filters of {kernel.shape[0]}×{kernel.shape[1]} weights: blue is positive, red negative."
    return _signed_pictures(np.moveaxis(kernel[:, :, 0], -1, 0), columns, alt)


@as_designed
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
    alt = f"{maps.shape[-1]} feature maps of one image, numbered; bright where the filter of that number answers."
    figure, axes = new_figure(rows, columns, (WIDTH / columns + 0.2) * rows + 0.2, alt, framed=False)
    for index in range(maps.shape[-1]):
        axes[index].imshow(maps[:, :, index], cmap="gray")
        axes[index].set_title(index, fontsize=10, pad=2)
    return figure


@as_designed
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
    right, predicted = np.unravel_index(wrong.filled(-1).argmax(), counts.shape)
    alt = f"How often each digit was taken for each other, {wrong.sum():,.0f} mistakes in all."
    if wrong.any():
        alt += f" The most frequent one: {right} taken for {predicted}, {counts[right, predicted]} times."
    figure, (axis,) = new_figure(1, 1, 4.6, alt)
    axis.set_facecolor("#dddddd")
    axis.imshow(wrong, cmap="OrRd", vmin=0)
    for row in CLASSES:
        for column in CLASSES:
            if counts[row, column]:
                dark = row != column and counts[row, column] > 0.6 * wrong.max()
                axis.text(column, row, counts[row, column], ha="center", va="center", fontsize=9.5,
                          color="white" if dark else "black")  # fmt: skip
    axis.set(xlabel="predicted class", ylabel="right class", xticks=CLASSES, yticks=CLASSES)
    return figure


@as_designed
def mistake_rates(rates):
    """Draws how often networks are wrong on several sets of images, side by side, with the mean and the worst.

    Args:
        rates: dictionary from each network's name to a dictionary from each set's name to a fraction, 0 to 1. All
            networks have the same sets.

    Returns:
        A figure with one bar for each network in each set, then in the mean of all sets, and in its worst.

    Raises:
        ValueError: the networks' sets differ.

    Example:

    >>> plots.mistake_rates({"small": {"turned": 0.05, "noisy": 0.04}, "large": {"turned": 0.01, "noisy": 0.02}})
    """
    sets = list(next(iter(rates.values())))
    for network, by_set in rates.items():
        if list(by_set) != sets:
            raise ValueError(f"{network!r} has the sets {list(by_set)}, the first network {sets}; give all the same.")
    values = {network: list(by_set.values()) for network, by_set in rates.items()}
    shown = {network: [*row, sum(row) / len(row), max(row)] for network, row in values.items()}
    labels = [*sets, "mean", "worst"]
    told = "; ".join(
        f"{network}: {', '.join(f'{label} {rate:.1%}' for label, rate in zip(labels, row, strict=True))}"
        for network, row in shown.items()
    )
    figure, (axis,) = new_figure(1, 1, 0.8 + 0.24 * len(labels) * len(rates), f"Misread digits, {told}.")
    height = 0.8 / len(rates)
    for position, (network, row) in enumerate(shown.items()):
        places = [place + (position - (len(rates) - 1) / 2) * height for place in range(len(labels))]
        bars = axis.barh(places, row, height, label=network)
        axis.bar_label(bars, [f"{rate:.1%}" for rate in row], padding=3, fontsize=9)
    axis.set(yticks=range(len(labels)), yticklabels=labels, xticks=[], title="misread")
    axis.set_xlim(0, 1.18 * max(map(max, shown.values())))
    axis.invert_yaxis()
    axis.spines[["top", "right", "bottom"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=len(rates), frameon=False)
    return figure


@as_designed
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
    alt = "The learning rate over the epochs: " + "; ".join(
        f"{name} from {rates[0]:.4g} over {max(rates):.4g} to {rates[-1]:.4g}" for name, rates in learning_rates.items()
    )
    figure, (axis,) = new_figure(1, 1, 2.8, f"{alt}.")
    for (name, rates), style in zip(learning_rates.items(), itertools.cycle(("-", "--", "-.", ":"))):
        axis.plot(np.arange(len(rates)) / steps_per_epoch, rates, style, label=name, linewidth=2)
    axis.set(xlabel="epoch", ylabel="learning rate", ylim=(0, None))
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


@as_designed
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
    alt = "The size of the gradient, layer by layer from the first: " + "; ".join(
        f"{name} from {values[0]:.1e} to {values[-1]:.1e}" for name, values in sizes.items()
    )
    figure, (axis,) = new_figure(1, 1, 2.8, f"{alt}.")
    for (name, values), style in zip(sizes.items(), itertools.cycle(("o-", "^--", "s-."))):
        axis.plot(range(1, len(values) + 1), values, style, label=name)
    axis.set(xlabel="layer (1 sees the image)", ylabel="size of the gradient", yscale="log")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


@as_designed
def distributions(values):
    """Draws how a layer's outputs are distributed, one line for each neuron or channel.

    Args:
        values: dictionary from a title to a float array `[..., channels]`; every entry gets axes of its own.

    Returns:
        A figure with one axis for each entry, all on the same scale.

    Example:

    >>> plots.distributions({"before": outputs, "after": normalized})
    """
    channels = {title: np.reshape(array, (-1, np.shape(array)[-1])).T for title, array in values.items()}
    alt = "How often each number comes out, a line for each channel. Centers and widths " + "; ".join(
        f"{title}: {', '.join(f'{row.mean():.2f} ± {row.std():.2f}' for row in rows[:8])}"
        for title, rows in channels.items()
    )
    figure, axes = new_figure(1, len(values), 2.4, f"{alt}.", sharex=True)
    for axis, (title, rows) in zip(axes, channels.items(), strict=True):
        for row in rows:
            axis.hist(row, bins=60, histtype="step", linewidth=1.6)
        axis.set(title=title, xlabel="output", yticks=[])
    return figure


@as_designed
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
    values = np.asarray(values)
    best = values.argsort()[::-1][:3]
    alt = "A digit and its ten probabilities. The largest: " + ", ".join(
        f"{digit} {values[digit]:.0%}" for digit in best
    )
    figure, (left, right) = new_figure(1, 2, 1.9, f"{alt}.", width_ratios=(1, 2.6))
    left.imshow(_squeeze([image])[0], cmap="gray", vmin=0, vmax=1)
    left.set_axis_off()
    bars = right.bar(CLASSES, values, color=TRAIN_COLOR)
    right.bar_label(bars, [f"{value:.0%}" if value >= 0.005 else "" for value in values], fontsize=9)
    right.set(xticks=CLASSES, xlabel="class", ylabel="probability", ylim=(0, 1.12))
    return figure


@as_designed
def decisions(images, classes, probabilities):
    """Draws digits in a row, under each the ten probabilities that a network gives it.

    Args:
        images: float array `[count, 28, 28]` or `[count, 28, 28, 1]` in [0, 1].
        classes: integers `[count]`, the right classes, 0 to 9.
        probabilities: float array `[count, 10]`, each row with sum 1.

    Returns:
        A figure: a right answer has a blue bar and ✓, a wrong one a red bar and ✗.

    Example:

    >>> plots.decisions(images[:5], classes[:5], model.predict(images[:5], verbose=0))
    """
    images = _squeeze(images)
    classes = _classes("classes", classes, len(images))
    answers = ", ".join(f"{label} read as {row.argmax()}" for label, row in zip(classes, probabilities, strict=True))
    count = len(images)
    alt = f"Digits and the ten probabilities of each: {answers}."
    figure, axes = new_figure(2, count, WIDTH / count + 2.1, alt, height_ratios=(WIDTH / count, 1.7))
    for axis, image in zip(axes, images, strict=False):
        axis.imshow(image, cmap="gray", vmin=0, vmax=1)
        axis.set_axis_off()
    for axis in axes[count:]:
        axis.barh(CLASSES, np.zeros(10))
        axis.set(xlim=(0, 1), ylim=(9.6, -0.6), xticks=[], yticks=CLASSES)
    update_decisions(figure, classes, probabilities)
    figure.suptitle("after training", fontsize=12)
    return figure


@as_designed
def update_decisions(figure, classes, probabilities):
    """Puts other probabilities into a figure that `decisions` made; arguments as there."""
    for index, (label, row) in enumerate(zip(classes, probabilities, strict=True)):
        predicted = row.argmax()
        color = TRAIN_COLOR if predicted == label else WRONG_COLOR
        axis = figure.axes[len(classes) + index]
        for digit, bar in enumerate(axis.patches):
            bar.set_width(row[digit])
            bar.set_color(color if digit == predicted else "#999999")
        axis.set_title(f"{'✓' if predicted == label else '✗'} {predicted}", fontsize=12, color=color)


@as_designed
def softmax(logits, title="logits"):
    """Draws the way from logits over their exponentials to probabilities.

    Args:
        logits: floats `[10]`.
        title: what the numbers on the left are called.

    Returns:
        A figure with three axes.

    Example:

    >>> plots.softmax([1, 0, 3, 0, 0, 5, 0, 0, 2, 0])
    """
    logits = np.asarray(logits, float)
    exponentials = np.exp(logits)
    shares = exponentials / exponentials.sum()
    alt = (
        f"Ten logits from {logits.min():.1f} to {logits.max():.1f}, their exponentials, and their shares of the sum. "
        f"Class {logits.argmax()} has the largest logit and the probability {shares.max():.1%}."
    )
    figure, axes = new_figure(1, 3, 2.6, alt, sharey=True)
    columns = {title: logits, "exponentials": exponentials, "probabilities": shares}
    for axis, (name, values) in zip(axes, columns.items(), strict=True):
        colors = [VALIDATION_COLOR if digit == values.argmax() else TRAIN_COLOR for digit in CLASSES]
        bars = axis.barh(CLASSES, values, color=colors)
        texts = [f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}" for value in values]
        axis.bar_label(bars, texts, fontsize=9.5, padding=2)
        low, high = min(0, values.min()), max(0, values.max()) if values.any() else 1
        axis.set(xlim=(low - 0.7 * (high - low) * (low < 0), high + 0.7 * (high - low)), xticks=[])
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set_title(name, fontsize=11)
    axes[0].set(yticks=CLASSES, ylabel="class")
    axes[0].invert_yaxis()
    return figure


@as_designed
def cross_entropy(label, probabilities):
    """Draws a one-hot label beside ten probabilities, and the loss that the right class's probability costs.

    Args:
        label: floats `[10]`, one-hot.
        probabilities: floats `[10]` in (0, 1], with sum 1.

    Returns:
        A figure with two axes.

    Example:

    >>> plots.cross_entropy(labels[0], model(images[:1])[0])
    """
    label, probabilities = np.asarray(label), np.asarray(probabilities)
    right = label.argmax()
    probability = probabilities[right]
    loss = -np.log(probability)
    alt = f"The label is {right}, whose probability is {probability:.1%}: on the curve −log p that costs {loss:.2f}."
    figure, (bars, curve) = new_figure(1, 2, 2.6, alt)
    bars.bar(np.arange(10) - 0.2, label, 0.4, color=VALIDATION_COLOR, hatch="//", edgecolor="white", label="label")
    bars.bar(np.arange(10) + 0.2, probabilities, 0.4, color=TRAIN_COLOR, label="probability")
    bars.set(xticks=CLASSES, xlabel="class", ylim=(0, 1.4))
    bars.legend(loc="upper center", ncols=2, fontsize=9.5, columnspacing=1)
    p = np.geomspace(min(0.002, probability), 1, 500)
    curve.plot(p, -np.log(p), color=TRAIN_COLOR, linewidth=2)
    curve.plot(probability, loss, "o", color=VALIDATION_COLOR, markersize=9)
    curve.annotate(
        f"−log {probability:.3g}\n= {loss:.2f}",
        (probability, loss),
        xytext=(0.45, 0.62),
        textcoords="axes fraction",
        arrowprops={"arrowstyle": "-", "color": INK},
    )
    curve.set(xlabel="probability of the right class", ylabel="loss", xlim=(0, 1.05), ylim=(-0.2, max(6.5, loss + 0.5)))
    curve.grid(alpha=0.3)
    return figure


@as_designed
def slope(weights, losses, weight, gradient, step):
    """Draws the loss over one weight, its slope at one place, and a step against the slope.

    Args:
        weights: floats `[count]`, values of the weight.
        losses: floats `[count]`, the loss at each.
        weight: where the slope was taken; one of `weights`.
        gradient: the slope there.
        step: the change of the weight, of the opposite sign.

    Returns:
        A figure with one axis.

    Example:

    >>> plots.slope(weights, losses, weight=0.5, gradient=0.2, step=-0.3)
    """
    weights, losses = np.asarray(weights), np.asarray(losses)
    loss = losses[np.abs(weights - weight).argmin()]
    alt = f"The loss over one weight. At {weight:.2f} its slope is {gradient:.3f}; the step goes the other way."
    figure, (axis,) = new_figure(1, 1, 2.9, alt)
    axis.plot(weights, losses, color=TRAIN_COLOR, linewidth=2.5, label="loss")
    reach = 0.3 * np.ptp(weights)
    near = np.array([weight - reach, weight + reach])
    axis.plot(near, loss + gradient * (near - weight), "--", color=VALIDATION_COLOR, label=f"slope {gradient:.3f}")
    axis.plot(weight, loss, "o", color=VALIDATION_COLOR, markersize=9)
    axis.annotate("", (weight + step, loss), (weight, loss), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 2})
    axis.text(weight + step / 2, loss + 0.03 * np.ptp(losses), "step", ha="center", fontsize=11)
    axis.set(xlabel="weight", ylabel="loss", ylim=(losses.min() - 0.1 * np.ptp(losses), losses.max()))
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


@as_designed
def landscape(loss, limits):
    """Draws the loss over two weights as a landscape in three dimensions.

    Args:
        loss: function of two float arrays of equal shape, the two weights, that returns the loss in that shape.
        limits: the lowest and the highest value of both weights.

    Returns:
        A figure with one axis.

    Example:

    >>> plots.landscape(lambda w1, w2: (w1 * w2 - 1) ** 2, limits=(-2, 2))
    """
    first, second = np.meshgrid(*[np.linspace(*limits, 60, dtype=np.float32)] * 2)
    heights = np.asarray(loss(first, second))
    alt = f"The loss over two weights as a landscape; heights from {heights.min():.2f} to {heights.max():.2f}."
    figure, (axis,) = new_figure(1, 1, 3.4, alt, subplot_kw={"projection": "3d"})
    axis.plot_surface(first, second, heights, cmap="viridis", rcount=40, ccount=40)
    axis.set(xlabel="first weight", ylabel="second weight", zlabel="loss")
    for direction in (axis.xaxis, axis.yaxis, axis.zaxis):
        direction.set_major_locator(MaxNLocator(4))
    axis.yaxis.labelpad, axis.zaxis.labelpad = 6, 8  # clear of numbers with three digits
    axis.set_box_aspect(None, zoom=0.86)
    axis.view_init(elev=38, azim=-62)
    return figure


@as_designed
def descent(loss, paths, limits):
    """Draws a map of the loss over two weights, and the ways that optimizers took over it.

    Args:
        loss: function of two float arrays of equal shape, the two weights, that returns the loss in that shape.
        paths: dictionary from a way's name to its weights, floats `[steps + 1, 2]`.
        limits: the lowest and the highest value of both weights.

    Returns:
        A figure with one axis: the darker, the lower.

    Example:

    >>> plots.descent(lambda w1, w2: w1**2 + w2**2, {"SGD": [[2, 2], [1, 1], [0.5, 0.5]]}, limits=(-3, 3))
    """
    first, second = np.meshgrid(*[np.linspace(*limits, 121, dtype=np.float32)] * 2)
    heights = np.asarray(loss(first, second))
    ends = {name: (len(path) - 1, float(loss(*np.asarray(path, np.float32)[-1]))) for name, path in paths.items()}
    alt = "A map of the loss over two weights. " + " ".join(
        f"{name}: loss {height:.3g} after {steps} steps." for name, (steps, height) in ends.items()
    )
    figure, (axis,) = new_figure(1, 1, 4.2, alt)
    levels = np.unique(np.quantile(heights, np.linspace(0, 1, 13) ** 1.5))
    blues = colormaps["Blues_r"](np.linspace(0.35, 1, len(levels) - 1))
    axis.contourf(first, second, heights, levels=levels, colors=blues)
    styles = itertools.cycle((("o-", VALIDATION_COLOR), ("s--", WRONG_COLOR), ("^:", INK)))
    for (name, path), (style, color) in zip(paths.items(), styles, strict=False):
        path = np.asarray(path, np.float32)
        axis.plot(*path.T, style, color=color, markersize=4, linewidth=1.5, label=name)
        axis.plot(*path[-1:].T, style[0], color=color, markersize=10, markeredgecolor="white")
    axis.set(xlabel="first weight", ylabel="second weight", xlim=limits, ylim=limits)
    axis.legend(loc="upper left", framealpha=0.9)
    return figure


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


def _signed_pictures(pictures, columns, alt):
    """Pictures of positive (blue) and negative (red) numbers, all on one scale, above each its index."""
    limit = np.abs(pictures).max()
    rows = -(-len(pictures) // columns)
    figure, axes = new_figure(rows, columns, ((WIDTH - 0.9) / columns + 0.2) * rows + 0.3, alt, framed=False)
    for index, (axis, picture) in enumerate(zip(axes, pictures, strict=False)):
        shown = axis.imshow(picture, cmap="RdBu", vmin=-limit, vmax=limit)
        axis.set_title(index, fontsize=10, pad=2)
    figure.colorbar(shown, ax=axes, label="weight", fraction=0.05)
    return figure
