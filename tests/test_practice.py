"""Practice digits: the same ones everywhere, prepared as MNIST was, each drawn where its pen goes, and varied."""

import ast
import hashlib
import inspect
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mnist_helpers import centering, fonts, pad, practice, strokes

# Of the images and classes of the first 100 writers, by PINNED_VERSION of the drawing.
PINNED_VERSION = 1
PINNED_SHA256 = "62db1f086e04acee3fa9e4731c86a364d509998823fb8b9250d02d849389f488"

MIDDLE = 14  # of 28 pixels, numbered from 0: where MNIST's centers of mass are
WRITERS, OTHER_WRITERS = range(200), range(6_000, 6_100)  # the others write test digits

# NumPy functions with the same result on every machine: they move numbers, compare or count them, round them, or are
# among the operations for which IEEE 754 prescribes every bit: + - * / and the square root.
EXACT = set(
    "abs arange array clip concatenate cumsum divmod empty float64 floor inf int64 maximum minimum newaxis ones pad "
    "prod repeat sqrt square stack uint64 uint8 where zeros".split()
)
RANDOM = {"random", "PCG64"}
INEXACT_METHODS = {"dot", "matmul", "mean", "std", "var", "normal", "standard_normal", "exponential", "choice"}


@pytest.fixture(scope="module")
def drawn():
    """The digits of WRITERS, with what was handed to `_ink` and what it made, and which way each digit follows."""
    with pytest.MonkeyPatch.context() as patch:
        seen, ink, choose_way = {}, practice._ink, practice._choose_way

        def seeing_ink(line, radius, lifted, softness):
            seen["pen"] = line, radius, lifted, softness
            seen["canvas"] = ink(line, radius, lifted, softness)
            return seen["canvas"].copy()

        def seeing_choice(*arguments):
            seen["way"] = choose_way(*arguments)
            return seen["way"]

        patch.setattr(practice, "_ink", seeing_ink)
        patch.setattr(practice, "_choose_way", seeing_choice)
        images, classes = practice.digits(WRITERS)
    return SimpleNamespace(images=images, classes=classes, **seen)


def chances(count, columns, seed=0):
    return practice.Chance(np.random.default_rng(seed).random((count, columns)))


def all_ways(variant=0):
    """Control points of every way of writing, and the ways."""
    way = np.arange(len(strokes.WAYS))
    return strokes.CONTROL_POINTS[way, variant], way


# --- what is returned ---


def test_shapes_types_and_ranges():
    images, classes = practice.digits(writer for writer in (3, 0, 8))  # any iterable will do
    assert (images.shape, images.dtype) == ((30, 28, 28), np.uint8)
    assert (classes.shape, classes.dtype) == ((30,), np.uint8)
    assert images.min() == 0 and images.max() == 255


def test_each_writer_writes_each_digit_once_in_an_order_of_its_own(drawn):
    by_writer = drawn.classes.reshape(-1, 10)
    np.testing.assert_array_equal(np.sort(by_writer, axis=1), np.tile(np.arange(10), (len(WRITERS), 1)))
    assert len({order.tobytes() for order in by_writer}) == len(WRITERS)


def test_no_two_digits_are_equal(drawn):
    others, _ = practice.digits(OTHER_WRITERS)
    assert len({image.tobytes() for image in [*drawn.images, *others]}) == 10 * (len(WRITERS) + len(OTHER_WRITERS))


# --- the same everywhere ---


def test_the_drawing_is_pinned():
    images, classes = practice.digits(range(100))
    drawn_sha256 = hashlib.sha256(images.tobytes() + classes.tobytes()).hexdigest()
    assert (practice.VERSION, drawn_sha256) == (PINNED_VERSION, PINNED_SHA256), (
        f"practice.digits(range(100)) of version {practice.VERSION} now has the SHA-256 {drawn_sha256}. Was the "
        f"drawing meant to change? Then raise practice.VERSION, so that no cache keeps the old digits, and write it "
        f"and this figure into PINNED_VERSION and PINNED_SHA256. If not, this machine draws other digits than others "
        f"do: find the operation that is not exact."
    )


def test_a_writers_digits_do_not_depend_on_who_else_is_drawn(drawn):
    def assert_drawn_by(writers, images, classes):
        at = (10 * np.array(writers)[:, np.newaxis] + np.arange(10)).reshape(-1)
        np.testing.assert_array_equal(images, drawn.images[at])
        np.testing.assert_array_equal(classes, drawn.classes[at])

    chunks = [practice.digits(chunk) for chunk in (range(1), range(1, 8), range(8, 20))]
    assert_drawn_by(range(20), *map(np.concatenate, zip(*chunks, strict=True)))
    for writers in (range(19, -1, -1), [17, 3, 199, 3]):
        assert_drawn_by(writers, *practice.digits(writers))


def test_numpys_global_random_numbers_play_no_part():
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    first = practice.digits(range(2))
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    np.random.seed(2)
    for one, other in zip(first, practice.digits(range(2)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_seed_draws_other_digits(drawn, monkeypatch):
    monkeypatch.setattr(practice, "SEED", practice.SEED + 1)
    images, _ = practice.digits(range(20))
    assert not {image.tobytes() for image in images} & {image.tobytes() for image in drawn.images}


def test_only_exact_operations():
    """sin, exp, powers, matrix products, means and normal random numbers differ in the last bit between machines."""
    exact = [Path(practice.__file__).read_text(encoding="utf-8")]
    exact += map(inspect.getsource, (centering.center, centering.center_of_mass, centering._mass, centering._start))
    tree = ast.parse("\n".join(exact))
    names = {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "np"
    }
    unknown = names - EXACT - RANDOM
    assert not unknown, f"Is np.{unknown.pop()} exact on every machine? Only then add it to EXACT."
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert node.attr not in INEXACT_METHODS, ast.unparse(node)
        if isinstance(node, ast.BinOp):
            assert not isinstance(node.op, ast.MatMult), ast.unparse(node)
            if isinstance(node.op, ast.Pow):  # a square is a product
                assert ast.unparse(node.right) == "2", ast.unparse(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            assert ast.unparse(node) in (
                "import numpy as np",
                "from mnist_helpers import centering, strokes",
                "from mnist_helpers.centering import BOX, SIDE",
            )


# --- chance ---


def test_chance_hands_out_each_number_once_and_in_order():
    numbers = np.random.default_rng(0).random((3, 10))
    chance = practice.Chance(numbers)
    np.testing.assert_array_equal(chance.uniform(), numbers[:, 0])
    np.testing.assert_array_equal(chance.uniform(2, 3), numbers[:, 1:7].reshape(3, 2, 3))
    np.testing.assert_array_equal(chance.spread(3), 2 * numbers[:, 7:] - 1)


@pytest.mark.parametrize("shape", [(), (4,), (2, 2)])
def test_chance_that_runs_out_is_an_error(shape):
    chance = chances(2, 5)
    chance.uniform(5 if shape == () else 2)
    with pytest.raises(ValueError):
        chance.uniform(*shape)


@pytest.mark.parametrize("name", ["WRITER_NUMBERS", "DIGIT_NUMBERS"])
def test_too_few_numbers_are_an_error(name, monkeypatch):
    monkeypatch.setattr(practice, name, getattr(practice, name) // 2)
    with pytest.raises(ValueError):
        practice.digits(range(2))


def test_bell_is_around_zero_with_standard_deviation_one():
    numbers = chances(1, 300_000).bell(100_000)
    assert abs(numbers.mean()) < 0.02
    assert numbers.std() == pytest.approx(1, abs=0.03)
    assert np.abs(numbers).max() <= 2.2
    assert 0.6 < (np.abs(numbers) < 1).mean() < 0.75  # of uniform ones it would be 0.58


# --- prepared as MNIST was ---


def longer_side(mask):
    """Height or width in pixels of what is true in each of the masks `[count, rows, columns]`."""
    return [max(np.ptp(rows), np.ptp(columns)) + 1 for rows, columns in map(np.nonzero, mask)]


def test_each_fits_mnists_box(drawn):
    """All ink, the soft edge included, is within the box of 20 pixels; rounding may cost the faintest row."""
    any_ink = longer_side(drawn.images > 0)
    assert set(any_ink) <= {19, 20}
    assert np.mean(np.equal(any_ink, 20)) > 0.95


def test_each_is_centered(drawn):
    # Whole pixels: the center of mass is at most half of one away from the middle.
    for image in drawn.images:
        for axis in np.indices(image.shape):
            assert abs(np.average(axis, weights=image) - MIDDLE) <= 0.501


def test_centering_moves_and_cuts_nothing_else():
    canvas = np.zeros((4, 40, 40), np.uint8)
    blob = np.arange(1, 10, dtype=np.uint8).reshape(3, 3) * 28
    corners = [(13, 14), (14, 23), (23, 13), (18, 19)]  # within the digit's box, so that the canvas is wide enough
    for ink, (top, left) in zip(canvas, corners, strict=True):
        ink[top : top + 3, left : left + 3] = blob
    for image in centering.center(canvas):
        rows, columns = np.nonzero(image)
        np.testing.assert_array_equal(image[rows.min() :, columns.min() :][:3, :3], blob)
        assert len(rows) == 9
        assert abs(np.average(rows, weights=image[rows, columns]) - MIDDLE) <= 0.501
        assert abs(np.average(columns, weights=image[rows, columns]) - MIDDLE) <= 0.501


def test_white_ink_on_black_with_soft_edges(drawn):
    brightest = drawn.images.max(axis=(1, 2))
    assert (brightest == 255).mean() > 0.95 and brightest.min() > 200
    black = (drawn.images == 0).mean(axis=(1, 2))  # of MNIST, 55 to 96 %
    assert black.min() > 0.45 and black.max() < 0.97
    gray = ((drawn.images > 0) & (drawn.images < 255)).sum(axis=(1, 2))
    assert gray.min() >= 20


def test_the_border_is_black_and_no_ink_is_lost(drawn):
    """A digit with its mass far to one side may touch the border, as one in a hundred of MNIST does."""
    inside = drawn.images.copy()
    inside[:, 1:-1, 1:-1] = 0
    assert (inside.max(axis=(1, 2)) > 0).mean() < 0.1
    before, after = (ink.sum(axis=(1, 2), dtype=np.int64) for ink in (drawn.canvas, drawn.images))
    assert (after < before).mean() < 0.01
    assert (after > 0.95 * before).all()


# --- the ink is where the pen was ---


def brute_force_ink(line, radius, lifted, softness, side=practice.SIDE + 2 * practice.MARGIN):
    """One digit's ink: each pixel takes the darkest of what each piece of the line leaves there."""
    y, x = np.indices((side, side)) - practice.MARGIN
    ink = np.zeros((side, side))
    for index in range(len(line) - 1):
        if lifted[index]:
            continue
        (x0, y0), (x1, y1) = line[index], line[index + 1]
        length = np.hypot(x1 - x0, y1 - y0)
        ahead_x, ahead_y = ((x1 - x0) / length, (y1 - y0) / length) if length else (1, 0)
        along = (x - x0) * ahead_x + (y - y0) * ahead_y
        aside = (x - x0) * ahead_y - (y - y0) * ahead_x
        distance = np.hypot(aside, np.where(along < 0, along, np.maximum(along - length, 0)))
        amount = ((radius[index] + radius[index + 1]) / 2 - distance) / softness + 0.5
        ink = np.maximum(ink, np.clip(amount, 0, 1))
    return 255 * ink


SHARE = np.linspace(0, 1, practice.POINTS)[:, np.newaxis]
SIMPLE_LINES = {
    "vertical": [14, 4] + SHARE * [0, 19],
    "horizontal, right to left": [23.3, 13.6] + SHARE * [-19, 0],
    "diagonal": [4.5, 22.9] + SHARE * [18, -19],
    "circle": 13.5 + 9 * np.concatenate([np.sin(6.3 * SHARE), np.cos(6.3 * SHARE)], axis=1),
    "a dot": np.full((practice.POINTS, 2), 9.25),
}


@pytest.mark.parametrize("name", SIMPLE_LINES)
def test_ink_of_a_simple_line_against_brute_force(name):
    line = SIMPLE_LINES[name]
    radius = np.linspace(0.4, 2.2, practice.POINTS)
    lifted = np.arange(practice.POINTS - 1) // 10 == 3
    softness = 1.3
    (ink,) = practice._ink(line[np.newaxis], radius[np.newaxis], lifted[np.newaxis], np.array([softness]))
    np.testing.assert_allclose(ink, brute_force_ink(line, radius, lifted, softness), atol=0.5001)
    assert ink.dtype == np.uint8 and ink.any()


def test_ink_of_real_digits_against_brute_force(drawn):
    """It also shows that the window around each piece is wide enough: the ink outside would be missing.

    Two levels of 255 are granted: the faintest edge of the very widest pen may reach beyond the window.
    """
    for canvas, *pen in zip(drawn.canvas[:200], *drawn.pen, strict=False):
        np.testing.assert_allclose(canvas, brute_force_ink(*pen), atol=2.5)


def test_digits_inked_together_do_not_mix(drawn):
    for index in (0, 1, 57, len(drawn.canvas) - 1):
        (alone,) = practice._ink(*(array[index : index + 1] for array in drawn.pen))
        np.testing.assert_array_equal(alone, drawn.canvas[index])


# --- the line that the pen follows ---


@pytest.mark.parametrize("sharpness", [0, 0.5, 1])
def test_the_curve_passes_through_its_control_points(sharpness):
    points, way = all_ways()
    curve, lifted = practice.smooth_curve(points, way, np.full(len(way), float(sharpness)))
    np.testing.assert_allclose(curve[:, :: practice.STEPS], points, atol=1e-12)
    assert (curve.shape[1], lifted.shape[1]) == (practice.STEPS * (strokes.LONGEST - 1) + 1, curve.shape[1] - 1)


def directions(curve):
    """Of each piece between two control points, the direction at its begin and end: the slope of the cubic there."""
    t = practice.STEPS
    samples = np.stack([curve[:, step : curve.shape[1] - t + step : t] for step in range(t + 1)])
    begin = -11 * samples[0] + 18 * samples[1] - 9 * samples[2] + 2 * samples[3]  # exact for a cubic
    end = 11 * samples[t] - 18 * samples[t - 1] + 9 * samples[t - 2] - 2 * samples[t - 3]
    return [slope / np.maximum(np.linalg.norm(slope, axis=2, keepdims=True), 1e-12) for slope in (begin, end)]


def test_the_curve_through_points_of_a_circle_is_round():
    round_way = np.flatnonzero(~strokes.CORNERS.any(axis=1) & (strokes.STARTS.sum(axis=1) == 1))[:1]
    angle = 0.4 * np.arange(strokes.LONGEST)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)[np.newaxis]
    curve, _ = practice.smooth_curve(points, round_way, np.ones(1))
    radius = np.linalg.norm(curve[0, : practice.STEPS * (strokes.COUNT[round_way[0]] - 1)], axis=1)
    np.testing.assert_allclose(radius[practice.STEPS : -practice.STEPS], 1, atol=0.002)  # a chord is 0.02 away


@pytest.mark.parametrize("sharpness", [0.0, 1.0])
def test_the_curve_turns_only_at_sharp_corners_and_new_strokes(sharpness):
    points, way = all_ways()
    begin, end = directions(practice.smooth_curve(points, way, np.full(len(way), sharpness))[0])
    chord = np.diff(points, axis=1)
    chord /= np.maximum(np.linalg.norm(chord, axis=2, keepdims=True), 1e-12)
    corners = 0
    for row in way:
        for point in range(1, strokes.COUNT[row] - 1):
            arriving, leaving = end[row, point - 1], begin[row, point]
            if strokes.STARTS[row, point] or strokes.ENDS[row, point]:
                continue
            if strokes.CORNERS[row, point] and sharpness == 1:
                corners += 1
                np.testing.assert_allclose(arriving, chord[row, point - 1], atol=1e-4)
                np.testing.assert_allclose(leaving, chord[row, point], atol=1e-4)
            else:
                np.testing.assert_allclose(arriving, leaving, atol=1e-6)
    assert (corners > 0) == (sharpness == 1)


def test_the_pen_is_lifted_between_strokes_and_nowhere_else():
    points, way = all_ways()
    _, lifted = practice.smooth_curve(points, way, np.ones(len(way)))
    for row, up in zip(way, lifted.reshape(len(way), -1, practice.STEPS), strict=True):
        count = strokes.COUNT[row]
        assert (up == up[:, :1]).all()
        np.testing.assert_array_equal(up[: count - 1, 0], strokes.STARTS[row, 1:count])


def test_the_walk_is_even_and_jumps_where_the_pen_is_lifted():
    points, way = all_ways()
    curve, lifted = practice.smooth_curve(points, way, np.ones(len(way)))
    # 0.5 and 0.5: begun and ended right where the strokes are.
    line, jumps = practice._walk(curve, lifted, way, practice.Chance(np.full((len(way), 2), 0.5)))
    step = np.linalg.norm(np.diff(line, axis=1), axis=2)
    for row in way:
        count = strokes.COUNT[row]
        inside = curve[row, : practice.STEPS * (count - 1) + 1]
        length = np.linalg.norm(np.diff(inside, axis=0), axis=1)[~lifted[row, : len(inside) - 1]].sum()
        assert jumps[row].sum() == strokes.STARTS[row, 1:count].sum()
        drawn_steps = step[row][~jumps[row]]
        assert drawn_steps.max() <= length / (practice.POINTS - 1) + 1e-9  # a chord is shorter than its arc
        assert np.median(drawn_steps) > 0.9 * length / (practice.POINTS - 1)
        np.testing.assert_allclose(line[row, 0], inside[0], atol=1e-6)
        np.testing.assert_allclose(line[row, -1], inside[-1], atol=1e-6)


def test_no_ink_where_the_pen_is_lifted(monkeypatch):
    """Everyone writes an equals sign: whatever the hand, the middle between its two lines stays black."""
    points = np.array([[0.18, 0], [0.28, 0], [0.38, 0], [0.18, 1], [0.28, 1], [0.38, 1]])
    equals_sign = SimpleNamespace(
        LONGEST=6,
        COUNT=np.array([6]),
        VARIANT_COUNT=np.array([1]),
        CONTROL_POINTS=points[np.newaxis, np.newaxis],
        CORNERS=np.zeros((1, 6), bool),
        STARTS=np.array([[True, False, False, True, False, False]]),
        ENDS=np.array([[False, False, True, False, False, True]]),
        FIRST=np.zeros(10, int),
        UP_TO=np.ones((10, 1)),
    )
    monkeypatch.setattr(practice, "strokes", equals_sign)
    images, _ = practice.digits(range(50))
    gaps = []
    for image in images:
        inked = np.flatnonzero(image.any(axis=1))
        below = np.diff(inked).argmax() + 1
        gaps.append(inked[below] - inked[below - 1] - 1)
        assert image[: inked[below]].sum() > 0.05 * image.sum() < image[inked[below] :].sum()  # both lines are there
    assert min(gaps) >= 1 and np.median(gaps) > 7  # rows without any ink


# --- variety ---


def test_ways_are_chosen_by_their_weights():
    count = 4_000
    classes = np.tile(np.arange(10), count)
    way = practice._choose_way(classes, chances(10 * count, 10, seed=1), chances(10 * count, 2, seed=2))
    first = 0
    for digit, styles in strokes.STYLES.items():
        weights = np.array([weight for weight, _ in styles])
        expected = weights / weights.sum()
        chosen = np.bincount(way[classes == digit] - first, minlength=len(styles)) / count
        np.testing.assert_array_less(np.abs(chosen - expected), 4.5 * np.sqrt(expected / count))
        first += len(styles)


def test_a_writer_has_a_usual_way_but_not_for_ever():
    count = 2_000
    habits = np.random.default_rng(3).random((20, 10))
    usual = []
    for habit in habits:
        habit = practice.Chance(np.tile(habit, (count, 1)))
        way = practice._choose_way(np.full(count, 2), habit, chances(count, 2, seed=4))
        numbers, times = np.unique(way, return_counts=True)
        assert 0.4 < times.max() / count < 1
        usual.append(numbers[times.argmax()])
    assert len(set(usual)) > 3


def test_several_ways_of_writing_each_digit_occur(drawn):
    for digit, styles in strokes.STYLES.items():
        ways = np.unique(drawn.way[drawn.classes == digit]) - strokes.FIRST[digit]
        assert ways.min() >= 0 and ways.max() < len(styles)
        assert len(ways) >= max(3, len(styles) / 2)


@pytest.mark.parametrize("digit", [1, 4, 7])
def test_in_one_stroke_and_in_two(digit, drawn):
    """With a foot or without, closed or open, plain or crossed."""
    stroke_count = strokes.STARTS.sum(axis=1)[drawn.way]
    assert {1, 2} <= set(stroke_count[drawn.classes == digit])


def moments(images):
    """Slant (how far x moves as y goes up by one), width (its standard deviation) and ink of each image."""
    ink = images / 255
    total = ink.sum(axis=(1, 2))
    y, x = (
        axis - (axis * ink).sum(axis=(1, 2), keepdims=True) / total.reshape(-1, 1, 1) for axis in np.indices((28, 28))
    )
    slant = -(ink * x * y).sum(axis=(1, 2)) / (ink * y * y).sum(axis=(1, 2))
    return slant, np.sqrt((ink * x * x).sum(axis=(1, 2)) / total), total


@pytest.mark.parametrize("digit", range(10))
def test_writers_differ(digit, drawn):
    """At least half of the spread of MNIST's digits, which is 0.22 or more, 0.68 pixels and 24 %."""
    slant, width, ink = moments(drawn.images[drawn.classes == digit])
    assert len(slant) == len(WRITERS)
    assert slant.std() > 0.11
    assert width.std() > 0.34
    assert ink.std() / ink.mean() > 0.12


def test_a_writers_digits_have_something_in_common(drawn):
    """Who slants a 2 slants a 5, who writes one wide writes the other wide, and both come from one pen."""
    by_class = np.argsort(drawn.classes.reshape(-1, 10), axis=1)
    for measure, correlation in zip(moments(drawn.images), (0.3, 0.1, 0.25), strict=True):
        of_writer = np.take_along_axis(measure.reshape(-1, 10), by_class, axis=1)
        assert np.corrcoef(of_writer.T)[~np.eye(10, dtype=bool)].mean() > correlation


# --- readable, and as hard as MNIST ---


def test_the_nearest_mean_digit_reads_other_writers(drawn):
    """No network needed: of MNIST, the nearest of ten mean images reads 82 % (79 % with the means of 2,000)."""
    flat = drawn.images.reshape(-1, 784).astype(float)
    means = np.array([flat[drawn.classes == digit].mean(axis=0) for digit in range(10)])
    images, classes = practice.digits(OTHER_WRITERS)
    images = images.reshape(-1, 1, 784).astype(float)
    right = np.square(images - means).sum(axis=2).argmin(axis=1) == classes
    assert 0.65 < right.mean() < 0.92


def test_a_font_shows_the_same_digits(drawn):
    """A drawn 3 is a 3 in everyone's eyes: to most digits from fonts, the nearest drawn digit is of the same class."""
    flat = drawn.images.reshape(-1, 784) / 255
    images, classes = fonts.digits(10 * len(fonts.FONTS))
    nearest = [np.square(image.reshape(784) - flat).sum(axis=1).argmin() for image in images]
    assert (drawn.classes[nearest] == classes).mean() > 0.6


# --- the same digits as lines ---


def test_lines_have_the_classes_of_the_digits(drawn):
    digits, classes = practice.lines(WRITERS)
    np.testing.assert_array_equal(classes, drawn.classes)
    assert classes.dtype == np.uint8 and len(digits) == len(classes)


def test_lines_can_be_drawn_on_the_pad():
    pad.check_lines(practice.lines([3])[0][0])
    json.dumps(practice.lines([3])[0])  # no NumPy numbers: a browser gets them


def test_lines_reach_opposite_sides_of_the_square_and_are_in_its_middle():
    for digit in practice.lines(range(20))[0]:
        points = np.concatenate(digit)
        low, high = points.min(axis=0), points.max(axis=0)
        assert max(high - low) == pytest.approx(1)
        np.testing.assert_allclose(low + high, 1, atol=1e-9)
        assert low.min() >= 0 and high.max() <= 1


def test_lines_are_those_that_the_ink_of_the_digits_follows(drawn):
    """Both put into a box of 20 pixels; what differs is the tremble of points and edges."""
    for digit, inked in zip(practice.lines(WRITERS)[0], drawn.pen[0], strict=True):
        inked = inked - (inked.min(axis=0) + inked.max(axis=0)) / 2
        inked *= 20 / np.ptp(inked, axis=0).max()
        np.testing.assert_allclose(20 * (np.concatenate(digit) - 0.5), inked, atol=2)


def test_lines_end_where_the_pen_is_lifted(drawn):
    digits, _ = practice.lines(WRITERS)
    strokes_of_ways = strokes.STARTS[drawn.way].sum(axis=1)
    assert [len(digit) for digit in digits] == strokes_of_ways.tolist()
    for digit in digits:
        points = np.concatenate(digit)
        steps = np.concatenate([np.linalg.norm(np.diff(line, axis=0), axis=1) for line in digit])
        assert len(points) == practice.POINTS
        assert steps.max() < 0.25  # a line has no jumps
