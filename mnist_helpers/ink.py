"""From a picture of a digit to what a network expects: cropped, thickened where it's thin, scaled and centered."""

import numpy as np
from PIL import Image

from mnist_helpers import centering
from mnist_helpers.pictures import VALIDATION_COLOR as WARM
from mnist_helpers.pictures import as_designed, new_figure

# Widths of strokes in pixels, where a digit is 20 pixels long. Of 10,000 training digits of MNIST, 99 of 100 are wider
# than the first, and half are wider than the second.
THINNEST, TYPICAL = 1.86, 2.83
FINE = 8  # strokes are measured and thickened on a grid so many times as fine


def prepare(picture):
    """Makes of a picture of a digit what MNIST's makers made of theirs.

    The picture is cropped to the ink, its longer side scaled to 20 pixels, its brightest pixel to 1, and the center
    of mass put as close as whole pixels allow to pixel (14, 14), counted from 0, of 28×28 (see `centering`). Strokes
    that are thinner than nearly all of MNIST's are thickened first, until they are as wide as most.

    Args:
        picture: uint8 or float array `[height, width]`, bright ink on black paper, 0.

    Returns:
        float32 `[28, 28, 1]` in [0, 1].

    Raises:
        ValueError: `picture` has another shape, holds no ink or negative numbers, or its paper isn't black.

    Example:

    >>> image = draw.prepare(pad.picture)
    >>> model.predict(image[np.newaxis], verbose=0)
    """
    return list(_steps(picture).values())[-1][..., np.newaxis]


@as_designed
def preparation(picture):
    """Draws the steps of `prepare`: as drawn, cropped, thickened if it's thin, scaled, and centered.

    Args:
        picture: as for `prepare`.

    Returns:
        A figure with four or five axes. In the last one, lines mark the middle and a dot the center of mass.

    Raises:
        ValueError: as for `prepare`.

    Example:

    >>> draw.preparation(pad.picture)
    """
    steps = _steps(picture)
    alt = f"A digit in {len(steps)} steps, its height and width in pixels: "
    alt += ", ".join(f"{name} {step.shape[0]}×{step.shape[1]}" for name, step in steps.items()) + "."
    figure, axes = new_figure(1, len(steps), height=1.75, alt=alt, framed=False)
    for axis, (name, step) in zip(axes, steps.items(), strict=True):
        axis.imshow(step, cmap="gray", vmin=0, vmax=1)
        axis.set_title(f"{name}\n{step.shape[0]}×{step.shape[1]}", fontsize=10)
    drawn = max(max(step.shape) for step in list(steps.values())[:-2])
    for number, (axis, step) in enumerate(zip(axes, steps.values(), strict=True)):
        side = drawn if number < len(steps) - 2 else centering.SIDE  # pixels of the drawing, or those of the network
        middle = np.subtract(step.shape, 1) / 2
        axis.set(xlim=(middle[1] - side / 2, middle[1] + side / 2), ylim=(middle[0] + side / 2, middle[0] - side / 2))
    axes[-1].axhline(centering.MIDDLE, color=WARM, linewidth=0.8)
    axes[-1].axvline(centering.MIDDLE, color=WARM, linewidth=0.8)
    x, y = (centering.center_of_mass(step[np.newaxis], rows) for rows in (False, True))
    axes[-1].plot(x, y, "o", color=WARM, markersize=5)
    return figure


def stroke_width(picture):
    """Measures how wide the strokes of a digit are, on average.

    Args:
        picture: float array `[height, width]`, bright ink on paper that is 0. Some of it is ink.

    Returns:
        A float, in pixels of a digit whose longer side is 20 pixels.

    Example:

    >>> ink.stroke_width(images[0, ..., 0])
    """
    return _width(_fine_mask(picture)) / FINE


def _steps(picture):
    """The picture, its ink, thicker if it was thin, 20 pixels long, and in the middle of 28×28; each in [0, 1]."""
    picture = np.asarray(picture, np.float32)
    if picture.ndim != 2 or not picture.size:
        raise ValueError(f"picture has the shape {picture.shape}; expected is (height, width), gray. Pass one digit.")
    if not (np.isfinite(picture).all() and picture.min() >= 0 and picture.any()):
        raise ValueError(
            f"picture holds numbers from {picture.min():g} to {picture.max():g}; expected is 0 for paper and more for "
            "ink. Draw a digit, or check the file that you read."
        )
    paper = np.median(np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]]))
    if paper > 0:
        raise ValueError(
            f"The paper, at the picture's edge, has brightness {paper:g}; expected is 0, with bright ink on it. Read a "
            "photo with draw.read_photo. Where only the ink is dark, invert the picture (255 - picture)."
        )
    cropped, scaled, centered = centering.steps(picture)
    steps = {"as drawn": picture / picture.max(), "cropped": cropped}
    mask = _fine_mask(cropped)
    width = _width(mask)
    if width < THINNEST * FINE:
        more = (TYPICAL * FINE - width) * centering.BOX / (centering.BOX - TYPICAL)  # the digit becomes longer, too
        thickened, scaled, centered = centering.steps(_thicken(mask, more))
        steps["thickened"] = thickened
    return steps | {"scaled": scaled, "centered": centered}


def _fine_mask(picture):
    """Where the ink is: the picture's ink, its longer side `FINE` times 20 pixels, as booleans."""
    cropped = centering.crop(picture)
    height, width = (max(1, round(FINE * centering.BOX * side / max(cropped.shape))) for side in cropped.shape)
    fine = np.asarray(Image.fromarray(cropped).resize((width, height), Image.Resampling.BILINEAR))
    return fine > 0.35 * np.percentile(fine[fine > 0.1 * fine.max()], 90)  # fine lines lose brightness, some more


def _width(mask):
    """The mean width of the strokes, in pixels: twice the distance from their middle line to the paper."""
    from scipy import ndimage  # here, since these take long to import and most notebooks do without
    from skimage import morphology

    mask = np.pad(mask, 1)
    return 2 * ndimage.distance_transform_edt(mask)[morphology.skeletonize(mask)].mean()


def _thicken(mask, more):
    """Strokes that are so many pixels wider, with soft edges: float32, 1 for ink."""
    from scipy import ndimage

    mask = np.pad(mask, round(more))
    return np.clip((more + 1) / 2 - ndimage.distance_transform_edt(~mask), 0, 1).astype(np.float32)
