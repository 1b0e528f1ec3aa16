"""What the drawing pad shows: lines as ink, what is odd about them, a sample, and all that in one picture."""

import numpy as np
from PIL import Image, ImageDraw

from mnist_helpers import practice, strokes
from mnist_helpers.pictures import TRAIN_COLOR, WRONG_COLOR, as_designed, new_page

SIDE, PEN = 280, 10  # pixels: the pad's side, the width of its pen; pad.js has the same
FINE = 4  # ink is painted so many times as large, then shrunk: that makes its edges soft
DOT = 2 * PEN  # pixels; ink that is shorter is no digit
FULL = 0.4  # the share of the pad that is ink; a digit as large as the pad has 0.12
IN_A_ROW = 4  # networks in a row of the picture


def check_lines(lines):
    """Raises a ValueError unless `lines` is a list of lines, each a list of points `[x, y]` from 0 to 1."""

    def is_point(point):
        return (
            isinstance(point, list | tuple)
            and len(point) == 2
            and all(isinstance(number, int | float) and 0 <= number <= 1 for number in point)
        )

    def is_line(line):
        return isinstance(line, list | tuple) and len(line) > 0 and all(map(is_point, line))

    if not (isinstance(lines, list | tuple) and all(map(is_line, lines))):
        raise ValueError(
            f"The lines are {str(lines)[:60]}; expected is a list of lines, each a list of points [x, y] from 0 to 1, "
            "such as [[[0.5, 0.1], [0.5, 0.9]]] for a vertical stroke."
        )


def paint(lines, pen=PEN):
    """Paints lines as the pad does.

    Args:
        lines: list of lines, each a list of points `[x, y]` from 0 to 1, from the top left.
        pen: width of the pen in pixels of the pad.

    Returns:
        uint8 `[280, 280]`, white ink, 255, on black.

    Example:

    >>> picture = pad.paint([[[0.5, 0.1], [0.5, 0.9]]])
    """
    image = Image.new("L", (FINE * SIDE, FINE * SIDE))
    brush, radius = ImageDraw.Draw(image), FINE * pen / 2
    for line in lines:
        points = [(FINE * SIDE * x, FINE * SIDE * y) for x, y in line]
        shifted = [(x - 0.5, y - 0.5) for x, y in points]  # from the pixels' middles
        brush.line(shifted, fill=255, width=round(FINE * pen))
        for x, y in points:  # round ends, round corners
            brush.ellipse((x - radius, y - radius, x + radius - 1, y + radius - 1), fill=255)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX))


def remark(picture):
    """Says what is odd about a picture from the pad, and what to do.

    Args:
        picture: as from `paint`.

    Returns:
        `(text, readable)`: a sentence or two, empty for a digit; and whether it makes sense to ask a network.

    Example:

    >>> pad.remark(pad.paint([[[0.5, 0.5]]]))
    ('That is only a dot. Draw a digit from 0 to 9.', False)
    """
    boxes = _boxes(picture > 127)
    if not boxes:
        return "", False
    ink = _around(boxes)
    if max(_height(ink), _width(ink)) < DOT:
        return "That is only a dot. Draw a digit from 0 to 9.", False
    if (picture > 127).mean() > FULL:
        return "The pad is nearly full of ink. Clear it and draw one digit with a few strokes.", True
    if _are_two(boxes):
        text = "These look like two digits, and the networks take them for one. Clear the pad and draw one at a time."
        return text, True
    return "", True


def sample(digit):
    """Returns the lines of a sample digit, small and near a corner of the pad; lines as for `paint`.

    Example:

    >>> lines = pad.sample(2)
    """
    way = strokes.FIRST[[digit]]
    (curve,), (lifted,) = practice.smooth_curve(strokes.CONTROL_POINTS[way, 0], way, np.ones(1))
    points = (curve * 0.5 + [0.1, 0.08]).round(3)
    # A shorter way is filled up with its last point; `lifted` marks the pieces between two strokes, and those.
    starts = np.flatnonzero(lifted[1:] != lifted[:-1]) + 1
    parts = zip(np.split(points[:-1], starts), np.split(lifted, starts), strict=True)
    ends = [*starts, len(points) - 1]
    return [[*part.tolist(), points[end].tolist()] for (part, up), end in zip(parts, ends, strict=True) if not up[0]]


def percent(share):
    """Puts a share from 0 to 1 into words: "92 %", and "<1 %" or ">99 %" where rounding would say none or all.

    Example:

    >>> pad.percent(0.999)
    '>99 %'
    """
    if 0 < share < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


@as_designed
def picture(drawn, seen, answers, is_sample):
    """Draws the pad for where no widget can be: the ink, the networks' picture of it, and their answers.

    Args:
        drawn: uint8 `[280, 280]`, as from `paint`.
        seen: float array `[28, 28, 1]` in [0, 1], or `None` where there is none.
        answers: dictionary from a network's name to ten probabilities, or to a text that says why there are none.
        is_sample: whether the digit is a sample.

    Returns:
        A figure: the pad, beside it what the networks see, below it ten bars for each network, 0 to 1, the predicted
        class marked.

    Example:

    >>> pad.picture(pad.paint(lines), image, {"one layer": probabilities}, is_sample=True)
    """
    told = "".join(f" {_told(name, answer)}." for name, answer in answers.items())
    alt = f"The drawing pad, with {'a sample digit' if is_sample else 'what is drawn on it'}.{told}"
    names, beside = list(answers), len(answers) == 1
    rows = [names[start : start + IN_A_ROW] for start in range(0, len(names), IN_A_ROW) if not beside]
    heights = [1.85 if beside else 2.35] + [2] * len(rows)
    figure = new_page(sum(heights), alt)
    top, *below = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    left, right, *bars = top.subplots(1, 3 if beside else 2)
    left.imshow(drawn, cmap="gray", vmin=0, vmax=255)
    left.set_title("the pad", fontsize=10)
    if is_sample:
        left.text(0.97, 0.03, "sample", color="white", fontsize=10, ha="right", va="bottom", transform=left.transAxes)
    right.imshow(np.zeros((28, 28)) if seen is None else seen[..., 0], cmap="gray", vmin=0, vmax=1)
    right.set_title("what a network sees" if beside else "what a network sees: 28×28", fontsize=10)
    for axis in (left, right):
        axis.set_axis_off()
    for part in below:
        bars.extend(part.subplots(1, min(len(names), IN_A_ROW)))
    for axis, name in zip(bars, names, strict=False):
        _bars(axis, name, answers[name])
    for axis in bars[len(names) :]:
        axis.set_axis_off()
    return figure


def _bars(axis, name, answer):
    """Ten horizontal bars; a text where there are no probabilities."""
    axis.set_title(name if len(name) <= 15 else f"{name[:14]}…", fontsize=9)
    if isinstance(answer, str):
        axis.text(0.5, 0.5, "no answer", color=WRONG_COLOR, fontsize=10, ha="center", va="center")
        axis.set_axis_off()
        return
    best = int(np.argmax(answer))
    bars = axis.barh(range(10), answer, color=["#999999"] * 10)
    bars[best].set_color(TRAIN_COLOR)
    axis.set(xlim=(0, 1), ylim=(9.6, -0.6), xticks=[], yticks=range(10))
    axis.tick_params(left=False, labelsize=9)
    axis.set_yticklabels([f"▸ {digit}" if digit == best else str(digit) for digit in range(10)])
    for digit, share in enumerate(answer):
        if share >= 0.005:
            inside = share > 0.6
            axis.text(
                share - 0.03 if inside else share + 0.03,
                digit + 0.04,
                percent(share),
                color="white" if inside else "black",
                fontsize=8.5,
                fontweight="bold" if digit == best else "normal",
                ha="right" if inside else "left",
                va="center",
            )


def _told(name, answer):
    """A network's answer in words."""
    if isinstance(answer, str):
        return f"{name}: no answer"
    return f"{name}: {int(np.argmax(answer))}, {percent(max(answer))}"


def _boxes(ink):
    """The box, `(rows, columns)` as slices, of each connected piece of ink."""
    from scipy import ndimage  # here, since it takes long to import and most notebooks do without

    return ndimage.find_objects(ndimage.label(ink, np.ones((3, 3)))[0])


def _around(boxes):
    """The box around boxes."""
    return tuple(slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes)) for axis in (0, 1))


def _height(box):
    return box[0].stop - box[0].start


def _width(box):
    return box[1].stop - box[1].start


def _are_two(boxes):
    """Whether pieces of ink stand side by side, as tall as each other, with paper in between."""
    groups = []  # of pieces that are above or below each other, such as a 5 and its bar
    for box in sorted(boxes, key=lambda box: box[1].start):
        if groups and box[1].start < groups[-1][1].stop:
            groups[-1] = _around([groups[-1], box])
        else:
            groups.append(box)
    tallest = max(map(_height, groups))
    tall = [group for group in groups if _height(group) > 0.7 * tallest]
    gaps = [right[1].start - left[1].stop for left, right in zip(tall, tall[1:], strict=False)]
    return any(gap > 0.1 * tallest for gap in gaps)
