"""Practice digits, drawn by strokes: for a machine that cannot reach MNIST. No image of it was copied or traced.

A writer has a hand: slant, width, pen, habits. A digit is one of the ways of writing it in `strokes`, bent as that
hand bends it, drawn as a smooth line of uneven width, and prepared as MNIST's digits were: fitted in a box of 20×20
pixels, and put with its center of mass at pixel (14, 14) of 28×28.

The same digits come out on every machine: only additions, multiplications, divisions and square roots of doubles
are used, which are exact everywhere, and random numbers straight from a bit generator with a fixed stream.
"""

import numpy as np

from mnist_helpers import centering, strokes
from mnist_helpers.centering import BOX, SIDE

VERSION = 1  # of the digits; raise it when they change, so that no cache keeps the old ones
SEED = 0

POINTS = 64  # along a digit's line, evenly spaced
STEPS = 8  # of the curve from one control point to the next
MARGIN = 6  # pixels around the image while it is drawn
WINDOW = 8  # pixels; no piece of the line inks more than a square of this side
WRITER_NUMBERS, DIGIT_NUMBERS = 40, 500  # random numbers for each writer and for each digit


def digits(writers):
    """Draws ten digits, 0 to 9 in an order of its own, for each writer.

    Args:
        writers: iterable of whole numbers from 0 on. A writer's digits are the same whoever else is drawn.

    Returns:
        `(images, classes)`: uint8 `[10 * writers, 28, 28]`, 0 for black to 255 for white ink, and uint8
        `[10 * writers]`, 0 to 9.

    Example:

    >>> images, classes = practice.digits(range(100))
    >>> images.shape
    (1000, 28, 28)
    """
    line, lifted, classes, habit, mood = _write(writers)
    radius, softness = _pen(habit, mood), 0.9 + 0.6 * mood.uniform()
    tremble = mood.spread(POINTS, 2) * _column(0.5 * mood.uniform(), 2)
    ink = _ink(_fit(line, tremble, radius, softness), radius, lifted, softness)
    return centering.center(ink), classes


def lines(writers):
    """Writes the digits of `digits` as lines, to be drawn with another pen or as large as you like.

    Args:
        writers: as for `digits`.

    Returns:
        `(digits, classes)`: a list of `10 * writers` digits, and uint8 `[10 * writers]`, 0 to 9. A digit is a list of
        lines, each a list of points `[x, y]` from 0 to 1, from the top left. It is in the middle of a unit square,
        whose sides its longer side reaches.

    Example:

    >>> digits, classes = practice.lines(range(1))
    >>> pad.lines = digits[0]
    """
    line, lifted, classes, _, _ = _write(writers)
    low, high = line.min(axis=1), line.max(axis=1)
    extent = _column((high - low).max(axis=1), 2)
    points = np.clip((line - ((low + high) / 2)[:, np.newaxis]) / extent + 0.5, 0, 1)
    return [_strokes(*digit) for digit in zip(points.tolist(), lifted, strict=True)], classes


def _write(writers):
    """The line `[count, POINTS, 2]`, where it is lifted, the classes, and what is left of the chance."""
    writers = list(writers)
    habit, mood = np.empty((len(writers), WRITER_NUMBERS)), np.empty((len(writers), 10, DIGIT_NUMBERS))
    for row, writer in enumerate(writers):
        raw = np.random.PCG64([SEED, writer]).random_raw(WRITER_NUMBERS + 10 * DIGIT_NUMBERS)
        numbers = (raw >> np.uint64(11)) / (1 << 53)  # doubles from 0 to 1
        habit[row], mood[row] = numbers[:WRITER_NUMBERS], numbers[WRITER_NUMBERS:].reshape(10, DIGIT_NUMBERS)
    habit = Chance(np.repeat(habit, 10, axis=0))  # of the writer: the same for all ten digits
    mood = Chance(mood.reshape(-1, DIGIT_NUMBERS))  # of the moment: another for each digit
    classes = mood.uniform().reshape(-1, 10).argsort(axis=1, kind="stable").reshape(-1)
    # Most writers are neat, a few are wild: all that varies, varies with this.
    wildness = 0.35 + 1.1 * np.square(habit.uniform()) * (0.5 + 0.5 * mood.uniform())

    way = _choose_way(classes, habit, mood)
    control_points = _blend(way, habit, mood)
    control_points += mood.bell(strokes.LONGEST, 2) * _column(0.02 * (0.4 + 1.2 * habit.uniform()) * wildness, 2)
    curve, lifted = smooth_curve(control_points, way, sharpness=np.minimum(1, 0.96 * np.sqrt(habit.uniform())))
    curve = _bend(curve, classes, wildness, habit, mood)
    line, lifted = _walk(curve, lifted, way, mood)
    line = _round_off(line, lifted, hastiness=np.minimum(1, 1.2 * habit.uniform() * mood.uniform()))
    line += _wave(mood.bell(9, 2) * _column(0.012 * wildness, 2))
    return line, lifted, classes.astype(np.uint8), habit, mood


def _strokes(points, lifted):
    """Cuts a list of points into lines, where the pen is lifted between one point and the next."""
    strokes_of_digit = [[points[0]]]
    for point, jump in zip(points[1:], lifted, strict=True):
        if jump:
            strokes_of_digit.append([])
        strokes_of_digit[-1].append(point)
    return strokes_of_digit


class Chance:
    """Hands out random numbers, a few columns at a time; each row belongs to one digit.

    Args:
        numbers: float64 `[count, columns]`, uniform in [0, 1).
    """

    def __init__(self, numbers):
        self._numbers, self._next = numbers, 0

    def uniform(self, *shape):
        """Returns numbers from 0 to 1, float64 `[count, *shape]`."""
        size = int(np.prod(shape, dtype=int))
        columns = self._numbers[:, self._next : self._next + size]
        self._next += size
        return columns.reshape(len(columns), *shape)

    def spread(self, *shape):
        """Returns numbers from -1 to 1, all as likely, float64 `[count, *shape]`."""
        return 2 * self.uniform(*shape) - 1

    def bell(self, *shape):
        """Returns numbers around 0, small ones likelier, standard deviation about 1, float64 `[count, *shape]`."""
        total = self.uniform(*shape) + self.uniform(*shape) + self.uniform(*shape)
        return np.clip(2 * total - 3, -2.2, 2.2)


def _column(numbers, axes):
    """One number a digit, with so many axes added that it multiplies arrays of that many more."""
    return numbers.reshape(-1, *[1] * axes)


def _choose_way(classes, habit, mood):
    """The row of `strokes.WAYS` for each digit: the writer's usual way of writing it, or now and then another."""
    digit = np.arange(len(classes))
    usual, other = habit.uniform(10)[digit, classes], mood.uniform()
    pick = np.where(mood.uniform() < 0.5, usual, other)
    return (strokes.UP_TO[classes] <= pick[:, np.newaxis]).sum(axis=1) + strokes.FIRST[classes]


def _blend(way, habit, mood):
    """Control points `[count, LONGEST, 2]` somewhere between three variants of the way."""
    variants = strokes.VARIANT_COUNT[way]
    second_share = 1.1 * mood.uniform() - 0.05  # a little less or more than the variants themselves
    third_share = mood.uniform() * np.maximum(0, 1 - np.abs(second_share))
    shares = (1 - second_share - third_share, second_share, third_share)
    picks = (habit.uniform(), mood.uniform(), mood.uniform())
    return sum(
        _column(share, 2) * strokes.CONTROL_POINTS[way, (pick * variants).astype(int)]
        for share, pick in zip(shares, picks, strict=True)
    )


def smooth_curve(points, way, sharpness):
    """Draws a smooth curve through control points: cubic Hermite pieces, with two directions at a corner.

    Args:
        points: float64 `[count, strokes.LONGEST, 2]`, x and y.
        way: integers `[count]`, the row of `strokes.WAYS` that each digit follows.
        sharpness: float64 `[count]`, from 0 for corners that are rounded off to 1 for sharp ones.

    Returns:
        `(curve, lifted)`: float64 `[count, STEPS * (strokes.LONGEST - 1) + 1, 2]`, and for each piece of it whether
        the pen is lifted, boolean `[count, STEPS * (strokes.LONGEST - 1)]`.

    Example:

    >>> way = strokes.FIRST[[4, 7]]
    >>> curve, lifted = practice.smooth_curve(strokes.CONTROL_POINTS[way, 0], way, np.ones(2))
    """
    starts, ends = strokes.STARTS[way], strokes.ENDS[way]
    chord = points[:, 1:] - points[:, :-1]
    length = np.sqrt(np.square(chord).sum(axis=2))[..., np.newaxis] + 1e-6
    direction = chord / length
    before = np.concatenate([direction[:, :1], direction], axis=1)
    after = np.concatenate([direction, direction[:, -1:]], axis=1)
    length_before = np.concatenate([length[:, :1], length], axis=1)
    length_after = np.concatenate([length, length[:, -1:]], axis=1)
    through = (before * length_after + after * length_before) / (length_before + length_after)
    corner = (strokes.CORNERS[way] * _column(sharpness, 1))[..., np.newaxis]
    leaving = np.where(starts[..., np.newaxis], after, through + (after - through) * corner)
    arriving = np.where(ends[..., np.newaxis], before, through + (before - through) * corner)

    t = (np.arange(STEPS) / STEPS)[:, np.newaxis]
    s = 1 - t
    pieces = (
        points[:, :-1, np.newaxis] * ((1 + 2 * t) * s * s)
        + (leaving[:, :-1] * length)[:, :, np.newaxis] * (t * s * s)
        + points[:, 1:, np.newaxis] * (t * t * (3 - 2 * t))
        - (arriving[:, 1:] * length)[:, :, np.newaxis] * (t * t * s)
    )
    curve = np.concatenate([pieces.reshape(len(points), -1, 2), points[:, -1:]], axis=1)
    return curve, np.repeat(ends[:, :-1], STEPS, axis=1)


def _bend(curve, classes, wildness, habit, mood):
    """Bends, widens, slants and turns the digit, around the middle of a box 0.56 wide and 1 high."""
    x, y = curve[..., 0] - 0.28, curve[..., 1] - 0.5
    wild = wildness[:, np.newaxis]
    strengths = np.array([0.24, 0.28, 0.30, 0.30, 0.20, 0.30, 0.25, 0.10])
    bow, taper, lean, snake, dip, skew, waist, tilt = (mood.bell(8) * strengths * wild).T[..., np.newaxis]
    taper = taper + 0.12 * wild * _column(habit.bell(), 1)  # the top wider than the bottom, or narrower
    waist = waist + 0.10 * wild * _column(habit.bell(), 1)  # the middle higher or lower
    y = y + np.clip(waist, -0.8, 0.8) * y * y
    x, y = (
        x * (1 + np.clip(2 * taper * y, -0.45, 0.45)) + bow * y * y + lean * x * x + snake * y * y * y,
        y + dip * x * x + skew * x * y + tilt * x,
    )
    width = np.clip(1.3 + wildness * (0.27 * habit.bell() + 0.12 * mood.bell()), 0.8, 2.1)
    width = np.where(classes == 7, np.maximum(width, 1.15), width)  # a narrow 7 would be a 1
    slant = np.clip(0.1 + wildness * (0.26 * habit.bell() + 0.06 * mood.bell()), -0.4, 0.75)
    x = x * _column(width, 1) - _column(slant, 1) * y
    half_turn = _column(np.clip(wildness * (0.025 * habit.bell() + 0.03 * mood.bell()), -0.14, 0.14), 1)
    # Sine and cosine from the tangent of half the angle: exact on every machine, as sin and cos are not.
    cosine, sine = (1 - half_turn**2) / (1 + half_turn**2), 2 * half_turn / (1 + half_turn**2)
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=-1)


def _walk(curve, lifted, way, mood):
    """The line the pen draws, `[count, POINTS, 2]`: evenly spaced, begun and ended a little early or late."""
    step = curve[:, 1:] - curve[:, :-1]
    length = np.where(lifted, 0, np.sqrt(np.square(step).sum(axis=2)))
    walked = np.concatenate([np.zeros((len(curve), 1)), np.cumsum(length, axis=1)], axis=1)
    begin, end = 0.1 * mood.uniform() - 0.05, 1.05 - 0.1 * mood.uniform()
    share = np.arange(POINTS) / (POINTS - 1)
    distance = (_column(begin, 1) + _column(end - begin, 1) * share) * walked[:, -1:]
    piece = (walked[:, np.newaxis, 1:] <= distance[:, :, np.newaxis]).sum(axis=2)
    piece = np.minimum(piece, _column(strokes.COUNT[way] - 1, 1) * STEPS - 1)
    digit = np.arange(len(curve))[:, np.newaxis]
    beyond = (distance - walked[digit, piece]) / (length[digit, piece] + 1e-9)
    line = curve[digit, piece] + step[digit, piece] * beyond[..., np.newaxis]
    stroke = np.concatenate([np.zeros((len(curve), 1), int), np.cumsum(lifted, axis=1)], axis=1)[digit, piece]
    return line, stroke[:, 1:] != stroke[:, :-1]


def _round_off(line, lifted, hastiness):
    """Rounds loops and corners off, as a hasty hand does; the strokes' ends stay."""
    always = np.ones((len(line), 1), bool)
    fixed = np.concatenate([always, lifted], axis=1) | np.concatenate([lifted, always], axis=1)
    smooth = line
    for _ in range(12):
        inner = (smooth[:, :-2] + 2 * smooth[:, 1:-1] + smooth[:, 2:]) / 4
        inner = np.concatenate([smooth[:, :1], inner, smooth[:, -1:]], axis=1)
        smooth = np.where(fixed[..., np.newaxis], line, inner)
    return line + (smooth - line) * _column(hastiness, 2)


def _wave(knots):
    """Numbers that change slowly along the line, `[count, POINTS, …]`, through a few `[count, knots, …]`."""
    position = np.arange(POINTS) * (knots.shape[1] - 1) / POINTS
    left = position.astype(int)
    share = position - left
    share = (share * share * (3 - 2 * share)).reshape(-1, *[1] * (knots.ndim - 2))
    return knots[:, left] + (knots[:, left + 1] - knots[:, left]) * share


def _pen(habit, mood):
    """The radius of the ink in pixels, `[count, POINTS]`: the pen's, pressure, rough edges, now and then a gap."""
    pen_radius = (0.8 + 0.6 * (habit.uniform() + habit.uniform())) * (1 + 0.12 * mood.bell())
    pen_radius = np.clip(pen_radius, 0.6, 1.9)
    radius = _column(pen_radius, 1) * (1 + _wave(0.16 * mood.bell(5)))
    radius = radius * (1 + _column(0.55 * mood.uniform(), 1) * mood.spread(POINTS))
    gap = _column(10 * POINTS * mood.uniform(), 1)  # on the line for one digit in ten
    radius = np.where(np.abs(np.arange(POINTS) - gap) < 1.5, 0.3 * radius, radius)
    return np.clip(radius, 0.15, 2.4)


def _fit(line, tremble, radius, softness):
    """Scales the line so that its ink, soft edge included, fits in the box, whose middle is that of the image."""
    reach = (radius + _column(softness, 1) / 2)[..., np.newaxis]
    widest = 2 * reach.max(axis=(1, 2))
    extent = np.maximum((line.max(axis=1) - line.min(axis=1)).max(axis=1), 0.05)
    line = line * _column((BOX - widest) / extent, 2) + tremble
    for _ in range(3):  # the ink is seldom widest at the edge of the digit, so a little more fits
        extent = ((line + reach).max(axis=1) - (line - reach).min(axis=1)).max(axis=1)
        line = line * _column((BOX - widest) / np.maximum(extent - widest, 1), 2)
    middle = ((line + reach).max(axis=1) + (line - reach).min(axis=1)) / 2
    return line + ((SIDE - 1) / 2 - middle)[:, np.newaxis]


def _ink(line, radius, lifted, softness):
    """Inks the line: uint8 `[count, SIDE + 2 * MARGIN, SIDE + 2 * MARGIN]`, with soft edges.

    All digits are drawn at once, a piece of the line at a time; where pieces overlap, the darker ink stays.
    """
    side = SIDE + 2 * MARGIN
    ink = np.zeros((len(line), side, side))
    pixels = ink.reshape(-1)
    begin, piece = line[:, :-1], line[:, 1:] - line[:, :-1]
    square_length = np.square(piece).sum(axis=2) + 1e-12
    piece_radius = np.where(lifted, -np.inf, (radius[:, :-1] + radius[:, 1:]) / 2)
    corner = np.floor(begin + piece / 2).astype(int) - WINDOW // 2 + 1
    row, column = np.divmod(np.arange(WINDOW * WINDOW), WINDOW)
    first_pixel = np.arange(len(line)) * side * side
    for index in range(POINTS - 1):
        left, top = corner[:, index, 0, np.newaxis] + column, corner[:, index, 1, np.newaxis] + row
        x, y = left - begin[:, index, 0, np.newaxis], top - begin[:, index, 1, np.newaxis]
        along_x, along_y = piece[:, index, 0, np.newaxis], piece[:, index, 1, np.newaxis]
        nearest = np.clip((x * along_x + y * along_y) / square_length[:, index, np.newaxis], 0, 1)
        x, y = x - nearest * along_x, y - nearest * along_y
        inside = piece_radius[:, index, np.newaxis] - np.sqrt(x * x + y * y)
        amount = np.clip(inside / softness[:, np.newaxis] + 0.5, 0, 1)
        pixel = first_pixel[:, np.newaxis] + (top + MARGIN) * side + left + MARGIN
        pixels[pixel] = np.maximum(pixels[pixel], amount)
    return np.floor(255 * ink + 0.5).astype(np.uint8)
