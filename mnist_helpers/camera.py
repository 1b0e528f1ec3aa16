"""How a camera sees a sheet of paper: from aside, in bad light, and with noise (see `sheets`)."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage


def view(turn, tilt, size):
    """Makes the matrix that takes the sheet to the picture: turned, tilted, and from so far away that all of it fits.

    Args:
        turn: degrees.
        tilt: float array `[2]`, how much smaller the right side and the lower side appear, as fractions.
        size: int array `[2]`, the picture's width and height; the sheet's are the same before it's turned.

    Returns:
        float64 `[3, 3]`, for `project`.

    Example:

    >>> matrix = camera.view(5, np.zeros(2), np.array([1600, 1200]))
    """
    sine, cosine = np.sin(np.radians(turn)), np.cos(np.radians(turn))
    to_middle = np.array([[1, 0, -size[0] / 2], [0, 1, -size[1] / 2], [0, 0, 1]])
    matrix = np.array([[cosine, -sine, 0], [sine, cosine, 0], [*(2 * tilt / size), 1]]) @ to_middle
    corners = project(matrix, size * [[0, 0], [1, 0], [0, 1], [1, 1]])
    shrink = 1 / max(1, (np.abs(corners) / (size / 2)).max())
    return np.linalg.inv(to_middle) @ np.diag([shrink, shrink, 1]) @ matrix


def project(matrix, points):
    """Takes points to where a matrix puts them.

    Args:
        matrix: float array `[3, 3]`.
        points: float array `[..., 2]`, x and y.

    Returns:
        float array `[..., 2]`.

    Example:

    >>> camera.project(camera.view(0, np.zeros(2), np.array([1600, 1200])), [[10, 20]])
    array([[10., 20.]])
    """
    projected = np.asarray(points) @ matrix[:, :2].T + matrix[:, 2]
    return projected[..., :2] / projected[..., 2:]


def clouds(size, cells, random):
    """Makes random numbers that change slowly.

    Args:
        size: width and height in pixels.
        cells: how many independent numbers there are across and down.
        random: a `numpy.random.Generator`.

    Returns:
        float32 `[height, width]`, standard deviation a little below 1.

    Example:

    >>> camera.clouds((1600, 1200), (9, 7), np.random.default_rng(0))
    """
    coarse = Image.fromarray(random.standard_normal(cells[::-1], np.float32))
    return np.asarray(coarse.resize(tuple(size), Image.Resampling.BICUBIC))


def grain(size, sigma, random):
    """Makes random numbers that change from pixel to pixel, or over a few of them.

    Args:
        size: width and height in pixels.
        sigma: pixels, or two such numbers, down and across.
        random: a `numpy.random.Generator`.

    Returns:
        float32 `[height, width]`, standard deviation 1.

    Example:

    >>> camera.grain((1600, 1200), 1.5, np.random.default_rng(0))
    """
    numbers = ndimage.gaussian_filter(random.standard_normal(size[::-1], np.float32), sigma)
    return numbers / numbers.std()


def light(scene, size, random):
    """Tells how much light falls where.

    Args:
        scene: dictionary of numbers, with "slope", "vignette", "shadow" and "hand" (see `sheets.PLAIN`).
        size: int array `[2]`, width and height in pixels.
        random: a `numpy.random.Generator`.

    Returns:
        float32 `[height, width]`, 1 where nothing takes light away.

    Example:

    >>> camera.light({"slope": 0, "vignette": 0.5, "shadow": 0, "hand": 0}, np.array([1600, 1200]), random)
    """
    y, x = np.indices(size[::-1], np.float32)
    x, y = x / size[0] - 0.5, y / size[1] - 0.5
    angle = random.uniform(0, 2 * np.pi)
    falls = 1 - scene["slope"] * (0.5 + np.cos(angle) * x + np.sin(angle) * y)
    falls *= 1 - scene["vignette"] * np.minimum(1, 2 * (x * x + y * y)) ** random.uniform(0.8, 1.5)
    if scene["shadow"]:
        angle = random.uniform(0, 2 * np.pi)
        depth = np.cos(angle) * x + np.sin(angle) * y + random.uniform(-0.2, 0.2) + 0.06 * clouds(size, (5, 4), random)
        falls *= 1 - scene["shadow"] / (1 + np.exp(-depth / random.uniform(0.02, 0.12)))
    if scene["hand"]:
        falls *= 1 - scene["hand"] * _hand(size, random)
    return falls.astype(np.float32)


def _hand(size, random):
    """The shadow of an arm, a hand and its fingers, 0 to 1, float32 `[height, width]`."""
    canvas = Image.new("L", tuple(size))
    brush = ImageDraw.Draw(canvas)
    palm, unit = size * random.uniform(0.3, 0.7, 2), size[1] * random.uniform(0.10, 0.16)
    angle = random.uniform(0, 2 * np.pi)
    limbs = [(angle + np.pi, 30, 1.1)]  # direction, length and radius, in units
    limbs += [(angle + turn, length, 0.24) for turn, length in ((-0.55, 2.3), (-0.2, 2.8), (0.12, 2.7), (0.45, 2.2))]
    limbs += [(angle + 1.2, 1.9, 0.28)]  # the thumb
    for direction, length, radius in limbs:
        for part in np.linspace(0, length, 200):
            x, y = palm + part * unit * np.array([np.cos(direction), np.sin(direction)])
            r = radius * unit
            brush.ellipse([x - r, y - r, x + r, y + r], fill=255)
    soft = canvas.filter(ImageFilter.GaussianBlur(float(size[0] * random.uniform(0.002, 0.008))))
    return np.asarray(soft, np.float32) / 255


def take(scene, picture, pen, random):
    """Takes the photo: exposure, blur, noise, and a JPEG file.

    Args:
        scene: dictionary of numbers, with "veil", "exposure", "blur", "noise" and "quality" (see `sheets.PLAIN`).
        picture: float32 `[height, width, 3]` in [0, 1], the sheet in its light.
        pen: pixels, the width of the strokes.
        random: a `numpy.random.Generator`.

    Returns:
        An RGB `PIL.Image`, as it is read from the file.

    Example:

    >>> camera.take(scene, picture, 12, np.random.default_rng(0))
    """
    picture = (picture * (1 - scene["veil"]) + scene["veil"]) * scene["exposure"]
    picture = ndimage.gaussian_filter(picture, (scene["blur"] * pen, scene["blur"] * pen, 0))
    height, width, _ = picture.shape
    coarse = random.standard_normal((-(-height // 3), -(-width // 3), 3), np.float32)
    blotches = coarse.repeat(3, axis=0).repeat(3, axis=1)[:height, :width]
    picture += scene["noise"] * (random.standard_normal((height, width, 1), np.float32) + 0.4 * blotches)
    file = io.BytesIO()
    pixels = np.clip(255 * picture, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", quality=round(scene["quality"]))
    return Image.open(file).convert("RGB")
