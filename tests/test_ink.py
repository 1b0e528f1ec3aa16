"""A picture of a digit, prepared as MNIST's were."""

import gzip

import idx
import matplotlib.style
import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_helpers import ink


@pytest.fixture
def slanted_line():
    """A thick line from the top left of a wide sheet, and a blot at its lower end; 40 rows high, 24 columns wide."""
    sheet = Image.new("L", (300, 120))
    ImageDraw.Draw(sheet).line((12, 10, 20, 49), fill=200, width=5)
    ImageDraw.Draw(sheet).rectangle((14, 40, 33, 49), fill=200)
    ImageDraw.Draw(sheet).rectangle((10, 10, 12, 12), fill=200)
    return np.asarray(sheet)


def center_of_mass(image):
    """Row and column, pixel by pixel."""
    total = row_sum = column_sum = 0
    for row, line in enumerate(image.tolist()):
        for column, value in enumerate(line):
            total, row_sum, column_sum = total + value, row_sum + value * row, column_sum + value * column
    return row_sum / total, column_sum / total


def box(image):
    """Left, top, right and bottom of the ink, by Pillow."""
    return Image.fromarray((image > 0).astype(np.uint8)).getbbox()


def test_the_ink_fills_mnists_box_and_is_centered(slanted_line):
    left, top, right, bottom = box(slanted_line)
    assert (right - left, bottom - top) == (24, 40)
    image = ink.prepare(slanted_line)
    assert (image.shape, image.dtype) == ((28, 28, 1), np.float32)
    assert (image.min(), image.max()) == (0, 1)
    left, top, right, bottom = box(image[..., 0])
    assert (right - left, bottom - top) == (12, 20)
    assert center_of_mass(image[..., 0]) == pytest.approx((14, 14), abs=0.5)


def test_each_pixel_is_the_mean_of_those_it_stands_for(slanted_line):
    image = ink.prepare(slanted_line)[..., 0]
    left, top, _, _ = box(slanted_line)
    strokes = slanted_line[top : top + 40, left : left + 24].astype(float)
    means = np.array([[strokes[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].mean() for x in range(12)] for y in range(20)])
    left, top, right, bottom = box(image)
    np.testing.assert_allclose(image[top:bottom, left:right], means / means.max(), atol=1e-6)


def test_place_brightness_type_and_direction_do_not_matter(slanted_line):
    image = ink.prepare(slanted_line)
    np.testing.assert_array_equal(ink.prepare(np.roll(slanted_line, (60, 200), axis=(0, 1))), image)
    np.testing.assert_allclose(ink.prepare(slanted_line / 255), image, atol=1e-6)
    np.testing.assert_allclose(ink.prepare(slanted_line.astype(np.float64) * 7), image, atol=1e-4)
    assert box(ink.prepare(slanted_line.T)[..., 0]) != box(image[..., 0])
    wide = box(ink.prepare(slanted_line.T)[..., 0])
    assert (wide[2] - wide[0], wide[3] - wide[1]) == (20, 12)


def test_small_thin_and_lopsided_pictures():
    dot = np.zeros((9, 9), np.uint8)
    dot[4, 4] = 1
    assert box(ink.prepare(dot)[..., 0]) == (4, 4, 24, 24)  # grown to 20×20
    hair = np.zeros((400, 300), np.uint8)
    hair[50:350, 100] = 255
    left, top, right, bottom = box(ink.prepare(hair)[..., 0])
    assert (right - left, bottom - top) == (3, 20)
    assert ink.prepare(np.eye(300)).max() == 1  # a diagonal hair, too thin to fill a pixel
    hammer = np.zeros((60, 60), np.uint8)  # nearly all ink is at its top: centered, its end would be cut off
    hammer[10:15, 10:50], hammer[15:50, 30] = 255, 1
    assert box(ink.prepare(hammer)[..., 0])[3] == 28


def test_a_line_is_centered_on_its_middle_pixel():
    """Of an odd number of pixels one is the middle: it must come to row, or column, 14 and not to 13."""
    for width in (3, 5, 7, 9):
        line = np.pad(np.ones((20, width), np.uint8), ((0, 0), (5, 30)))
        left, _, right, _ = box(ink.prepare(line)[..., 0])
        assert (left, right - 1) == (14 - width // 2, 14 + width // 2)
        _, top, _, bottom = box(ink.prepare(line.T)[..., 0])
        assert (top, bottom - 1) == (14 - width // 2, 14 + width // 2)


def test_on_average_the_center_of_mass_is_the_middle():
    random = np.random.default_rng(0)
    centers = []
    for _ in range(300):
        blots = np.zeros((60, 60))
        for row, column in random.integers(5, 45, (6, 2)):
            blots[row : row + random.integers(3, 15), column : column + random.integers(3, 15)] = 1
        centers.append(center_of_mass(ink.prepare(blots)[..., 0]))
    assert np.mean(centers, axis=0) == pytest.approx((14, 14), abs=0.06)


def test_mnists_own_digits_come_back(mnist_folder):
    path = next(mnist_folder.glob(f"{idx.TRAIN_IMAGES}*"))
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    images = np.frombuffer(content[16 : 16 + 3000 * 784], np.uint8).reshape(-1, 28, 28)
    prepared = np.stack([ink.prepare(image)[..., 0] for image in images])
    changed = np.abs(prepared - images / 255).max(axis=(1, 2)) > 1 / 250
    thin = np.array([ink.stroke_width(image) < ink.THINNEST for image in images / 255])
    assert changed[~thin].mean() < 0.002  # a few are 19 pixels long
    assert 0.002 < thin.mean() < 0.02  # as `THINNEST` says
    on_a_sheet = [ink.prepare(np.pad(image, ((3, 90), (40, 7))))[..., 0] for image in images[:200]]
    np.testing.assert_array_equal(on_a_sheet, prepared[:200])


@pytest.mark.parametrize(
    "picture, message",
    [
        (np.ones((28, 28, 3)), r"shape \(28, 28, 3\); expected is \(height, width\)"),
        (np.ones(784), r"shape \(784,\)"),
        (np.ones((0, 28)), r"shape \(0, 28\)"),
        (np.zeros((28, 28)), "from 0 to 0; expected is 0 for paper and more for ink. Draw a digit"),
        (np.full((28, 28), np.nan), "from nan to nan"),
        (np.eye(28) - 1, "from -1 to 0"),
        (np.eye(28, dtype=np.uint8) * 200 + 30, "brightness 30; expected is 0"),
    ],
)
def test_no_digit(picture, message):
    for function in (ink.prepare, ink.preparation):
        with pytest.raises(ValueError, match=message):
            function(picture)


def test_dark_ink_on_light_paper(slanted_line):
    with pytest.raises(ValueError, match=r"brightness 255; .* invert the picture \(255 - picture\)"):
        ink.prepare(255 - slanted_line)


def test_the_steps_are_drawn(slanted_line):
    figure = ink.preparation(slanted_line)
    titles = ["as drawn\n120×300", "cropped\n40×24", "scaled\n20×12", "centered\n28×28"]
    assert [axis.get_title() for axis in figure.axes] == titles
    last = figure.axes[-1]
    np.testing.assert_array_equal(last.images[0].get_array(), ink.prepare(slanted_line)[..., 0])
    (row, column), (x, y) = center_of_mass(last.images[0].get_array().data), last.lines[-1].get_xydata()[0]
    assert (y, x) == pytest.approx((row, column), abs=1e-4)


def seven(side, pen):
    """A 7 of lines, so many pixels high, on a sheet of 400×400."""
    sheet = Image.new("L", (4 * 400, 4 * 400))
    corners = [(200, 200), (200 + 2.4 * side, 200), (200 + side, 200 + 4 * side)]
    ImageDraw.Draw(sheet).line(corners, fill=255, width=4 * pen, joint="curve")
    return np.asarray(sheet.resize((400, 400), Image.Resampling.BOX))


@pytest.mark.parametrize("side, pen", [(60, 1), (60, 2), (60, 3), (300, 1), (300, 4), (300, 12)])
def test_thin_strokes_become_as_wide_as_mnists(side, pen):
    image = ink.prepare(seven(side, pen))[..., 0]
    left, top, right, bottom = box(image)
    assert bottom - top == 20
    # Across the slanted stroke, whose direction is known: ink per row times the cosine of the slant is its width.
    cosine = 4 / np.hypot(4, 1.4)
    width = image[top + 8 : top + 17].sum(axis=1).mean() * cosine
    assert width == pytest.approx(2.83, abs=0.45)


@pytest.mark.parametrize("pen", [30, 40, 60])
def test_strokes_as_wide_as_mnists_stay(pen):
    titles = [axis.get_title().split("\n")[0] for axis in ink.preparation(seven(300, pen)).axes]
    assert titles == ["as drawn", "cropped", "scaled", "centered"]


def test_a_thin_digit_of_any_size_comes_out_the_same():
    expected = ink.prepare(seven(300, 4))
    for side in (75, 150, 225):
        assert np.abs(ink.prepare(seven(side, 4 * side // 300)) - expected).mean() < 0.02


@pytest.mark.parametrize("pen", [1, 2, 4, 8, 20])
def test_the_width_of_a_stroke_is_measured(pen):
    line = np.zeros((80, 80), np.float32)
    line[10:70, 20 : 20 + pen] = 1
    assert ink.stroke_width(line) == pytest.approx(pen * 20 / 60, abs=0.35)


def test_the_thickened_digit_is_one_of_the_steps():
    figure = ink.preparation(seven(300, 4))
    assert [axis.get_title().split("\n")[0] for axis in figure.axes] == [
        "as drawn",
        "cropped",
        "thickened",
        "scaled",
        "centered",
    ]
    assert "thickened" in figure.alt


def test_the_readers_settings_change_nothing(slanted_line):
    expected = ink.preparation(slanted_line).png(dpi=40)
    with matplotlib.style.context("dark_background"), matplotlib.rc_context({"image.origin": "lower", "font.size": 20}):
        assert ink.preparation(slanted_line).png(dpi=40) == expected
