"""Photos of digits on paper: files of all kinds, what is found on them, and what is said where nothing can be."""

import io
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mnist_helpers import draw, ink, sheets
from mnist_helpers.files import photos


@pytest.fixture(scope="module")
def page():
    """Two rows of three digits by neat writers, 800×600."""
    picture, _, boxes = sheets.photo(10, 1, ("scan",), size=(1000, 500))
    return picture, boxes


def seven(size=(400, 300), ink_color=20, paper=235, mode="L"):
    """A 7 with a thick pen, left of the middle: asymmetric in each direction."""
    image = Image.new("L", size, paper)
    width, height = size
    corners = [(0.25 * width, 0.2 * height), (0.45 * width, 0.2 * height), (0.32 * width, 0.8 * height)]
    ImageDraw.Draw(image).line(corners, fill=ink_color, width=max(2, height // 20), joint="curve")
    return image.convert(mode)


def similar(image, other):
    return np.corrcoef(image.ravel(), other.ravel())[0, 1]


@pytest.fixture(scope="module")
def expected():
    """The 7, prepared from the very drawing, without a photo."""
    return ink.prepare(235 - np.asarray(seven()).astype(np.float32))


def one_digit(file):
    sheet = draw.read_photo(file)
    assert sheet.images.shape == (1, 28, 28, 1) and sheet.images.dtype == np.float32
    assert sheet.images.min() == 0 and sheet.images.max() == 1
    assert sheet.images[0, 0].max() == 0  # paper is 0, as in MNIST
    return sheet.images[0]


MODES = (
    "1",
    "L",
    "P",
    "RGB",
    "RGBA",
    "CMYK",
    "YCbCr",
    "HSV",
    "LA",
    "PA",
    "La",
    "RGBa",
    "RGBX",
    "I",
    "F",
    "I;16",
    "LAB",
)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_pillow(mode, expected):
    if mode == "I;16":
        image = Image.fromarray(np.asarray(seven()).astype(np.uint16) * 257)
    elif mode == "LAB":
        lightness = seven()
        image = Image.merge("LAB", [lightness, Image.new("L", lightness.size), Image.new("L", lightness.size)])
    elif mode in ("PA", "La", "RGBa"):
        image = seven(mode={"PA": "P", "La": "LA", "RGBa": "RGBA"}[mode]).convert(mode)
    else:
        image = seven(mode=mode)
    assert similar(one_digit(image), expected) > 0.9


@pytest.mark.parametrize("brightest", [1, 4095, 65535])
def test_numbers_of_any_range(brightest, expected):
    numbers = np.asarray(seven(), np.float32) / 255 * brightest
    image = Image.fromarray(numbers if brightest == 1 else numbers.astype(np.uint16))
    assert similar(one_digit(image), expected) > 0.9


def test_ink_on_transparent_paper(expected):
    ink_only = Image.new("RGBA", (400, 300))
    ink_only.putalpha(Image.eval(seven(), lambda level: 255 if level < 128 else 0))
    file = io.BytesIO()
    ink_only.save(file, "PNG")
    assert similar(one_digit(file), expected) > 0.9


@pytest.mark.parametrize("orientation", range(1, 9))
def test_cameras_that_were_turned(orientation, tmp_path, expected):
    turns = [
        None,
        "FLIP_LEFT_RIGHT",
        "ROTATE_180",
        "FLIP_TOP_BOTTOM",
        "TRANSPOSE",
        "ROTATE_90",
        "TRANSVERSE",
        "ROTATE_270",
    ]
    turn = turns[orientation - 1]  # what undoes the turn that EXIF asks for
    stored = seven(mode="RGB") if turn is None else seven(mode="RGB").transpose(getattr(Image.Transpose, turn))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "turned.jpg", exif=exif)
    assert similar(one_digit(tmp_path / "turned.jpg"), expected) > 0.9


@pytest.mark.parametrize("format_name", ["BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP", "PPM"])
def test_formats_whatever_the_file_is_called(format_name, tmp_path, expected):
    path = tmp_path / "digit.jpg"
    seven(mode="L").save(path, format_name)
    assert similar(one_digit(str(path)), expected) > 0.9
    with open(path, "rb") as file:
        assert similar(one_digit(file), expected) > 0.9


@pytest.mark.parametrize("size", [(40, 30), (133, 100), (1600, 1200), (4000, 3000)])
def test_photos_of_any_size(size, expected):
    assert similar(one_digit(seven(size)), expected) > 0.85


# Not by `resource`, whose peak begins with that of the process that starts this one.
MEMORY = """
import pathlib, re, sys
from mnist_helpers import draw
sheet = draw.read_photo(sys.argv[1])
peak = re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]
print(len(sheet.images), int(peak) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells a process's peak memory in kilobytes")
@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_108_megapixels_take_less_than_a_gigabyte(format_name, tmp_path):
    path = tmp_path / "large"
    seven((1200, 900), mode="RGB").resize((12000, 9000)).save(path, format_name, compress_level=1)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", MEMORY, path], capture_output=True, text=True, check=True
    )
    count, megabytes = map(int, done.stdout.split())
    assert count == 1 and megabytes < 1024
    assert done.stderr == ""


def test_reading_order_and_boxes(page):
    picture, boxes = page
    sheet = draw.read_photo(picture)
    assert len(sheet.images) == len(boxes)
    scale = sheet.picture.shape[1] / picture.width
    np.testing.assert_allclose(sheet.boxes, boxes * scale, atol=6)


@pytest.mark.parametrize("angle", [-8, -4, 4, 8])
def test_reading_order_on_a_turned_sheet(angle, page):
    picture, boxes = page
    straight = draw.read_photo(picture).images
    turned = draw.read_photo(picture.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=(240, 240, 236)))
    assert len(turned.images) == len(boxes)
    likeness = np.corrcoef(straight.reshape(len(straight), -1), turned.images.reshape(len(boxes), -1))[:10, 10:]
    assert (likeness.argmax(axis=1) == np.arange(len(boxes))).mean() > 0.8


@pytest.mark.parametrize("size", [(3000, 200), (200, 3000)])
def test_a_narrow_strip(size):
    picture, _, (box,) = sheets.photo(1, 9_003, ("scan",), size=(800, 600))
    digit = picture.crop(tuple(int(edge) for edge in box)).resize((110, 150))
    strip = Image.new("RGB", size, picture.getpixel((5, 5)))
    for place in (300, 900, 2_500):
        strip.paste(digit, (place, 25) if size[0] > size[1] else (45, place))
    assert len(draw.read_photo(strip).images) == 3


@pytest.mark.parametrize("condition", sheets.CONDITIONS)
def test_each_condition(condition):
    """Of two photos that the measured figures don't use, each must show its digits, and nothing else."""
    for seed in (9_001, 9_002):
        picture, _, boxes = sheets.photo(1, seed, (condition,), size=(800, 600))
        sheet = draw.read_photo(picture)
        assert len(sheet.images) == 1, seed
        scale = sheet.picture.shape[1] / picture.width
        size = (boxes[0, 2:] - boxes[0, :2]).max() * scale
        np.testing.assert_allclose(sheet.boxes[0], boxes[0] * scale, atol=0.15 * size + 4)


def test_a_page_under_mixed_conditions():
    picture, _, boxes = sheets.photo(20, 9_001, ("shadow", "noise", "ruled", "turned"))
    sheet = draw.read_photo(picture)
    middles = (sheet.boxes[:, :2] + sheet.boxes[:, 2:]) / 2 * picture.width / sheet.picture.shape[1]
    np.testing.assert_allclose(middles, (boxes[:, :2] + boxes[:, 2:]) / 2, atol=12)


def test_a_five_with_a_bar_of_its_own_is_one_digit():
    image = Image.new("L", (300, 300), 240)
    brush = ImageDraw.Draw(image)
    brush.arc((90, 120, 190, 240), 200, 520, fill=20, width=14)
    brush.line((100, 160, 108, 90), fill=20, width=14)
    brush.line((125, 80, 190, 80), fill=20, width=14)
    assert len(draw.read_photo(image).images) == 1


def test_a_line_under_a_stroke_leaves_it_whole():
    plain, ruled = seven((800, 600)), seven((800, 600))
    for row in range(40, 600, 60):
        ImageDraw.Draw(ruled).line((0, row, 800, row), fill=150, width=3)
    assert similar(one_digit(ruled), one_digit(plain)) > 0.95


def test_the_steps_are_drawn(page):
    sheet = draw.read_photo(page[0])
    figure = sheet.steps()
    titles = [axis.get_title() for part in figure.subfigs for axis in part.axes]
    assert titles[:4] == ["1. as taken", "2. paper evened out", "3. ink found", "4. digits cut apart"]
    assert "10 digits" in figure.alt
    shown = [axis.images[0].get_array() for axis in figure.subfigs[1].axes if axis.images]
    np.testing.assert_array_equal(np.stack(shown), sheet.images[..., 0])


def cat():
    """Fur: texture everywhere, and nothing that is paper."""
    random = np.random.default_rng(0)
    fur = Image.fromarray(random.integers(0, 256, (600, 800), dtype=np.uint8)).filter(ImageFilter.GaussianBlur(2))
    levels = np.asarray(fur, np.float32)
    return Image.fromarray(np.clip((levels - levels.mean()) * 5 + 128, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image.new("RGB", (400, 300), "white"), "No digit was found"),
        (Image.new("RGB", (400, 300), "black"), "No digit was found"),
        (Image.new("RGB", (1000, 1), "white"), "No digit was found"),
        (cat(), "Take the photo so that paper fills it|No digit was found"),
    ],
    ids=["white", "black", "one row of pixels", "fur"],
)
def test_nothing_to_read(image, words):
    with pytest.raises(ValueError, match=words):
        draw.read_photo(image)


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7\n%", "is a PDF. Save it as JPEG"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\n<!DOCTYPE html><html></html>", "a web page. Save it as JPEG"),
        (HEIC, "a HEIC photo. Save it as JPEG"),
        (b"PK\x03\x04" + 100 * b"x", "ZIP"),
        (b"some text", "no picture"),
    ],
)
def test_files_that_are_no_pictures(content, words, tmp_path):
    path = tmp_path / "page.jpg"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        draw.read_photo(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF"])
def test_half_a_file(format_name, tmp_path):
    file = io.BytesIO()
    cat().save(file, format_name)
    path = tmp_path / "half"
    path.write_bytes(file.getvalue()[: len(file.getvalue()) // 2])
    with pytest.raises(ValueError, match="damaged or cut off"):
        draw.read_photo(path)


def test_paths_that_lead_nowhere(tmp_path):
    with pytest.raises(FileNotFoundError, match="Check its name"):
        draw.read_photo(tmp_path / "missing.jpg")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        draw.read_photo(tmp_path)
    with pytest.raises(TypeError, match="expected is a path"):
        draw.read_photo(np.zeros((28, 28)))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "secret.jpg"
    seven().save(path)
    path.chmod(0)
    with pytest.raises(PermissionError, match="may not be read"):
        draw.read_photo(path)


def test_pillows_own_limit_stays():
    before = Image.MAX_IMAGE_PIXELS
    draw.read_photo(seven())
    assert Image.MAX_IMAGE_PIXELS == before
    huge = Image.new("1", (photos.MOST_PIXELS // 10_000 + 1, 10_000))
    with pytest.raises(ValueError, match="expected are at most 250,000,000"):
        draw.read_photo(huge)
