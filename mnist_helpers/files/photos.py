"""Opens a picture file of any kind: upright, in color, and no larger than needed."""

import contextlib
import io
import math
import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError
from scipy import ndimage

MOST_PIXELS = 250_000_000
TURNS = {  # what EXIF's orientation asks for
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ORIENTATION = 0x0112
KINDS = (  # how files begin that Pillow doesn't read
    ((b"%PDF",), "a PDF"),
    ((b"<svg", b"<?xml"), "an SVG or XML file"),
    ((b"<!", b"<html", b"<head"), "a web page"),
    ((b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1"), "a HEIC photo"),
    ((b"ftypavif",), "an AVIF picture"),
    ((b"ftyp", b"\x1a\x45\xdf\xa3"), "a video"),
    ((b"PK\x03\x04",), "a ZIP archive or an office document"),
)


def load(file, longest):
    """Opens a picture.

    Args:
        file: a path, a binary file or a `PIL.Image.Image`.
        longest: pixels; how long the longer side may be. Larger pictures are shrunk, the largest while they are read.

    Returns:
        float32 `[height, width, 3]` in [0, 1]: red, green, blue. What is transparent lies on white paper.

    Raises:
        OSError: there is no such file, or it can't be read.
        TypeError: `file` is something else.
        ValueError: it isn't a picture that Pillow reads, is damaged, or has more than 250 million pixels.

    Example:

    >>> picture = photos.load("sheet.jpg", longest=1400)
    """
    with _no_limit():
        if isinstance(file, Image.Image):
            return _load(file, "The picture", longest)
        if hasattr(file, "read"):
            name, source = getattr(file, "name", "The file"), file if file.seekable() else io.BytesIO(file.read())
        elif isinstance(file, (str, os.PathLike)):
            name = source = Path(file).expanduser()
        else:
            raise TypeError(
                f"file is of the type {type(file).__name__}; expected is a path, an opened file or a PIL image. Of an "
                "array, PIL.Image.fromarray makes an image; of bytes, io.BytesIO makes a file."
            )
        with _open(source, name) as image:
            if image.format == "JPEG":
                image.draft(None, (longest, longest))  # decodes an eighth, a quarter or half of the size
            return _load(image, name, longest)


def _open(source, name):
    try:
        return Image.open(source)
    except UnidentifiedImageError:
        raise ValueError(f"{name} is {_kind(source)}. Save it as JPEG or PNG, then read that file.") from None
    except FileNotFoundError:
        raise FileNotFoundError(
            f"There is no file {name}, seen from the folder {Path.cwd()}. Check its name; in Colab, drop the file "
            "into the folder on the left first."
        ) from None
    except IsADirectoryError:
        raise IsADirectoryError(f"{name} is a folder; expected is the file of a picture in it.") from None
    except PermissionError:
        raise PermissionError(
            f"{name} may not be read by you. Change its permissions, or copy it to a folder of your own."
        ) from None
    except OSError as error:
        raise OSError(f"{name} can't be read: {error.strerror or error}. Copy it to this machine first.") from error
    except TypeError:
        raise TypeError(f'{name} is opened as text. Open it with open(path, "rb"), or pass its path.') from None
    except Exception as error:  # whatever a decoder raises
        raise _damaged(name, error) from error


def _load(image, name, longest):
    if image.width * image.height > MOST_PIXELS:
        raise ValueError(
            f"{name} has {image.width:,}×{image.height:,} pixels; expected are at most {MOST_PIXELS:,} in all. Save it "
            "smaller."
        )
    try:
        return _to_array(image, longest)
    except Exception as error:  # whatever a decoder raises
        raise _damaged(name, error) from error


def _damaged(name, error):
    return ValueError(
        f"{name} is damaged or cut off ({error}). Copy or download it again, or open it elsewhere and save it as JPEG."
    )


@contextlib.contextmanager
def _no_limit():
    """Lets Pillow open what it would take for an attack; `MOST_PIXELS` is the limit here."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():  # of EXIF data that are damaged, for example
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _kind(source):
    """What a file seems to be, from how it begins."""
    if hasattr(source, "read"):
        source.seek(0)
        start = source.read(512)
    else:
        with open(source, "rb") as opened:
            start = opened.read(512)
    if not start:
        return "empty"
    beginning = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for marks, kind in KINDS:
        if any(beginning.startswith(mark.lower()) or start[4:].startswith(mark) for mark in marks):
            return kind
    return "no picture, or of a kind that can't be read here"


def _to_array(image, longest):
    factor = max(1, max(image.size) // longest)
    convert = _from_numbers if image.mode.startswith(("I", "F")) else _from_colors
    # A strip after the other, since a photo of 108 megapixels takes 0.4 GB in four channels.
    step = 64 * factor
    strips = [
        convert(image.crop((0, top, image.width, min(image.height, top + step))), factor)
        for top in range(0, image.height, step)
    ]
    picture = np.concatenate(strips)
    if picture.shape[2] == 1:
        picture = _to_range(picture)
    elif picture.shape[2] == 4:
        picture = _on_paper(picture)
    if image.mode == "1":  # grays are patterns of black and white, as in a newspaper
        picture = ndimage.gaussian_filter(picture, (1.5, 1.5, 0))
    picture = resize(picture, min(1, longest / max(picture.shape)))
    orientation = image.getexif().get(ORIENTATION)
    if orientation in TURNS:
        channels = [Image.fromarray(channel).transpose(TURNS[orientation]) for channel in np.moveaxis(picture, 2, 0)]
        picture = np.stack([np.asarray(channel) for channel in channels], axis=2)
    return np.clip(picture, 0, 1)


def _from_numbers(strip, factor):
    """A strip of 16 or 32 bits, or of floats, float32 `[height, width, 1]`."""
    numbers = Image.fromarray(np.nan_to_num(np.asarray(strip).astype(np.float32)))
    return np.asarray(numbers.reduce(factor) if factor > 1 else numbers)[..., np.newaxis]


def _from_colors(strip, factor):
    """A strip of 8 bits a channel, or of a palette: float32 `[height, width, 3 or 4]` in [0, 1]."""
    transparent = "transparency" in strip.info or strip.mode in ("RGBA", "LA", "PA", "La", "RGBa")
    if strip.mode == "LAB":
        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        strip = ImageCms.profileToProfile(strip, lab, rgb, outputMode="RGB")
    if strip.mode == "La":
        strip = strip.convert("LA")
    strip = strip.convert("RGBA" if transparent else "RGB")
    return np.asarray(strip.reduce(factor) if factor > 1 else strip, np.float32) / 255


def _to_range(gray):
    """Gray numbers, whose range depends on the camera, as three channels in [0, 1]."""
    darkest, brightest = min(0.0, float(gray.min())), float(gray.max())
    white = next((full for full in (1, 255, 4095, 65535) if brightest <= full), brightest)
    return np.repeat((gray - darkest) / (white - darkest), 3, axis=2)


def _on_paper(pixels):
    """Transparent colors on white paper, or on black where only white ink was painted."""
    colors, alpha = pixels[..., :3], pixels[..., 3:]
    on_white = colors * alpha + (1 - alpha)
    return colors * alpha if np.ptp(on_white) < 0.1 < np.ptp(alpha) else on_white


def resize(picture, scale):
    """Shrinks or enlarges a picture, float32 `[height, width, channels]`, by a factor."""
    if scale == 1:
        return picture
    height, width = (max(1, math.ceil(side * scale)) for side in picture.shape[:2])
    filter_name = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    channels = [Image.fromarray(channel).resize((width, height), filter_name) for channel in np.moveaxis(picture, 2, 0)]
    return np.stack([np.asarray(channel) for channel in channels], axis=2)
