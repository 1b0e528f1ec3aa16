"""Digits drawn with fonts, prepared as MNIST's were: a second exam that no network here was trained for."""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mnist_helpers import centering

# These come with Matplotlib, so every machine draws the same digits.
FONTS = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral", "DejaVuSans-Bold", "cmr10")


def digits(count=20):
    """Draws digits, 0 to 9 again and again, each round in another font.

    As MNIST's digits were, each is scaled to fit a box of 20×20 pixels, and its center of mass is put at pixel
    (14, 14) of 28×28 (see `centering`).

    Args:
        count: how many digits, 1 to 60 (ten in each of six fonts).

    Returns:
        `(images, classes)`: float32 `[count, 28, 28, 1]` in [0, 1], white on black, and int64 `[count]`, 0 to 9.

    Raises:
        ValueError: `count` is not within 1 to 60.

    Example:

    >>> images, classes = fonts.digits(20)
    >>> classes[:12]
    array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    """
    if not 1 <= count <= 10 * len(FONTS):
        raise ValueError(f"count is {count}; expected is a number from 1 to {10 * len(FONTS)}.")
    classes = np.arange(count) % 10
    images = [_draw(str(digit), FONTS[index // 10]) for index, digit in enumerate(classes)]
    return np.stack(images)[..., np.newaxis], classes


def _draw(text, font_name):
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    font = ImageFont.truetype(folder / f"{font_name}.ttf", size=100)
    large = Image.new("L", (200, 200))
    ImageDraw.Draw(large).text((50, 30), text, fill=255, font=font)
    return centering.steps(np.asarray(large, np.float32))[-1]
