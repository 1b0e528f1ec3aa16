"""The pictures of the notebooks. Each function takes arrays and returns a Matplotlib figure."""

import itertools

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mnist_helpers.pictures import (
    INK,
    TRAIN_COLOR,
    VALIDATION_COLOR,
    WIDTH,
    WRONG_COLOR,
    as_designed,
    new_figure,
    new_page,
)

CLASSES = range(10)
CURVES = {  # by what begins the name of a history's numbers
    "": dict(marker="o", linestyle="-", label="training"),
    "val_": dict(marker="^", linestyle="--", label="validation"),
}
SERIES = (  # networks, optimizers or schedules in one picture: color, line and marker tell them apart
    (TRAIN_COLOR, "-", "o"),
    (VALIDATION_COLOR, "--", "^"),
    (INK, "-.", "s"),
    (WRONG_COLOR, ":", "D"),
)
WALKS = (  # the same for optimizers, whose ways must stand out on a blue map
    (VALIDATION_COLOR, "-", "o"),
    (WRONG_COLOR, "--", "s"),
    (INK, ":", "^"),
    (TRAIN_COLOR, "-.", "D"),
)
LANDSCAPE = ListedColormap(colormaps["Blues_r"](np.linspace(0.35, 1, 256)))  # of a loss over two weights
LOSS_LIMIT = 4  # of pictures that are to be compared; an untrained network's loss is ln 10, about 2.3


@as_designed
def digits(images, labels=None, predictions=None, columns=None):
    """Draws digits in rows, under each its label or what a network took it for.

    Args:
        images: float array `[count, height, width]` or `[count, height, width, 1]` in [0, 1].
        labels: integers `[count]`, the right classes, 0 to 9; `None` where they are unknown.
        predictions: integers `[count]`, the predicted classes. A wrong one is red and marked with ✗ and the label.
        columns: digits in a row; `None` for ten at most, or for five where predictions stand below.

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
    default = max(4, min(10, len(images))) if predictions is None else 5
    return _digit_grid(images, captions, wrong, columns or default, alt)


@as_designed
def digit_rows(rows, original=None, labels=None):
    """Draws rows of digits, the name of each row at its left.

    Args:
        rows: dictionary from a row's name to its images, a float array `[count, height, width]` or
            `[count, height, width, 1]` in [0, 1]. A row may be shorter than the others.
        original: the image that all rows were made of, `[height, width]` or `[height, width, 1]`, to draw at the
            beginning of each; `None` for none.
        labels: dictionary from a row's name to its classes, to stand below the digits, red where one differs from that
            in the first row; `None` for none.

    Returns:
        A figure.

    Raises:
        ValueError: there is no row, or an array is not of the shape above.

    Example:

    >>> plots.digit_rows({"as written": images[:8], "turned": augmentation.transform(images[:8], turn=20)})
    """
    if not rows:
        raise ValueError("rows is empty; expected is at least one row, by its name.")
    rows = {name: _squeeze(images) for name, images in rows.items()}
    first = int(original is not None)
    columns = first + max(map(len, rows.values()))
    told = ", ".join(f"{name} ({len(images)})" for name, images in rows.items())
    alt = f"Digits in rows: {told}{'; the original before each row' if first else ''}."
    if labels:
        told = "; ".join(f"{name} {', '.join(map(str, labels[name]))}" for name in rows)
        alt += f" Labels: {told}."
    side = (WIDTH - 1) / columns
    height = (1.04 * side + 0.2 * bool(labels)) * len(rows) + 0.3 * first + 0.1
    figure, axes = new_figure(len(rows), columns, height, alt, framed=False)
    for row, (name, images) in enumerate(rows.items()):
        in_row = axes[row * columns : (row + 1) * columns]
        in_row[0].text(-0.15, 0.5, name, transform=in_row[0].transAxes, ha="right", va="center", fontsize=10)
        if first:
            in_row[0].imshow(_squeeze(np.asarray(original)[np.newaxis])[0], cmap="gray", vmin=0, vmax=1)
        for index, (axis, image) in enumerate(zip(in_row[first:], images, strict=False)):
            axis.imshow(image, cmap="gray", vmin=0, vmax=1)
            if labels:
                label, expected = labels[name][index], next(iter(labels.values()))[index]
                axis.text(0.5, -0.04, label, transform=axis.transAxes, ha="center", va="top", fontsize=10.5,
                          color=INK if label == expected else WRONG_COLOR)  # fmt: skip
    if first:
        axes[0].set_title("original", fontsize=10)
    return figure


@as_designed
def mistakes(images, classes, probabilities, count=20, columns=5):
    """Draws the digits that a network reads wrongly, the most confident mistakes first, with its probabilities.

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
        answer = f"{predictions[index]}: {_percent(confidence[index])}"
        right = f"not {classes[index]}: {_percent(probabilities[index, classes[index]])}"
        captions.append(f"✗ {answer}\n{right}" if wrong[index] else f"✓ {answer}\n")
    title = f"{wrong.sum():,} of {len(classes):,} read wrongly ({wrong.mean():.1%})"
    alt = f"{title}, most confident first: {'; '.join(caption.strip() for caption in captions)}.".replace("\n", ", ")
    figure = _digit_grid(images[order], captions, wrong[order], columns, alt, titled=True)
    figure.suptitle(f"{title}, most confident first", fontsize=11)
    return figure


def _percent(probability):
    """A probability in whole percents, without calling 99.6 % certain or 0.4 % impossible."""
    if 0.995 <= probability < 1:
        return ">99%"
    return "<1%" if 0 < probability < 0.005 else f"{probability:.0%}"


def _digit_grid(images, captions, wrong, columns, alt, titled=False):
    """Digits in rows, under each its caption, those of wrong answers in red."""
    rows = -(-len(images) // columns)
    lines = max((caption.count("\n") + 1 for caption in captions), default=0)
    height = rows * (WIDTH / columns + 0.2 * lines) + 0.1 + 0.35 * titled
    figure, axes = new_figure(rows, columns, height, alt, framed=False)
    for axis, image in zip(axes, images, strict=False):
        axis.imshow(image, cmap="gray", vmin=0, vmax=1)
    for axis, caption, is_wrong in zip(axes, captions, wrong, strict=False):
        axis.text(0.5, -0.04, caption, transform=axis.transAxes, ha="center", va="top", fontsize=10.5, linespacing=1.1,
                  color=WRONG_COLOR if is_wrong else INK)  # fmt: skip
    return figure


@as_designed
def orders(classes):
    """Draws in which order digits come, as a strip a row: each digit is a thin line in the color of its class.

    Args:
        classes: dictionary from a strip's title to the classes, 0 to 9, in the order in which they come.

    Returns:
        A figure with one axis for each strip, and one for the colors of the ten classes.

    Raises:
        ValueError: there is no strip, or one is empty or holds other numbers than 0 to 9.

    Example:

    >>> plots.orders({"sorted": np.sort(classes), "mixed": np.random.permutation(classes)})
    """
    strips = {title: _classes(title, values, np.size(values)) for title, values in classes.items()}
    if not strips or not all(map(len, strips.values())):
        raise ValueError(f"The strips are {list(strips)}; expected is at least one, each with a digit or more.")
    alt = "The order in which digits come, colored by class. " + "; ".join(
        f"{title}: {len(np.unique(values[: -(-len(values) // 10)]))} classes in the first tenth"
        for title, values in strips.items()
    )
    figure, (*axes, legend) = new_figure(len(strips) + 1, 1, 0.62 * len(strips) + 0.6, f"{alt}.")
    for axis, (title, values) in zip(axes, strips.items(), strict=True):
        axis.imshow([values], cmap="viridis", vmin=0, vmax=9, aspect="auto", interpolation="nearest")
        axis.set_title(title, fontsize=10.5, loc="left", pad=3)
    legend.imshow([CLASSES], cmap="viridis", vmin=0, vmax=9, aspect="auto")
    legend.set_title("the ten classes", fontsize=10.5, loc="left", pad=3)
    for digit in CLASSES:
        legend.text(digit, 0, digit, ha="center", va="center", fontsize=10.5, color="white" if digit < 6 else INK)
    for axis in (*axes, legend):
        axis.set(xticks=[], yticks=[])
    return figure


@as_designed
def training_curves(history, epochs=None, loss_limit=None):
    """Draws loss (left) and accuracy (right) over the epochs, training and validation in each.

    Args:
        history: dictionary with a list of one value an epoch under `"loss"`, `"accuracy"`, and, with a validation set,
            `"val_loss"` and `"val_accuracy"`, as `keras.callbacks.History.history`. NaN where an epoch has no value.
            May be empty.
        epochs: length of the horizontal axis; `None` for as many epochs as there are values.
        loss_limit: where the axis of the loss, which begins at 0, ends; `None` to fit all values in.

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
        for (prefix, style), color in zip(CURVES.items(), (TRAIN_COLOR, VALIDATION_COLOR), strict=True):
            values = enumerate(history.get(prefix + metric, ()), start=1)
            points = [(epoch, value) for epoch, value in values if not np.isnan(value)]
            axis.plot(*np.reshape(points, (-1, 2)).T, color=color, markersize=4 if last <= 20 else 2.5, **style)
        axis.set(title=metric, xlabel="epoch", xlim=(0.5, last + 0.5))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
    axes[0].set_ylim(0, loss_limit)
    axes[0].legend()
    return figure


@as_designed
def compare_curves(histories, epochs=None):
    """Draws the loss and the accuracy of several trainings, with the same axes in each picture.

    A loss that is too large for the picture stands at its upper edge, the largest with its number. At NaN, not a
    number, a line ends; a cross and a note say so. Dotted lines show what guessing costs (ln 10) and reaches (10 %).

    Args:
        histories: dictionary from a training's name to its history: a dictionary as for `training_curves`.
        epochs: length of the horizontal axis; `None` for that of the longest history.

    Returns:
        A figure with two axes: loss from 0 to 4, accuracy from 0 to 1. Of each training, the line is the training
        set, the dashed line the validation set.

    Raises:
        ValueError: there is no history, or there are more than three.

    Example:

    >>> plots.compare_curves({"broken": broken, "cured": cured})
    """
    if not 1 <= len(histories) <= 3:
        raise ValueError(f"There are {len(histories)} histories; expected are 1 to 3.")
    figure, axes = new_figure(1, 2, 2.9, f"Loss and accuracy. {_describe_histories(histories)}")
    colors = [TRAIN_COLOR] if len(histories) == 1 else [WRONG_COLOR, TRAIN_COLOR, INK]
    lines = {
        (name, prefix): dict(style, color=color)
        for name, color in zip(histories, colors, strict=False)
        for prefix, style in CURVES.items()
    }
    _curve_panels(axes, histories, lines, epochs)
    names = {name: lines[name, ""]["color"] for name in histories} if len(histories) > 1 else {}
    handles = [Line2D([], [], color=color, linewidth=2.5, label=name) for name, color in names.items()]
    handles += [Line2D([], [], color=INK, markersize=4, **style) for style in CURVES.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=9.5, frameon=False)
    return figure


@as_designed
def checkup(history, images, classes, outputs):
    """Draws a training's curves, with the axes of `compare_curves`, and below them what the network makes of digits.

    Args:
        history: dictionary as for `training_curves`.
        images: float array `[count, 28, 28]` or `[count, 28, 28, 1]`; at most six look well.
        classes: integers `[count]`, the right classes, 0 to 9.
        outputs: float array `[count, 10]`, the network's output; it may be any numbers, and NaN.

    Returns:
        A figure. Below each digit are its ten outputs, on an axis from 0 to 1, and their sum; ▸ and ◂ mark outputs
        above 1 and below 0. The largest is blue where it is the right one, red where it is a wrong one. Each image has
        the full range from black to white.

    Raises:
        ValueError: an array is not of the shape above.

    Example:

    >>> plots.checkup(history, images[:5], classes[:5], model.predict(images[:5], verbose=0))
    """
    images = _squeeze(images)
    classes, outputs = _classes("classes", classes, len(images)), np.asarray(outputs, float)
    if outputs.shape != (len(images), 10):
        raise ValueError(f"outputs has the shape {outputs.shape}; expected is ({len(images)}, 10).")
    answers = [_answer(row) for row in outputs]
    read = ", ".join(f"{label} read as {answer}" for label, answer in zip(classes, answers, strict=True))
    figure = new_page(5.9, f"Loss and accuracy. {_describe_histories({'': history})} Digits: {read}.")
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.7, 3.2))
    colors = {"": TRAIN_COLOR, "val_": VALIDATION_COLOR}
    lines = {("", prefix): dict(style, color=colors[prefix]) for prefix, style in CURVES.items()}
    panels = top.subplots(1, 2)
    _curve_panels(panels, {"": history}, lines)
    handles, labels = panels[0].get_legend_handles_labels()
    top.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9.5, frameon=False)
    axes = list(bottom.subplots(2, len(images), height_ratios=(1, 2.2), squeeze=False).flat)
    for axis, image in zip(axes, images, strict=False):
        axis.imshow(image, cmap="gray")
        axis.set_axis_off()
    for axis, label, row, answer in zip(axes[len(images) :], classes, outputs, answers, strict=True):
        right = answer == str(label)
        color = TRAIN_COLOR if right else WRONG_COLOR
        shown = np.clip(np.nan_to_num(row), 0, 1)
        axis.barh(CLASSES, shown, color=[color if str(digit) == answer else "#999999" for digit in CLASSES])
        for digit, output in enumerate(row):
            if output > 1.005 or output < 0:
                place, sign, ink = (0.9, "▸", "white") if output > 1 else (0.1, "◂", "#666666")
                axis.text(place, digit, sign, ha="center", va="center_baseline", fontsize=9, color=ink)
        axis.set(xlim=(0, 1), ylim=(9.6, -0.6), xticks=[], yticks=CLASSES if axis is axes[len(images)] else [])
        axis.tick_params(labelsize=8.5)
        axis.set_title(f"{'✓' if right else '✗'} {answer}", fontsize=11, color=color, pad=3)
        axis.set_xlabel(f"sum {row.sum() + 0:.2f}".replace("-", "−").replace("nan", "NaN"), fontsize=9.5)
    return figure


def _answer(row):
    """The class of the largest output, as text; "NaN" where an output isn't a number."""
    return "NaN" if np.isnan(row).any() else str(row.argmax())


def _describe_histories(histories):
    """The last values of trainings, in words; where one is NaN, since which epoch."""
    told = []
    for name, history in histories.items():
        values = []
        for key, label in (("loss", "loss"), ("val_loss", "validation loss"), ("accuracy", "accuracy"),
                           ("val_accuracy", "validation accuracy")):  # fmt: skip
            row = np.asarray(history.get(key, ()), float)
            if np.isnan(row).any():
                values.append(f"{label} NaN from epoch {np.isnan(row).argmax() + 1} on")
            elif row.size:
                values.append(f"{label} {row[0]:.2f} to {row[-1]:.2f}")
        told.append(f"{name}: {', '.join(values)}." if name else f"{', '.join(values)}.")
    return " ".join(told)


def _curve_panels(axes, histories, lines, epochs=None):
    """Loss and accuracy of trainings in two axes that are the same in every picture.

    Args:
        axes: two.
        histories: as for `compare_curves`.
        lines: dictionary from pairs of a training's name and `""` or `"val_"` to how Matplotlib shall draw the line.
        epochs: as for `compare_curves`.
    """
    last = epochs or max((len(history.get("loss", ())) for history in histories.values()), default=0) or 1
    for axis, metric, limit, guess in zip(axes, ("loss", "accuracy"), (LOSS_LIMIT, 1), (np.log(10), 0.1), strict=True):
        axis.axhline(guess, color=INK, linestyle=":", linewidth=1)
        largest, ends = None, []
        for (name, prefix), style in lines.items():
            values = np.asarray(histories[name].get(prefix + metric, ()), float)
            numbers = np.arange(1, len(values) + 1)
            axis.plot(numbers, np.minimum(values, limit), markersize=4, clip_on=False, **style)
            if values.size and np.nanmax(values, initial=-1) > limit:
                epoch = int(np.nanargmax(values))
                largest = max(largest or (0,), (values[epoch], epoch + 1, style["color"]))
            if np.isnan(values).any():
                epoch = int(np.isnan(values).argmax())  # the first without a number
                height = min(values[epoch - 1], limit) if epoch else guess
                axis.plot(max(epoch, 1), height, "x", color=WRONG_COLOR, markersize=11, markeredgewidth=2.5)
                ends.append(epoch + 1)
        if largest:
            value, epoch, color = largest
            left = epoch > last / 2
            axis.annotate(f"{value:,.0f}" if value >= 100 else f"{value:.1f}", (epoch, limit), color=color, va="top",
                          xytext=(-7 if left else 7, -4), textcoords="offset points", ha="right" if left else "left",
                          fontsize=9.5)  # fmt: skip
        if ends:
            axis.text(0.97, 0.86, f"NaN from epoch {min(ends)} on", transform=axis.transAxes, ha="right", va="top",
                      color=WRONG_COLOR, fontsize=9.5)  # fmt: skip
        axis.set(title=metric, xlabel="epoch", xlim=(0.5, last + 0.5), ylim=(0, limit))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)


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
        A figure: blue pixels speak for a neuron, red ones against it, white ones do not count. The colors end where all
        but 0.5 % of the weights lie.

    Raises:
        ValueError: `kernel` has another shape.

    Example:

    >>> plots.weights(model.layers[-1].kernel)
    """
    kernel = np.asarray(kernel)
    if kernel.ndim != 2 or kernel.shape[0] != 28 * 28:
        raise ValueError(f"kernel has the shape {kernel.shape}; expected is (784, units), a weight for each pixel.")
    alt = f"The weights of {kernel.shape[1]} neurons as pictures: blue pixels speak for a neuron, red ones against it."
    limit = np.quantile(np.abs(kernel), 0.995)  # else a few extreme ones leave all others pale
    return _signed_pictures(kernel.T.reshape(-1, 28, 28), columns, alt, limit)


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
    return _signed_pictures(np.moveaxis(kernel[:, :, 0], -1, 0), columns, alt, np.abs(kernel).max())


@as_designed
def feature_maps(maps, columns=8):
    """Draws the feature maps that a convolutional layer makes of one image.

    Args:
        maps: float array `[height, width, channels]`; of a layer's output `[1, height, width, channels]` pass `[0]`.
        columns: pictures in a row.

    Returns:
        A figure: the brighter, the stronger the answer, on one scale for all maps.

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
        axes[index].imshow(maps[:, :, index], cmap="gray", vmin=maps.min(), vmax=maps.max())
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
    figure, (axis,) = new_figure(1, 1, 1 + 0.24 * len(labels) * len(rates), f"Misread digits, {told}.")
    height = 0.8 / len(rates)
    centers = np.arange(len(labels)) + 0.6 * (np.arange(len(labels)) >= len(sets))  # mean and worst stand apart
    for position, ((network, row), (color, *_)) in enumerate(zip(shown.items(), itertools.cycle(SERIES))):
        places = centers + (position - (len(rates) - 1) / 2) * height
        bars = axis.barh(places, row, height, label=network, color=color)
        axis.bar_label(bars, [f"{rate:.1%}" for rate in row], padding=3, fontsize=9)
    axis.axhline(len(sets) - 0.2, color="#999999", linewidth=0.8)
    axis.set(yticks=centers, yticklabels=labels, xticks=[], title="misread")
    axis.set_xlim(0, 1.18 * max(map(max, shown.values())))
    axis.invert_yaxis()
    axis.spines[["top", "right", "bottom"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=len(rates), frameon=False)
    return figure


@as_designed
def gaps(values, label="loss"):
    """Draws how far training and validation end apart, a row for each network.

    Args:
        values: dictionary from a network's name to two numbers, its value on the training set and on the validation
            set.
        label: what the numbers are.

    Returns:
        A figure with one axis that begins at 0; the line between the two marks of a row is the gap, and beside it
        stands its length.

    Raises:
        ValueError: there is no network, or one has something else than two finite numbers, 0 or more.

    Example:

    >>> plots.gaps({"plain": (0.02, 0.09), "with dropout": (0.04, 0.08)})
    """
    pairs = np.array([np.ravel(pair) if np.size(pair) == 2 else [np.nan] * 2 for pair in values.values()], float)
    if not len(pairs) or not np.isfinite(pairs).all() or (pairs < 0).any():
        raise ValueError(
            f"values is {values}; expected are two numbers for each network, training and validation, 0 or more."
        )
    told = "; ".join(f"{name} {train:.3f} and {valid:.3f}" for name, (train, valid) in zip(values, pairs, strict=True))
    figure, (axis,) = new_figure(1, 1, 1.1 + 0.38 * len(pairs), f"The {label} in training and in validation: {told}.")
    for row, (train, valid) in enumerate(pairs):
        axis.plot([train, valid], [row, row], color="#999999", linewidth=3, zorder=1)
        axis.text(max(train, valid), row, f"   {valid - train:+.3f}", va="center", fontsize=10, color=INK)
    rows = range(len(pairs))
    axis.scatter(pairs[:, 0], rows, s=55, color=TRAIN_COLOR, label="training", zorder=2)
    axis.scatter(pairs[:, 1], rows, s=55, color=VALIDATION_COLOR, marker="^", label="validation", zorder=2)
    axis.set(yticks=rows, yticklabels=list(values), xlabel=label, xlim=(0, 1.25 * pairs.max() or 1))
    axis.set_ylim(len(pairs) - 0.4, -0.6)
    axis.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside upper right", ncols=2, frameon=False)
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
    for (name, rates), (color, line, _) in zip(learning_rates.items(), itertools.cycle(SERIES)):
        axis.plot(np.arange(len(rates)) / steps_per_epoch, rates, line, color=color, label=name, linewidth=2)
    axis.set(xlabel="epoch", ylabel="learning rate", ylim=(0, None))
    axis.grid(alpha=0.3)
    _name(axis, learning_rates)
    return figure


def _name(axis, lines):
    """Says which line is which: with a legend, or, where there is one line, with a title."""
    if len(lines) > 1:
        axis.legend()
    else:
        axis.set_title(*lines)


@as_designed
def progress(values, label="validation accuracy"):
    """Draws one number of several networks over the epochs, all on the same axis.

    Args:
        values: dictionary from a network's name to its floats, one an epoch.
        label: what the numbers are.

    Returns:
        A figure with one axis.

    Raises:
        ValueError: there is no network, or one has no epoch.

    Example:

    >>> plots.progress({"constant": [0.95, 0.94], "cosine decay": [0.95, 0.96]})
    """
    if not values or not all(len(numbers) for numbers in values.values()):
        raise ValueError(f"values is {values}; expected is a list of numbers, one an epoch, for each network.")
    told = "; ".join(
        f"{name} from {numbers[0]:.3f} to {numbers[-1]:.3f}, at best {max(numbers):.3f}, at worst {min(numbers):.3f}"
        for name, numbers in values.items()
    )
    figure, (axis,) = new_figure(1, 1, 2.8, f"The {label} over the epochs: {told}.")
    for (name, numbers), (color, line, marker) in zip(values.items(), itertools.cycle(SERIES)):
        axis.plot(range(1, len(numbers) + 1), numbers, marker + line, color=color, label=name, markersize=4)
    axis.set(xlabel="epoch", ylabel=label)
    axis.xaxis.get_major_locator().set_params(integer=True)
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
    for (name, values), (color, line, marker) in zip(sizes.items(), itertools.cycle(SERIES)):
        axis.plot(range(1, len(values) + 1), values, marker + line, color=color, label=name)
    axis.set(xlabel="layer (1 sees the image)", ylabel="size of the gradient", yscale="log")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


@as_designed
def learning_curves(results, counted="training digits"):
    """Draws how the share of misread digits falls with the number of examples, on two logarithmic axes.

    Args:
        results: dictionary from the name of a curve to a dictionary from the number of examples, 1 or more, to the
            accuracy reached with them, a fraction from 0 to 1. In place of one accuracy may stand a list of them, one
            a seed: the line goes through their mean, and a band reaches from the lowest to the highest.
        counted: what the numbers count, for the horizontal axis.

    Returns:
        A figure with one axis. Where nothing is misread, there is a gap: a logarithmic axis has no zero.

    Raises:
        ValueError: there is no accuracy to draw, one is no fraction, or a number of examples is less than 1.

    Example:

    >>> plots.learning_curves({"plain": {1000: 0.95, 50000: 0.99}, "varied": {1000: [0.97, 0.98], 50000: 0.995}})
    """
    curves = {
        name: {count: np.ravel(np.asarray(by_count[count], float)) for count in sorted(by_count)}
        for name, by_count in results.items()
    }
    if not curves or not all(curves.values()):
        raise ValueError(f"The results are {results}; expected is at least one accuracy for each curve.")
    for name, by_count in curves.items():
        for count, accuracies in by_count.items():
            if count < 1 or not len(accuracies) or not all(0 <= accuracy <= 1 for accuracy in accuracies):
                raise ValueError(
                    f"{name!r} has for {count} examples the accuracies {accuracies.tolist()}; expected are 1 example "
                    "or more, and at least one accuracy, each a fraction from 0 to 1."
                )
    shares = {
        name: {count: 100 * (1 - accuracies) for count, accuracies in by_count.items()}
        for name, by_count in curves.items()
    }
    told = "; ".join(
        f"{name}: {', '.join(f'{share.mean():.2f}% with {count:,}' for count, share in by_count.items())}"
        for name, by_count in shares.items()
    )
    figure, (axis,) = new_figure(1, 1, 3.2, f"The share of misread digits over the number of {counted}. {told}.")
    axis.set(xscale="log", xlabel=counted, ylabel="misread (%)")
    axis.set_yscale("log", nonpositive="mask")
    for (name, by_count), (color, line, marker) in zip(shares.items(), itertools.cycle(SERIES)):
        counts, values = list(by_count), list(by_count.values())
        axis.plot(counts, [share.mean() for share in values], marker + line, color=color, label=name, linewidth=2)
        if any(len(share) > 1 for share in values):
            lowest, highest = [share.min() for share in values], [share.max() for share in values]
            axis.fill_between(counts, lowest, highest, color=color, alpha=0.2, linewidth=0)
    counts = sorted({count for by_count in shares.values() for count in by_count})
    axis.set_xticks(counts, [f"{count:,}" for count in counts])
    low, high = axis.get_ylim()
    digits_shown = (1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 5, 7)
    ticks = [digit * 10.0**power for power in range(-3, 3) for digit in digits_shown]
    axis.set_yticks([tick for tick in ticks if low <= tick <= high])
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.minorticks_off()
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


@as_designed
def memory(curves):
    """Draws how a process's memory grows while it reads.

    Args:
        curves: dictionary from a name to `(counts, megabytes)`, how many digits were read so far and how much more
            memory the process had then.

    Returns:
        A figure with one axis.

    Raises:
        ValueError: there is no curve, or its counts and megabytes aren't equally many.

    Example:

    >>> plots.memory({"let go": ([1000, 2000], [5, 5]), "kept": ([1000, 2000], [5, 10])})
    """
    if not curves or not all(len(counts) == len(sizes) > 0 for counts, sizes in curves.values()):
        raise ValueError(f"curves is {curves}; expected are as many megabytes as counts, for each name.")
    told = "; ".join(f"{name}: {sizes[-1]:,.0f} MB after {counts[-1]:,}" for name, (counts, sizes) in curves.items())
    figure, (axis,) = new_figure(1, 1, 2.8, f"The memory that a process takes in addition while it reads. {told}.")
    for (name, (counts, sizes)), (color, line, _) in zip(curves.items(), itertools.cycle(SERIES)):
        axis.plot(counts, sizes, line, color=color, label=name, linewidth=2)
    axis.set(xlabel="digits read", ylabel="more memory (MB)", ylim=(min(0, *axis.get_ylim()), None))
    axis.xaxis.set_major_locator(MaxNLocator(4))  # their names are long
    axis.xaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


@as_designed
def distributions(values):
    """Draws how a layer's outputs are distributed, one line for each neuron or channel.

    Args:
        values: dictionary from a title to a float array `[..., channels]`; every entry gets axes of its own.

    Returns:
        A figure with one axis for each entry, all on the same scales: the output, and how many fall into each of 120
        equal steps of it.

    Example:

    >>> plots.distributions({"before": outputs, "after": normalized})
    """
    channels = {title: np.reshape(array, (-1, np.shape(array)[-1])).T for title, array in values.items()}
    alt = "How often each number comes out, a line for each channel. Centers and widths " + "; ".join(
        f"{title}: {', '.join(f'{row.mean():.2f} ± {row.std():.2f}' for row in rows[:8])}"
        for title, rows in channels.items()
    )
    figure, axes = new_figure(1, len(values), 2.4, f"{alt}.", sharex=True, sharey=True)
    low, high = min(rows.min() for rows in channels.values()), max(rows.max() for rows in channels.values())
    for axis, (title, rows) in zip(axes, channels.items(), strict=True):
        for row, (color, line, _) in zip(rows, itertools.cycle(SERIES)):
            axis.hist(
                row, bins=np.linspace(low, high, 120), histtype="step", linewidth=1.6, color=color, linestyle=line
            )
        axis.set(title=title, xlabel="output")
    axes[0].set_ylabel("digits")
    return figure


@as_designed
def probabilities(image, values, label=None):
    """Draws an image beside the ten probabilities that a network gives it.

    Args:
        image: float array `[28, 28]` or `[28, 28, 1]` in [0, 1].
        values: floats `[10]`, with sum 1.
        label: the right class, 0 to 9; `None` where it is unknown.

    Returns:
        A figure with two axes. The largest probability is blue, or red where it belongs to a wrong class; the right
        class is framed.

    Example:

    >>> plots.probabilities(images[0], model.predict(images[:1], verbose=0)[0])
    """
    values = np.asarray(values)
    best = values.argsort()[::-1][:3]
    alt = "A digit and its ten probabilities. The largest: " + ", ".join(
        f"{digit} {_percent(values[digit])}" for digit in best
    )
    alt += "" if label is None else f". The right class: {label}"
    figure, (left, right) = new_figure(1, 2, 1.9, f"{alt}.", width_ratios=(1, 2.6))
    left.imshow(_squeeze([image])[0], cmap="gray", vmin=0, vmax=1)
    left.set_axis_off()
    color = TRAIN_COLOR if label is None or best[0] == label else WRONG_COLOR
    bars = right.bar(CLASSES, values, color=[color if digit == best[0] else "#999999" for digit in CLASSES])
    right.bar_label(bars, [_percent(value) if value >= 0.005 else "" for value in values], fontsize=9)
    if label is not None:
        bars[label].set(edgecolor=INK, linewidth=1.5)
        right.annotate("label", (label, values[label]), (0, 13), textcoords="offset points", ha="center", fontsize=9)
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
        A figure: a right answer has a blue bar and ✓, a wrong one a red bar and ✗. The right class's number is bold.

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
        axis.set(xlim=(0, 1), ylim=(9.6, -0.6), xticks=(0, 1), yticks=CLASSES)
    for axis, label in zip(axes[count:], classes, strict=True):
        axis.get_yticklabels()[label].set(fontweight="bold", color=TRAIN_COLOR)
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
def softmax(logits, title="logits", limit=None):
    """Draws the way from logits over their exponentials to probabilities.

    Args:
        logits: floats `[10]`.
        title: what the numbers on the left are called.
        limit: how far the axis of the logits reaches to both sides, for pictures to be compared; `None` to fit them in.

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
        texts = [text.replace("-", "−") for text in texts]
        axis.bar_label(bars, texts, fontsize=9.5, padding=2)
        low, high = min(0, values.min()), max(0, values.max()) if values.any() else 1
        if limit and values is logits:
            low, high = -limit, limit
        axis.set(xlim=(low - 0.9 * (high - low) * (low < 0), high + 0.7 * (high - low)), xticks=[])
        if values is shares:  # a probability runs from 0 to 1, however small the largest
            axis.set(xlim=(0, 1.7), xticks=(0, 1))
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set_title(name, fontsize=11)
    if limit:  # the logits and the probabilities have the same axes in all pictures, the exponentials can't
        axes[1].set_title("exponentials,\non a scale of their own", fontsize=9)
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
    bars.set(xticks=CLASSES, xlabel="class", ylim=(0, 1.4), yticks=np.linspace(0, 1, 6))
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
    axis.text(weight + step, loss + 0.04 * np.ptp(losses), "step", ha="left" if step > 0 else "right", fontsize=11)
    axis.set(xlabel="weight", ylabel="loss", ylim=(losses.min() - 0.1 * np.ptp(losses), losses.max()))
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


@as_designed
def compare_losses(probabilities, losses, slopes):
    """Draws losses over the probability that the right class gets, and beside it how steep each one is.

    Args:
        probabilities: floats `[count]` in (0, 1), of the right class.
        losses: dictionary from a loss's name to its floats `[count]`.
        slopes: dictionary from the same names to the slopes by the right class's logit, floats `[count]`.

    Returns:
        A figure with two axes, losses and slopes, over the same probabilities.

    Raises:
        ValueError: the names of the losses and of the slopes differ.

    Example:

    >>> p = np.array([0.1, 0.5, 0.9])
    >>> plots.compare_losses(p, {"cross-entropy": -np.log(p)}, {"cross-entropy": p - 1})
    """
    if list(losses) != list(slopes):
        raise ValueError(f"slopes has the names {list(slopes)}; expected are those of losses, {list(losses)}.")
    probabilities = np.asarray(probabilities)
    mistake = np.abs(probabilities - 0.01).argmin()
    losses, slopes = ({name: np.asarray(curve) for name, curve in curves.items()} for curves in (losses, slopes))
    alt = f"Losses and slopes over the probability of the right class. At {probabilities[mistake]:.1%}: " + "; ".join(
        f"{name} {losses[name][mistake]:.2f}, slope {slopes[name][mistake]:.2f}" for name in losses
    )
    figure, axes = new_figure(1, 2, 2.9, f"{alt}.", sharex=True)
    titles = ("loss", "slope by the right\nclass's logit")
    for axis, curves, title in zip(axes, (losses, slopes), titles, strict=True):
        for (name, values), (color, line, _) in zip(curves.items(), itertools.cycle(SERIES)):
            axis.plot(probabilities, values, line, color=color, linewidth=2.2, label=name)
            axis.plot(probabilities[mistake], values[mistake], "o", color=color, markersize=6)
        axis.set(xlabel="probability of\nthe right class", xlim=(-0.03, 1.03))
        axis.set_title(title, fontsize=11)
        axis.grid(alpha=0.3)
    for (_, values), (color, *_) in zip(slopes.items(), itertools.cycle(SERIES)):
        text = f"{values[mistake]:.2f}".replace("-", "−")
        place = (probabilities[mistake], values[mistake])
        axes[1].annotate(text, place, (9, 0), textcoords="offset points", va="center", color=color)
    axes[1].axhline(0, color=INK, linewidth=0.8)
    axes[0].legend(fontsize=9.5)
    return figure


@as_designed
def final_losses(losses, untrained=None):
    """Draws how low each optimizer brought the loss, over the learning rate that it was given.

    Args:
        losses: dictionary from an optimizer's name to a dictionary from each of its learning rates to the loss at the
            end. NaN and infinity are drawn beyond the upper edge.
        untrained: the loss before training, drawn as a line across; `None` for no line.

    Returns:
        A figure with one axis, both of whose scales are logarithmic; each optimizer's lowest loss is marked.

    Raises:
        ValueError: an optimizer has no finite loss.

    Example:

    >>> plots.final_losses({"SGD": {0.1: 0.9, 1: 0.2, 10: 7.1}, "Adam": {0.01: 0.2, 0.1: 2.3}}, untrained=2.3)
    """
    best = {}
    for name, by_rate in losses.items():
        finite = {rate: loss for rate, loss in by_rate.items() if np.isfinite(loss)}
        if not finite:
            raise ValueError(f"{name!r} has no finite loss; expected is at least one.")
        best[name] = min(finite.items(), key=lambda pair: pair[1])
    alt = "The loss at the end over the learning rate. Lowest: " + "; ".join(
        f"{name} {loss:.3f} at {rate:g}" for name, (rate, loss) in best.items()
    )
    figure, (axis,) = new_figure(1, 1, 3.6, f"{alt}.")
    finite = []
    for (name, by_rate), (color, line, marker) in zip(losses.items(), itertools.cycle(WALKS)):
        rate, lowest = best[name]
        values = [loss if np.isfinite(loss) else 1e9 for loss in by_rate.values()]
        finite += [loss for loss in values if loss < 1e9]
        axis.plot(list(by_rate), values, marker + line, color=color, markersize=4.5, linewidth=1.8,
                  label=f"{name}: {lowest:.2g} at {rate:g}")  # fmt: skip
        axis.plot(rate, lowest, marker, color=color, markersize=11, markeredgecolor="white")
    axis.set(xlabel="learning rate", ylabel="loss at the end", xscale="log", yscale="log")
    for direction in (axis.xaxis, axis.yaxis):
        direction.set_major_formatter("{x:g}")
    if untrained is not None:
        axis.axhline(untrained, color="#777777", linewidth=1)
        axis.text(
            0.01, untrained, "before training", transform=axis.get_yaxis_transform(), color="#555555", va="bottom"
        )
    axis.set_ylim(0.7 * min(finite), 2.2 * (untrained or max(finite)))
    axis.grid(alpha=0.3)
    figure.legend(loc="outside upper center", ncols=2, fontsize=9.5, title="lowest loss")
    return figure


@as_designed
def landscape(loss, limits, point=None):
    """Draws the loss over two weights as a landscape in three dimensions.

    Args:
        loss: function of two float arrays of equal shape, the two weights, that returns the loss in that shape.
        limits: the lowest and the highest value of both weights.
        point: two weights, a place to mark with a dot; `None` for none.

    Returns:
        A figure with one axis: the darker, the lower.

    Example:

    >>> plots.landscape(lambda w1, w2: (w1 * w2 - 1) ** 2, limits=(-2, 2), point=(1, 1))
    """
    first, second = np.meshgrid(*[np.linspace(*limits, 60, dtype=np.float32)] * 2)
    heights = np.asarray(loss(first, second))
    alt = f"The loss over two weights as a landscape; heights from {heights.min():.2f} to {heights.max():.2f}."
    figure, (axis,) = new_figure(1, 1, 3.4, alt, subplot_kw={"projection": "3d", "computed_zorder": False})
    axis.plot_surface(first, second, heights, cmap=LANDSCAPE, rcount=40, ccount=40)
    if point:
        height = loss(*np.float32(point))
        axis.plot(*[[value] for value in (*point, height)], "o", color=VALIDATION_COLOR, markersize=8, zorder=5)
    axis.set(xlabel="first weight", ylabel="second weight", zlabel="loss")
    for direction in (axis.xaxis, axis.yaxis, axis.zaxis):
        direction.set_major_locator(MaxNLocator(4))
    axis.yaxis.labelpad, axis.zaxis.labelpad = 6, 8  # clear of numbers with three digits
    axis.set_box_aspect(None, zoom=0.87)
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
        A figure with two axes: the map, the darker, the lower; and below it the loss after each step, logarithmic.

    Example:

    >>> plots.descent(lambda w1, w2: w1**2 + w2**2, {"SGD": [[2, 2], [1, 1], [0.5, 0.5]]}, limits=(-3, 3))
    """
    first, second = np.meshgrid(*[np.linspace(*limits, 121, dtype=np.float32)] * 2)
    heights = np.asarray(loss(first, second))
    ends = {name: (len(path) - 1, float(loss(*np.asarray(path, np.float32)[-1]))) for name, path in paths.items()}
    alt = "A map of the loss over two weights. " + " ".join(
        f"{name}: loss {height:.3g} after {steps} steps." for name, (steps, height) in ends.items()
    )
    figure, (axis, below) = new_figure(2, 1, 5.2, alt, height_ratios=(2.7, 1))
    levels = np.unique(np.quantile(heights, np.linspace(0, 1, 11) ** 1.5))
    axis.contourf(first, second, heights, levels=levels, colors=LANDSCAPE(np.linspace(0, 1, len(levels) - 1)))
    for (name, path), (color, line, marker) in zip(paths.items(), itertools.cycle(WALKS)):
        path = np.asarray(path, np.float32)
        axis.plot(*path.T, marker + line, color=color, markersize=4, linewidth=1.5, label=name)
        axis.plot(*path[-1:].T, marker, color=color, markersize=10, markeredgecolor="white")
        losses = [float(loss(*weights)) for weights in path]
        below.plot(range(len(path)), losses, marker + line, color=color, markersize=4, linewidth=1.5)
    axis.set(xlabel="first weight", ylabel="second weight", xlim=limits, ylim=limits)
    below.set(xlabel="step", ylabel="loss", yscale="log")
    below.xaxis.get_major_locator().set_params(integer=True)
    below.grid(alpha=0.3)
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


def _signed_pictures(pictures, columns, alt, limit):
    """Pictures of positive (blue) and negative (red) numbers up to `limit`, above each its index."""
    rows = -(-len(pictures) // columns)
    figure, axes = new_figure(rows, columns, ((WIDTH - 0.9) / columns + 0.2) * rows + 0.3, alt, framed=False)
    for index, (axis, picture) in enumerate(zip(axes, pictures, strict=False)):
        shown = axis.imshow(picture, cmap="RdBu", vmin=-limit, vmax=limit)
        axis.set_title(index, fontsize=10, pad=2)
    extend = "both" if np.abs(pictures).max() > limit else "neither"
    figure.colorbar(shown, ax=axes, label="weight", fraction=0.05, extend=extend)
    return figure
