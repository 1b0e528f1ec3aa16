"""A digit of the reader's own: prepared as MNIST's were, and drawn on the pad."""

import base64
import gzip
import io

import idx
import matplotlib.style
import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_helpers import draw

WIDGET = "application/vnd.jupyter.widget-view+json"


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
    image = draw.prepare(slanted_line)
    assert (image.shape, image.dtype) == ((28, 28, 1), np.float32)
    assert (image.min(), image.max()) == (0, 1)
    left, top, right, bottom = box(image[..., 0])
    assert (right - left, bottom - top) == (12, 20)
    assert center_of_mass(image[..., 0]) == pytest.approx((14, 14), abs=0.5)


def test_each_pixel_is_the_mean_of_those_it_stands_for(slanted_line):
    image = draw.prepare(slanted_line)[..., 0]
    left, top, _, _ = box(slanted_line)
    ink = slanted_line[top : top + 40, left : left + 24].astype(float)
    means = np.array([[ink[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].mean() for x in range(12)] for y in range(20)])
    left, top, right, bottom = box(image)
    np.testing.assert_allclose(image[top:bottom, left:right], means / means.max(), atol=1e-6)


def test_place_brightness_type_and_direction_do_not_matter(slanted_line):
    image = draw.prepare(slanted_line)
    np.testing.assert_array_equal(draw.prepare(np.roll(slanted_line, (60, 200), axis=(0, 1))), image)
    np.testing.assert_allclose(draw.prepare(slanted_line / 255), image, atol=1e-6)
    np.testing.assert_allclose(draw.prepare(slanted_line.astype(np.float64) * 7), image, atol=1e-4)
    assert box(draw.prepare(slanted_line.T)[..., 0]) != box(image[..., 0])
    wide = box(draw.prepare(slanted_line.T)[..., 0])
    assert (wide[2] - wide[0], wide[3] - wide[1]) == (20, 12)


def test_small_thin_and_lopsided_pictures():
    dot = np.zeros((9, 9), np.uint8)
    dot[4, 4] = 1
    assert box(draw.prepare(dot)[..., 0]) == (4, 4, 24, 24)  # grown to 20×20
    hair = np.zeros((400, 300), np.uint8)
    hair[50:350, 100] = 255
    left, top, right, bottom = box(draw.prepare(hair)[..., 0])
    assert (right - left, bottom - top) == (1, 20)
    assert draw.prepare(np.eye(300)).max() == 1  # a diagonal hair, too thin to fill a pixel
    hammer = np.zeros((60, 60), np.uint8)  # nearly all ink is at its top: centered, its end would be cut off
    hammer[10:12, 10:50], hammer[12:50, 30] = 255, 1
    assert box(draw.prepare(hammer)[..., 0])[3] == 28


def test_a_line_is_centered_on_its_middle_pixel():
    """Of an odd number of pixels one is the middle: it must come to row, or column, 14 and not to 13."""
    for width in (1, 3, 5, 7, 9):
        line = np.pad(np.ones((20, width), np.uint8), ((0, 0), (5, 30)))
        left, _, right, _ = box(draw.prepare(line)[..., 0])
        assert (left, right - 1) == (14 - width // 2, 14 + width // 2)
        _, top, _, bottom = box(draw.prepare(line.T)[..., 0])
        assert (top, bottom - 1) == (14 - width // 2, 14 + width // 2)


def test_on_average_the_center_of_mass_is_the_middle():
    random = np.random.default_rng(0)
    centers = []
    for _ in range(300):
        blots = np.zeros((60, 60))
        for row, column in random.integers(5, 45, (6, 2)):
            blots[row : row + random.integers(3, 15), column : column + random.integers(3, 15)] = 1
        centers.append(center_of_mass(draw.prepare(blots)[..., 0]))
    assert np.mean(centers, axis=0) == pytest.approx((14, 14), abs=0.06)


def test_mnists_own_digits_come_back(mnist_folder):
    path = next(mnist_folder.glob(f"{idx.TRAIN_IMAGES}*"))
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    images = np.frombuffer(content[16 : 16 + 3000 * 784], np.uint8).reshape(-1, 28, 28)
    prepared = np.stack([draw.prepare(image)[..., 0] for image in images])
    changed = np.abs(prepared - images / 255).max(axis=(1, 2)) > 1 / 250
    assert changed.mean() < 0.002  # a few are 19 pixels long
    on_a_sheet = [draw.prepare(np.pad(image, ((3, 90), (40, 7))))[..., 0] for image in images[:200]]
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
    for function in (draw.prepare, draw.preparation):
        with pytest.raises(ValueError, match=message):
            function(picture)


def test_dark_ink_on_light_paper(slanted_line):
    with pytest.raises(ValueError, match=r"brightness 255; .* invert the picture \(255 - picture\)"):
        draw.prepare(255 - slanted_line)


def test_the_steps_are_drawn(slanted_line):
    figure = draw.preparation(slanted_line)
    titles = ["as drawn\n120×300", "cropped\n40×24", "scaled\n20×12", "centered\n28×28"]
    assert [axis.get_title() for axis in figure.axes] == titles
    last = figure.axes[-1]
    np.testing.assert_array_equal(last.images[0].get_array(), draw.prepare(slanted_line)[..., 0])
    (row, column), (x, y) = center_of_mass(last.images[0].get_array().data), last.lines[-1].get_xydata()[0]
    assert (y, x) == pytest.approx((row, column), abs=1e-4)


def test_what_is_drawn_on_the_pad(capsys):
    pad = draw.Pad()
    pad.set_state({"lines": [[[0.25, 0.5], [0.75, 0.5]], [[0.5, 0.1]]]})  # as a front end does
    picture = pad.picture
    assert (picture.shape, picture.dtype, set(picture.flat)) == ((280, 280), np.uint8, {0, 255})
    line, dot = picture.copy(), picture.copy()
    line[:60], dot[60:] = 0, 0
    assert box(line) == pytest.approx((59, 129, 221, 151), abs=2)  # 140 pixels long, 22 wide, with round ends
    assert box(dot) == pytest.approx((129, 17, 151, 39), abs=2)
    assert capsys.readouterr().out == ""


def test_a_sample_digit_where_nobody_drew(capsys):
    picture = draw.Pad().picture
    assert "Nothing is drawn on the pad, so here is a sample digit." in capsys.readouterr().out
    left, top, right, bottom = box(picture)
    assert 0 < left < right < 140 and 0 < top < bottom < 180  # small, and near a corner
    np.testing.assert_array_equal(picture, draw.Pad().picture)


NOTEBOOK = """\
from mnist_helpers import draw
pad = draw.Pad()
pad
---
pad.lines = [[[0.2, 0.2], [0.8, 0.8]]]
pad
---
print(pad.picture[140, 140], pad.picture[0, 0])"""


@pytest.mark.slow
def test_the_pad_in_a_notebook(run_notebook):
    ((empty,), (drawn,), printed), client = run_notebook(NOTEBOOK)
    assert set(empty.data) == set(drawn.data) == {WIDGET, "text/html", "image/png", "text/plain"}
    assert empty.data["text/plain"] == "<Picture: The drawing pad, with a sample digit.>"
    assert empty.metadata["image/png"]["alt"] == "The drawing pad, with a sample digit."
    assert drawn.data["text/plain"] == "<Picture: The drawing pad, with what is drawn on it.>"
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn.data["image/png"]))))
    assert picture.shape == (280, 280) and picture[140, 140] == 255 and picture[60, 220] == 0
    assert printed[0].text == "255 0\n"
    state = client.widget_state[empty.data[WIDGET]["model_id"]]
    assert state["lines"] == [[[0.2, 0.2], [0.8, 0.8]]]
    assert "export default { render };" in state["_esm"]


def test_the_readers_settings_change_nothing(slanted_line):
    expected = draw.preparation(slanted_line).png(dpi=40)
    with matplotlib.style.context("dark_background"), matplotlib.rc_context({"image.origin": "lower", "font.size": 20}):
        assert draw.preparation(slanted_line).png(dpi=40) == expected
