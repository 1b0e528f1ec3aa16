"""Sheets of paper with digits on them, as a phone photographs them: drawn with random numbers, so that all is known.

The digits are practice digits (see `practice`), none of them MNIST's. A condition, such as a shadow or ruled paper,
changes a few settings of the plain photo. A setting is a range, from which each photo takes a number of its own.
"""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from PIL import Image, ImageDraw
from scipy import ndimage

from mnist_helpers import camera, fonts, practice

# Practice writers whose digits a person, and several networks, read without effort where they are drawn clean.
NEAT_WRITERS = [
    int(number)
    for number in """
    2 5 6 7 9 10 11 12 13 14 19 21 22 23 24 25 29 30 31 32 33 35 37 41 45 49 51 53 56 58 59 61 63 66 68
    72 73 75 76 77 78 79 82 83 84 85 88 90 91 92 98 99 101 104 106 108 111
""".split()
]
IN_A_ROW = 5
WIDEST = 0.16  # pen, a share of the digits' height
MARGIN = 0.06  # share of the sheet's sides that stays free of digits
FINE = 2  # strokes are painted so many times as large, then shrunk: that makes their edges soft

WHITE, BLACK, GRAY = (0.94, 0.94, 0.92), (0.10, 0.10, 0.12), (0.25, 0.23, 0.22)
COLORS = [(0.12, 0.25, 0.65), (0.75, 0.12, 0.15), (0.10, 0.48, 0.25), (0.85, 0.40, 0.08), (0.45, 0.15, 0.60)]
PASTELS = [(0.95, 0.85, 0.45), (0.95, 0.70, 0.72), (0.62, 0.82, 0.92), (0.68, 0.88, 0.62), (0.80, 0.68, 0.50)]
RULES = [(0.40, 0.55, 0.85), (0.50, 0.50, 0.55), (0.35, 0.65, 0.80)]
TABLES = [(0.45, 0.30, 0.18), (0.60, 0.44, 0.28), (0.26, 0.17, 0.11), (0.13, 0.13, 0.14)]

PLAIN = {  # numbers: from, to; colors: one of them
    "paper": [WHITE],
    "ink": [BLACK, (0.10, 0.13, 0.30)],
    "printed": (0, 0),  # 1 for digits of fonts
    "pen": (0.06, 0.11),  # its width, a share of the digits' height
    "uneven": (0, 0.15),  # how much its width and darkness vary
    "grain": (0, 0),  # how much paper shows through the strokes
    "ruled": (0, 0),  # how dark the lines are
    "squared": (0, 0),
    "frame": (0, 0),  # 1 for a printed frame
    "specks": (0, 0),  # how many
    "smear": (0, 0),  # how much wiped-off chalk is left
    "table": (0, 0),  # at how many sides it is seen
    "turn": (-1.5, 1.5),  # degrees
    "tilt": (-0.02, 0.02),  # how much smaller the far side appears
    "slope": (0, 0.15),  # how much darker one side is
    "shadow": (0, 0),  # how dark it is
    "vignette": (0, 0.08),
    "hand": (0, 0),
    "exposure": (0.92, 1.02),
    "veil": (0, 0),  # light that falls on everything
    "blur": (0, 0.04),  # a share of the pen's width
    "noise": (0.004, 0.012),
    "quality": (80, 92),  # of the JPEG file
}
CONDITIONS = {
    "scan": {name: (0, 0) for name in ("turn", "tilt", "slope", "vignette")} | {"exposure": (1.05, 1.05)},
    "shadow": {"shadow": (0.35, 0.65)},
    "vignette": {"vignette": (0.45, 0.75)},
    "hand": {"hand": (0.35, 0.6)},
    "noise": {"noise": (0.05, 0.11), "quality": (30, 70)},
    "blurred": {"blur": (0.2, 0.4)},
    "dim": {"exposure": (0.25, 0.4), "noise": (0.015, 0.035)},
    "overexposed": {"exposure": (1.05, 1.2), "veil": (0.15, 0.3)},
    "turned": {"turn": (-8, 8), "tilt": (-0.12, 0.12)},
    "ruled": {"ruled": (0.25, 0.6)},
    "squared": {"squared": (0.2, 0.5)},
    "frame": {"frame": (1, 1)},
    "specks": {"specks": (10, 50)},
    "table": {"table": (0.5, 4.5)},
    "colored paper": {"paper": PASTELS},
    "printed": {"printed": (1, 1), "ink": [BLACK]},
    "colored pen": {"ink": COLORS},
    "yellow marker": {"ink": [(0.98, 0.86, 0.10), (0.90, 0.93, 0.15)], "pen": (0.10, WIDEST)},
    "ballpoint": {"ink": [(0.13, 0.20, 0.55)], "pen": (0.03, 0.045), "uneven": (0.2, 0.4), "grain": (0.05, 0.2)},
    "fineliner": {"ink": [BLACK], "pen": (0.016, 0.028), "uneven": (0, 0.1)},
    "pencil": {"ink": [(0.36, 0.36, 0.38)], "pen": (0.03, 0.055), "uneven": (0.2, 0.4), "grain": (0.25, 0.45)},
    "blackboard": {
        "paper": [(0.16, 0.22, 0.20), (0.15, 0.15, 0.16), (0.14, 0.27, 0.20)],
        "ink": [(0.92, 0.92, 0.88), (0.95, 0.90, 0.60)],
        "grain": (0.35, 0.6),
        "smear": (0.04, 0.12),
    },
}
GROUPS = (  # a mix has at most one condition of each
    ("shadow", "vignette", "hand", "dim", "overexposed"),
    ("noise", "blurred"),
    ("table", "turned"),
    ("frame", "specks"),
    ("ruled", "squared", "colored paper"),
    ("colored pen", "ballpoint", "pencil", "yellow marker"),
)


def photo(count, seed, conditions=(), size=(1600, 1200)):
    """Photographs a sheet of digits.

    Args:
        count: how many digits. One stands anywhere, 1/8 to 3/4 as high as the picture; more stand in rows of five.
        seed: whole number; the same one gives the same photo.
        conditions: names, keys of `CONDITIONS`, such as "shadow". Handwriting doesn't depend on them.
        size: width and height in pixels.

    Returns:
        `(picture, classes, boxes)`: an RGB `PIL.Image`, uint8 `[count]`, 0 to 9, in reading order, and float64
        `[count, 4]`, the left, top, right and bottom of each digit's ink in pixels.

    Raises:
        ValueError: there is no such condition.

    Example:

    >>> picture, classes, boxes = sheets.photo(20, seed=1, conditions=("shadow", "noise", "ruled", "turned"))
    """
    if unknown := set(conditions) - set(CONDITIONS):
        raise ValueError(f"There is no condition {unknown.pop()!r}; choose some of {', '.join(CONDITIONS)}.")
    size, random = np.array(size), np.random.default_rng([seed, 0])
    ranges = PLAIN.copy()
    for name in conditions:
        ranges |= CONDITIONS[name]
    scene = {name: _choose(choice, random) for name, choice in ranges.items()}
    hand = np.random.default_rng([seed, 1])  # a generator of its own, so that digits don't depend on conditions
    digits, classes = (_type if scene["printed"] else _write)(count, hand)
    places = hand.random((count + 1, 4))
    sheet = _sheet(round(scene["table"]), size, random)
    view = camera.view(scene["turn"], scene["tilt"] * random.uniform(-1, 1, 2), size)
    digits = _place(digits, places, sheet, size)

    seen = [[camera.project(view, line) for line in digit] for digit in digits]
    boxes = np.array([_box(digit) for digit in seen])
    height = np.median((boxes[:, 2:] - boxes[:, :2]).max(axis=1))
    pen = scene["pen"] * height
    picture = _paper(scene, view, sheet, height, size, random)
    _ink(picture, _printed(scene, digits, view, sheet, height, size, random), GRAY)
    ink = _typed(seen, size) if scene["printed"] else _drawn(scene, seen, pen, size, random)
    _ink(picture, ink, scene["ink"])
    picture *= camera.light(scene, size, random)[..., np.newaxis]
    reach = 0 if scene["printed"] else pen / 2
    return camera.take(scene, picture, pen, random), classes, boxes + np.array([-reach, -reach, reach, reach])


def mixed(seed):
    """Chooses two to four conditions that can come together.

    Args:
        seed: whole number; the same one gives the same conditions.

    Returns:
        A tuple of names.

    Example:

    >>> picture, classes, boxes = sheets.photo(20, seed=1, conditions=sheets.mixed(1))
    """
    random = np.random.default_rng([seed, 2])
    groups = random.choice(len(GROUPS), random.integers(2, 5), replace=False)
    return tuple(str(random.choice(GROUPS[group])) for group in groups)


def _choose(choice, random):
    return choice[random.integers(len(choice))] if isinstance(choice, list) else random.uniform(*choice)


def _write(count, random):
    """Digits of neat writers, lists of lines in the unit square, and their classes."""
    digits, classes = practice.lines(random.choice(NEAT_WRITERS, -(-count // 2)))
    chosen = random.permutation(len(digits))[:count]
    return [digits[index] for index in chosen], classes[chosen]


def _type(count, random):
    """Digits of fonts, lists of outlines in the unit square, and their classes."""
    folder, classes, digits = Path(matplotlib.get_data_path()) / "fonts" / "ttf", random.integers(0, 10, count), []
    for digit in classes:
        font = FontProperties(fname=folder / f"{random.choice(fonts.FONTS)}.ttf")
        outlines = [outline * [1, -1] for outline in TextPath((0, 0), str(digit), size=100, prop=font).to_polygons()]
        left, top, right, bottom = _box(outlines)
        middle, side = np.array([left + right, top + bottom]) / 2, max(right - left, bottom - top)
        digits.append([(outline - middle) / side + 0.5 for outline in outlines])
    return digits, classes.astype(np.uint8)


def _place(digits, places, sheet, size):
    """Puts digits on the sheet: one anywhere, more in wobbly rows."""
    start = np.maximum(sheet[:2], 0) + MARGIN * size
    room = np.minimum(sheet[2:], size) - MARGIN * size - start
    if len(digits) == 1:
        sides = np.array([min(size[1] * (0.15 + 0.6 * places[0, 0] ** 1.5), *(room / (1 + WIDEST)))])
        inked = (1 + WIDEST) * sides
        middles = start + inked / 2 + places[:1, 1:3] * (room - inked)
    else:
        row, column = np.divmod(np.arange(len(digits)), IN_A_ROW)
        cell = room / [IN_A_ROW, row[-1] + 1]
        wobble = places[:-1] - 0.5
        sides = min(0.7 * cell[0], 0.62 * cell[1]) * (0.8 + 0.3 * places[-1, 0]) * (1 + 0.25 * wobble[:, 0])
        slope = 0.06 * wobble[row, 3] * (column - 2)
        middles = start + cell * np.stack(
            [column + 0.5 + 0.2 * wobble[:, 1], row + 0.5 + 0.14 * wobble[:, 2] + slope], 1
        )
    return [
        [(np.array(line) - 0.5) * side + middle for line in digit]
        for digit, side, middle in zip(digits, sides, middles, strict=True)
    ]


def _sheet(table_sides, size, random):
    """Left, top, right and bottom of the sheet: within the picture where the table is seen, else far outside."""
    inset = np.full(4, -1.0)
    inset[random.permutation(4)[:table_sides]] = random.uniform(0.04, 0.12, table_sides)
    return np.concatenate([inset[:2] * size, (1 - inset[2:]) * size])


def _box(lines):
    points = np.concatenate(lines)
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _ink(picture, coverage, color):
    """Lays a color on the picture, in place, where coverage, 0 to 1, is."""
    picture += coverage[..., np.newaxis] * (np.array(color, np.float32) - picture)


def _paper(scene, view, sheet, height, size, random):
    """The sheet before anybody wrote on it, and the table that it lies on, float32 `[height, width, 3]`."""
    pixels = np.moveaxis(np.indices(size[::-1])[::-1], 0, -1).astype(np.float32)
    x, y = np.moveaxis(camera.project(np.linalg.inv(view).astype(np.float32), pixels), -1, 0)
    texture = 1 + 0.01 * camera.grain(size, 1, random) + 0.008 * camera.clouds(size, (9, 7), random)
    picture = texture[..., np.newaxis] * np.array(scene["paper"], np.float32)
    if scene["smear"]:
        wiped = camera.clouds(size, (4, 9), random) + camera.clouds(size, (9, 5), random)
        picture += (scene["smear"] * np.clip(1 + wiped, 0, 3) / 2)[..., np.newaxis].astype(np.float32)
    color = _choose(RULES, random)
    spacing = height * random.uniform(0.22, 0.5) * (1 if scene["squared"] else 2.2)
    for along, strength in ((y, scene["ruled"] + scene["squared"]), (x, scene["squared"])):
        if strength:
            away = np.abs((along / spacing + random.random()) % 1 - 0.5) * spacing
            _ink(picture, strength * np.clip(max(0.7, 0.02 * spacing) + 0.5 - away, 0, 1), color)
    if round(scene["table"]):
        inside = np.minimum(np.minimum(x - sheet[0], sheet[2] - x), np.minimum(y - sheet[1], sheet[3] - y))
        wood = 1 + 0.08 * camera.clouds(size, (4, 90), random) + 0.05 * camera.grain(size, (0.7, 20), random)
        wood *= 1 - 0.5 * np.exp(np.minimum(inside, 0) / (0.012 * size[0]))  # the sheet's shadow
        table = wood[..., np.newaxis] * np.array(_choose(TABLES, random), np.float32)
        picture += np.clip(0.5 - inside, 0, 1)[..., np.newaxis] * (table - picture)
    return picture


def _printed(scene, digits, view, sheet, height, size, random):
    """Coverage by a frame, around all digits, each of them or the sheet, and by specks."""
    canvas = Image.new("L", tuple(FINE * size))
    brush = ImageDraw.Draw(canvas)
    if scene["frame"]:
        limits = np.concatenate([np.maximum(sheet[:2], 0), np.minimum(sheet[2:], size)])
        limits += 0.4 * MARGIN * np.concatenate([size, -size])
        boxes = (lambda: [limits], lambda: [_box(sum(digits, []))], lambda: [_box(digit) for digit in digits])
        gap = height * random.uniform(0.15, 0.22) * np.array([-1, -1, 1, 1])
        width = round(FINE * max(1.5, height * random.uniform(0.012, 0.03)))
        for left, top, right, bottom in _choose(list(boxes), random)() + gap:
            left, top = np.maximum([left, top], limits[:2])
            right, bottom = np.minimum([right, bottom], limits[2:])
            corners = camera.project(view, [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
            brush.line([tuple(corner) for corner in FINE * corners], fill=230, width=width, joint="curve")
    for _ in range(round(scene["specks"])):
        middle, radii = random.random(2) * size, height * random.uniform(0.006, 0.025) * random.uniform(0.6, 1.2, 2)
        brush.ellipse([*(FINE * (middle - radii)), *(FINE * (middle + radii))], fill=int(random.integers(120, 256)))
    return np.asarray(canvas.reduce(FINE), np.float32) / 255


def _drawn(scene, digits, pen, size, random):
    """Coverage by what a pen drew."""
    canvas = Image.new("L", tuple(FINE * size))
    brush = ImageDraw.Draw(canvas)
    for points in (FINE * line for digit in digits for line in digit):
        pressure = ndimage.gaussian_filter1d(random.standard_normal((2, len(points))), 2.5, axis=1) / 0.33
        radius, darkness = 1 - scene["uneven"] * np.clip(0.5 + 0.5 * pressure, 0, 1)
        radius, darkness = FINE * pen / 2 * radius, (255 * darkness).astype(int)
        before = points[0]
        for point, r, fill in zip(points, radius, darkness.tolist(), strict=True):
            brush.line([*before, *point], fill=fill, width=max(1, round(2 * r)))
            brush.ellipse([*(point - r), *(point + r)], fill=fill)
            before = point
    coverage = np.asarray(canvas.reduce(FINE), np.float32) / 255
    if scene["grain"]:
        coverage *= np.clip(1 - scene["grain"] * (0.8 + camera.grain(size, 0.8 + 0.04 * pen, random)), 0, 1)
    return coverage


def _typed(digits, size):
    """Coverage by digits of fonts."""
    canvas = Image.new("L", tuple(FINE * size))
    brush = ImageDraw.Draw(canvas)
    for outline in sorted((FINE * line for digit in digits for line in digit), key=lambda line: -abs(_area(line))):
        brush.polygon([*map(tuple, outline)], fill=255 if _area(outline) > 0 else 0)  # holes turn the other way round
    return np.asarray(canvas.reduce(FINE), np.float32) / 255


def _area(outline):
    (x, y), (next_x, next_y) = outline[:-1].T, outline[1:].T
    return (x * next_y - next_x * y).sum() / 2
