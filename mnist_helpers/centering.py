"""What MNIST's makers did to each digit: fitted it into a box of 20×20 pixels, and centered it in 28×28.

That is what MNIST's 60,000 training digits show: the longer side is 20 (19 in 13 of them), the center of mass at most
half a pixel from (14, 14), counted from 0, and 254 or 255 the brightest pixel. Drawn, printed and practice digits are
all centered here.
"""

import numpy as np
from PIL import Image

BOX, SIDE, MIDDLE = 20, 28, 14  # pixels


def steps(picture):
    """Prepares a picture of a digit as MNIST's makers did theirs, step by step.

    Args:
        picture: float array `[height, width]`, ink bright on paper that is 0. Some of it is ink.

    Returns:
        `(cropped, scaled, centered)`: float32 arrays with 1 as the brightest: the ink alone; the same with its longer
        side 20 pixels long; and that with its center of mass at the middle of `[28, 28]`, as whole pixels allow.

    Example:

    >>> cropped, scaled, centered = centering.steps(picture)
    """
    cropped = crop(picture)
    height, width = (max(1, round(BOX * side / max(cropped.shape))) for side in cropped.shape)
    scaled = np.asarray(Image.fromarray(cropped).resize((width, height), Image.Resampling.BOX))
    scaled = scaled / scaled.max()
    return cropped, scaled, center(scaled[np.newaxis])[0]


def crop(picture):
    """Cuts a picture `[height, width]` down to its ink, float32 with 1 as the brightest. Some of it is ink."""
    picture = np.asarray(picture, np.float32) / picture.max()
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def center(ink):
    """Puts each image's center of mass at pixel (14, 14) of 28×28, as whole pixels allow without cutting ink off.

    Exact on every machine for whole numbers, as `practice` needs it.

    Args:
        ink: array `[count, height, width]`, 0 where there is no ink, and some ink in each image. All ink of an image
            lies within 28×28 pixels.

    Returns:
        An array `[count, 28, 28]` of the same type.

    Example:

    >>> images = centering.center(ink)
    """
    top, left = _start(ink, rows=True), _start(ink, rows=False)
    padded = np.pad(ink, ((0, 0), (SIDE, SIDE), (SIDE, SIDE)))
    image = np.arange(len(ink))[:, np.newaxis, np.newaxis]
    rows = (top + SIDE)[:, np.newaxis, np.newaxis] + np.arange(SIDE)[:, np.newaxis]
    columns = (left + SIDE)[:, np.newaxis, np.newaxis] + np.arange(SIDE)
    return padded[image, rows, columns]


def center_of_mass(ink, rows):
    """Returns the centers of mass of images `[count, height, width]` along rows or columns, float64 `[count]`."""
    mass = _mass(ink, rows)
    return (mass * np.arange(mass.shape[1])).sum(axis=1) / mass.sum(axis=1)


def _mass(ink, rows):
    """The ink in each row, or column, of each image."""
    return ink.sum(axis=2 if rows else 1, dtype=np.int64 if ink.dtype.kind in "iu" else np.float64)


def _start(ink, rows):
    """The row, or column, of each image at which the 28 that are kept begin."""
    inked = _mass(ink, rows) > 0
    first, last = inked.argmax(axis=1), inked.shape[1] - 1 - inked[:, ::-1].argmax(axis=1)
    start = np.floor(center_of_mass(ink, rows) - MIDDLE + 0.5).astype(int)
    return np.clip(start, last - SIDE + 1, first)
