"""The drawing of a network: its layers from top to bottom, as blocks to scale, or as what one image becomes in them."""

import inspect
import math
import textwrap

import numpy as np
from matplotlib.patches import FancyArrowPatch, Polygon, Rectangle

from mnist_helpers import scoreboard
from mnist_helpers.pictures import INK, WIDTH, as_designed, new_figure
from mnist_helpers.pictures import TRAIN_COLOR as ACCENT

PALE, PALER = "#dcebf7", "#eef5fb"
LEFT, RIGHT = 2.05, WIDTH - 0.1  # inches: blocks stand between them, the layers' names to the left
NAMES = 24  # letters in a line of names
LINE, GAP = 0.19, 0.27  # inches: the height of a line of text, and what lies between two blocks
SIDE, LENGTH, DEPTH, STRIP = 0.8, 2.8, 0.9, 0.18  # inches: the largest map, vector and depth, and a vector's height
GRAY = "#666666"


class _Stage:
    """Layers that follow each other and leave the shape as it is, and the block that they make."""

    def __init__(self, shape, names=()):
        self.shape, self.names, self.trained, self.other = shape, list(names), 0, 0
        self.values = None

    def add(self, layer):
        self.names += _describe(layer)
        trained = scoreboard.trained_parameters(layer)
        self.trained += trained
        self.other += layer.count_params() - trained

    def lines(self):
        """What stands to the left of the block: text, and whether it is gray."""
        names = ", ".join(name.replace(" ", "\N{NO-BREAK SPACE}") for name in self.names)
        lines = [(line, False) for line in textwrap.wrap(names, NAMES, break_long_words=False)]
        return lines + [(f"{self.trained:,} parameters", True)] * bool(self.trained)

    def size(self, sign):
        """The shape in words, such as 28×28×1."""
        return sign.join("?" if length is None else f"{length:,}" for length in self.shape)

    def is_map(self):
        return len(self.shape) in (2, 3) and None not in self.shape

    def is_vector(self):
        return len(self.shape) == 1 and None not in self.shape


@as_designed
def architecture(model, image=None):
    """Draws a network: layer under layer what its numbers are arranged in, with the shape and the parameters.

    The height and width of feature maps are drawn to scale; the number of channels and the length of a vector by their
    square roots, so that both 16 and 3,136 numbers fit in. The ten outputs at the end have a box each, larger than to
    scale. What isn't trained, such as the moving averages of normalization, is counted in the last line alone.

    Args:
        model: a built `keras.Sequential` of any layers; Sequential models in it are opened.
        image: float array `[height, width, channels]`, such as `images[0]`; `None` for empty blocks. With an image,
            the blocks hold what each layer makes of it at prediction time: as many feature maps as fit, bright where
            the numbers are large.

    Returns:
        A figure with one axis.

    Raises:
        TypeError: `model` is no `keras.Sequential`.
        ValueError: the model isn't built yet, or `image` has another shape than the model takes.

    Example:

    >>> diagrams.architecture(model, image=images[0])
    """
    stages = _stages(model, image)
    unit = SIDE / max([max(stage.shape[:2]) for stage in stages if stage.is_map()], default=1)
    deepest = max([stage.shape[2] for stage in stages if len(stage.shape) == 3 and stage.is_map()], default=1)
    longest = max([stage.shape[0] for stage in stages if stage.is_vector()], default=1)
    heights = [max(_height(stage, unit, deepest) + LINE, len(stage.lines()) * LINE) for stage in stages]
    heights[-1] += LINE * _has_classes(stages[-1])
    total, scales = _total(stages), _scales(stages, image)
    page = sum(heights) + GAP * len(stages) + LINE * (1.5 if scales else 0.5)
    figure, (axis,) = new_figure(1, 1, page, _alt(stages, total, image), framed=False)
    top = 0
    for number, (stage, height) in enumerate(zip(stages, heights, strict=True)):
        _draw(axis, stage, top, unit, deepest, longest, classes=number == len(stages) - 1 and _has_classes(stage))
        for line, (text, gray) in enumerate(stage.lines()):
            color = GRAY if gray else INK
            axis.text(0, top - (line + 0.5) * LINE, text, va="center", fontsize=9.5 if gray else 10, color=color)
        top -= height + GAP
        if number < len(stages) - 1:
            ends = (LEFT + 0.12, top + GAP - 0.04), (LEFT + 0.12, top + 0.04)
            axis.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=9, color=GRAY, shrinkA=0, shrinkB=0))
    axis.text(0, top + GAP / 2, total, va="center", fontsize=10, fontweight="bold", color=INK)
    axis.text(0, top + GAP / 2 - LINE, scales, va="center", fontsize=9, color=GRAY)
    axis.set(xlim=(-0.05, WIDTH - 0.05), ylim=(0.05 - page, 0.05))
    return figure


def _total(stages):
    trained, other = sum(stage.trained for stage in stages), sum(stage.other for stage in stages)
    return f"{trained:,} parameters in all" if not other else f"{trained:,} trained parameters + {other:,} not trained"


def _scales(stages, image):
    """What the lengths mean, in a sentence."""
    roots = ["depth"] * (image is None and any(len(stage.shape) == 3 and stage.is_map() for stage in stages))
    roots += ["bars"] * any(stage.is_vector() for stage in stages[:-1])
    parts = ["maps to scale"] * any(stage.is_map() for stage in stages)
    parts += [" and ".join(roots) + " by their square roots"] * bool(roots)
    parts += ["the boxes larger"] * _has_classes(stages[-1])
    return "; ".join(parts).capitalize() + "." * bool(parts)


def _stages(model, image):
    import keras  # here, since the other diagrams do without it

    if not isinstance(model, keras.Sequential):
        raise TypeError(f"model is a {type(model).__name__}; expected is a keras.Sequential, a chain of layers.")
    if not model.built:
        raise ValueError("The model isn't built, so its shapes aren't known; begin it with keras.Input(shape=[...]).")
    shape = tuple(model.input_shape[1:])
    stages = [_Stage(shape, ["input"])]
    if image is not None:
        image = np.asarray(image, np.float32)
        fits = len(image.shape) == len(shape) and all(b in (a, None) for a, b in zip(image.shape, shape, strict=True))
        if not fits:
            raise ValueError(f"image has the shape {list(image.shape)}; expected is {list(shape)}, as the model takes.")
        stages[0].values = image
    values = None if image is None else image[np.newaxis]
    for layer in _layers(model):
        shape = tuple(layer.output.shape[1:])
        if values is not None:
            values = layer(values, **_prediction(layer))
        if shape != stages[-1].shape or _begins(layer):
            stages.append(_Stage(shape))
        stages[-1].add(layer)
        stages[-1].values = None if values is None else np.asarray(values[0], np.float32)
    return stages


def _prediction(layer):
    """The argument that tells a layer that nothing is trained, for those that take it."""
    return {"training": False} if "training" in inspect.signature(layer.call).parameters else {}


def _layers(model):
    """The layers of a Sequential model, those of models of its kind in it included."""
    for layer in model.layers:
        yield from _layers(layer) if type(layer) is type(model) else [layer]


def _begins(layer):
    """Says whether a layer makes new numbers, also where their shape stays; normalization, say, does not."""
    return any(len(weights.shape) > 1 for weights in layer.trainable_weights)


def _describe(layer):
    """A layer in words: its kind, its size, and its activation on a line of its own."""
    name = type(layer).__name__
    if size := getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None):
        name += " " + "×".join(map(str, size if isinstance(size, tuple) else (size,)))
    if name == "Dropout":
        name += f" {layer.rate:g}"
    activation = getattr(layer, "activation", None)
    if activation is None or getattr(activation, "__name__", "linear") == "linear" or name in ("ReLU", "Softmax"):
        return [name]
    activation = getattr(activation, "__name__", type(activation).__name__)
    activation = {"relu": "ReLU"}.get(activation, activation)
    return [activation] if name == "Activation" else [name, activation]


def _has_classes(stage):
    """Says whether a last layer's outputs are so few that each has a box, with the class below."""
    return stage.is_vector() and stage.shape[0] <= 10


def _height(stage, unit, deepest):
    if stage.is_map():
        return stage.shape[0] * unit + (_slant(stage, deepest)[1] if stage.values is None else 0)
    return STRIP if stage.is_vector() else 0


def _slant(stage, deepest):
    """How far the back of a box lies to the right of its front, and how far above."""
    depth = DEPTH * math.sqrt(stage.shape[2] / deepest) if len(stage.shape) == 3 and deepest > 1 else 0
    return 0.87 * depth, 0.4 * depth


def _draw(axis, stage, top, unit, deepest, longest, classes):
    axis.text(LEFT, top - LINE / 2, stage.size(" × "), va="center", fontsize=10, color=ACCENT)
    top -= LINE
    if stage.is_map():
        if stage.values is None:
            _box(axis, stage, top, unit, deepest)
        else:
            _maps(axis, stage, top, unit)
    elif stage.is_vector():
        _strip(axis, stage, top, longest, classes)


def _box(axis, stage, top, unit, deepest):
    height, width = stage.shape[0] * unit, stage.shape[1] * unit
    across, up = _slant(stage, deepest)
    bottom, front = top - up - height, top - up
    for color, corners in (
        (PALER, [(0, front), (width, front), (width + across, top), (across, top)]),
        (PALER, [(width, bottom), (width, front), (width + across, top), (width + across, top - height)]),
        (PALE, [(0, bottom), (width, bottom), (width, front), (0, front)]),
    ):
        corners = [(LEFT + x, y) for x, y in corners]
        axis.add_patch(Polygon(corners, facecolor=color, edgecolor=ACCENT, linewidth=0.8))


def _maps(axis, stage, top, unit):
    maps = stage.values if stage.values.ndim == 3 else stage.values[:, :, np.newaxis]
    height, width = stage.shape[0] * unit, stage.shape[1] * unit
    gap = 0.05
    count = min(maps.shape[2], max(1, int((RIGHT - LEFT - 0.15 + gap) / (width + gap))))
    for index in range(count):
        left = LEFT + index * (width + gap)
        extent = (left, left + width, top - height, top)
        axis.imshow(maps[:, :, index], cmap="gray", vmin=maps.min(), vmax=maps.max(), extent=extent, aspect="auto")
        axis.add_patch(Rectangle((left, top - height), width, height, fill=False, edgecolor=ACCENT, linewidth=0.5))
    if count < maps.shape[2]:
        axis.text(LEFT + count * (width + gap), top - height / 2, "…", va="center", fontsize=10, color=INK)


def _strip(axis, stage, top, longest, classes):
    count = stage.shape[0]
    values, low, high = stage.values, 0, 1
    if values is not None and not (classes and np.isclose(values.sum(), 1)):  # probabilities run from 0 to 1
        low, high = min(0, values.min()), values.max()
    pitch = LENGTH / 10
    length = STRIP if classes else LENGTH * math.sqrt(count / longest)
    face = PALE if values is None else "none"
    for index in range(count if classes else 1):
        left = LEFT + index * pitch
        if values is not None:
            shown = values[np.newaxis, index : index + 1] if classes else values[np.newaxis]
            extent = (left, left + length, top - STRIP, top)
            axis.imshow(shown, cmap="gray", vmin=low, vmax=high, extent=extent, aspect="auto")
        axis.add_patch(Rectangle((left, top - STRIP), length, STRIP, facecolor=face, edgecolor=ACCENT, linewidth=0.8))
        if classes:
            place = left + STRIP / 2, top - STRIP - 0.1
            axis.text(*place, str(index), ha="center", va="center", fontsize=9, color=INK)


def _alt(stages, total, image):
    steps = []
    for number, stage in enumerate(stages):
        names = stage.names if number else ["Input", *stage.names[1:]]
        trained = f", {stage.trained:,} parameters" if stage.trained else ""
        steps.append(f"{', '.join(names)}: {stage.size('×')}{trained}")
    shown = "" if image is None else " Each block holds what the layer makes of the image."
    return f"A network from top to bottom. {'; '.join(steps)}. {total}.{shown}"
