"""The ways of writing each digit, read from strokes.txt, whose first lines say how it is to be read."""

from pathlib import Path

import numpy as np


def _read():
    """The ways of each digit, a list of `(weight, variants)`; a variant is still a text."""
    styles = {}
    for block in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split("\n\n")[1:]:
        heading, *variants = block.splitlines()
        digit, weight = heading.split()
        styles.setdefault(int(digit), []).append((float(weight), variants))
    return styles


def _parse(variant):
    """`(points, corners, starts)` of a variant: float64 `[count, 2]`, and two boolean `[count]`."""
    strokes = [stroke.split() for stroke in variant.split("|")]
    words = [word for stroke in strokes for word in stroke]
    points = [[float(number) for number in word.rstrip("!").split(",")] for word in words]
    starts = [index == 0 for stroke in strokes for index in range(len(stroke))]
    return np.array(points) / 100, [word.endswith("!") for word in words], starts


STYLES = _read()

# The same as arrays. A way is a row; shorter ones are filled up with their last point.
WAYS = [[_parse(variant) for variant in variants] for styles in STYLES.values() for _, variants in styles]
COUNT = np.array([len(way[0][0]) for way in WAYS])  # of points
LONGEST = int(COUNT.max())
VARIANT_COUNT = np.array([len(way) for way in WAYS])
CONTROL_POINTS = np.zeros([len(WAYS), VARIANT_COUNT.max(), LONGEST, 2])
CORNERS, STARTS, ENDS = np.zeros([3, len(WAYS), LONGEST], bool)
for _row, _way in enumerate(WAYS):
    for _variant, (_points, _, _) in enumerate(_way):
        CONTROL_POINTS[_row, _variant] = _points[np.minimum(np.arange(LONGEST), len(_points) - 1)]
    _, CORNERS[_row, : COUNT[_row]], STARTS[_row, : COUNT[_row]] = _way[0]
    ENDS[_row, : COUNT[_row]] = [*STARTS[_row, 1 : COUNT[_row]], True]

# For each digit: the row of its first way, and up to which number from 0 to 1 each way is chosen.
FIRST = np.cumsum([0, *map(len, STYLES.values())])[:-1]
UP_TO = np.ones([10, max(map(len, STYLES.values()))])
for _digit, _styles in STYLES.items():
    _weights = np.array([weight for weight, _ in _styles])
    UP_TO[_digit, : len(_styles) - 1] = np.cumsum(_weights)[:-1] / _weights.sum()
