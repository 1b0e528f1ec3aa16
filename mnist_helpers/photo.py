"""From a photo of paper, or of a board, to single digits that a network can read, step by step.

1. The paper is evened out: each color is compared with the paper around it. Light multiplies, so differences of
   logarithms are the same in the sun and in the shadow.
2. Ink is what stands out from the paper by far more than noise; lines of ruled paper and frames are taken away.
3. What belongs together is cut out, in reading order.
4. Each digit is prepared as MNIST's were (see `ink`).
"""

import numpy as np
import scipy
import skimage
from PIL import Image

from mnist_helpers import ink
from mnist_helpers.files import photos
from mnist_helpers.pictures import VALIDATION_COLOR as WARM
from mnist_helpers.pictures import as_designed, new_page

LONGEST, SHORTEST = 1400, 560  # pixels of a photo's longer side: larger ones are shrunk, smaller ones enlarged
COARSE = 640  # pixels of the longer side where the paper is sought
EDGE = 0.45  # the logarithm of paper's brightness changes by more where a table begins
DARKEST = 0.08  # is added to a brightness before its logarithm is taken, so that black isn't infinitely dark
MOST_DIGITS = 200
SHOWN = 40  # digits in the picture of the steps


class Sheet:
    """The digits of a photo, and how they were found. A notebook shows the steps as a picture.

    Attributes:
        images: float32 `[count, 28, 28, 1]` in [0, 1], prepared, in reading order.
        boxes: int `[count, 4]`, each digit's left, top, right and bottom in `picture`.
        picture: float32 `[height, width, 3]` in [0, 1], the photo, upright, its longer side at most 1400 pixels;
            a narrow strip with more of its border around it.
        evened: float32 `[height, width]` in [0, 1], 1 for paper and less for ink, without shadows.
        found: bool `[height, width]`, where ink was found.
    """

    def __init__(self, picture, evened, found, boxes, images):
        self.picture, self.evened, self.found, self.boxes, self.images = picture, evened, found, boxes, images

    @as_designed
    def steps(self):
        """Draws what `read_photo` did: as taken, the paper evened out, ink found, digits cut apart, and prepared.

        Returns:
            A figure.

        Example:

        >>> draw.read_photo("sheet.jpg").steps()
        """
        count, shown = len(self.images), min(len(self.images), SHOWN)
        columns = min(10, max(5, shown))
        rows = -(-shown // columns)
        height = 2.4 * min(1.4, self.picture.shape[0] / self.picture.shape[1])
        alt = (
            f"A photo in five steps: as taken, the paper evened out, ink found, cut apart into {count} "
            f"digit{'' if count == 1 else 's'}, and each prepared in 28×28 pixels."
        )
        figure = new_page(2 * (height + 0.3) + 0.25 + 0.72 * rows, alt)
        top, bottom = figure.subfigures(2, 1, height_ratios=[2 * (height + 0.3), 0.25 + 0.72 * rows])
        axes = list(top.subplots(2, 2).flat)
        steps = {
            "1. as taken": self.picture,
            "2. paper evened out": self.evened,
            "3. ink found": ~self.found,
            "4. digits cut apart": self.evened,
        }
        for axis, (name, step) in zip(axes, steps.items(), strict=True):
            axis.imshow(step, cmap="gray", vmin=0, vmax=1)
            axis.set_title(name, fontsize=10)
            axis.set_axis_off()
        for number, (left, upper, right, lower) in enumerate(self.boxes, start=1):
            axes[3].plot([left, right, right, left, left], [upper, upper, lower, lower, upper], color=WARM, linewidth=1)
            paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
            axes[3].text(left, upper - 4, f"#{number}", color=WARM, fontsize=9, va="bottom", bbox=paper)
        bottom.suptitle("5. prepared" + (f", the first {shown}" if shown < count else ""), fontsize=10)
        for number, axis in enumerate(bottom.subplots(rows, columns, squeeze=False).flat):
            axis.set_axis_off()
            if number < shown:
                axis.imshow(self.images[number, ..., 0], cmap="gray", vmin=0, vmax=1)
                axis.set_title(f"#{number + 1}", fontsize=9, color=WARM, pad=2)
        return figure

    def _ipython_display_(self):
        self.steps()._ipython_display_()


def read_photo(file):
    """Finds the digits in a photo of paper or of a board, and prepares each for a network.

    Args:
        file: a path, a binary file, or a `PIL.Image.Image`; of any size. Ink may be darker than the paper, or chalk
            brighter than a board.

    Returns:
        A `Sheet`, whose `images` are what a network reads.

    Raises:
        OSError: there is no such file, or it can't be read.
        ValueError: it isn't a picture, or no digits are found in it.

    Example:

    >>> sheet = draw.read_photo("sheet.jpg")
    >>> model.predict(sheet.images, verbose=0).argmax(axis=1)
    """
    picture = photos.load(file, LONGEST)
    if max(picture.shape) < SHORTEST:
        picture = np.clip(photos.resize(picture, SHORTEST / max(picture.shape)), 0, 1)
    # A strip needs paper around it, since the paper is looked for within a sixth of the longer side.
    missing = [max(0, max(picture.shape) // 4 - length) for length in picture.shape[:2]]
    picture = np.pad(picture, [(count // 2, count - count // 2) for count in (*missing, 0)], mode="edge")
    contrast, noise, edges = _contrast(picture)
    contrast = 1 - np.exp(-contrast)  # of the paper's light the share that ink keeps: half for gray ink
    mask, full = _find_ink(contrast, noise)
    labels = _label_digits(mask, edges)
    found = skimage.measure.regionprops(labels)
    if not found:
        raise ValueError(
            "No digit was found: nothing on this photo stands out as ink does. Write larger, with a darker pen, on "
            "plain paper, and take the photo from closer."
        )
    if len(found) > MOST_DIGITS:
        raise ValueError(
            f"{len(found)} pieces of ink were found, which doesn't look like digits on paper. Expected are at most "
            f"{MOST_DIGITS} digits. Take the photo so that paper fills it, and nothing else is written there."
        )
    boxes, images = [], []
    for index in _reading_order([part.bbox for part in found]):
        top, left, bottom, right = found[index].bbox
        boxes.append((left, top, right, bottom))
        images.append(_cut_out(contrast, labels == found[index].label, full, noise))
    evened = 1 - np.clip(contrast, 0, 1).astype(np.float32)
    return Sheet(picture, evened, labels > 0, np.array(boxes), np.stack(images))


def _contrast(picture):
    """How much darker than the paper each pixel is, as a difference of logarithms, and how much of it is noise.

    On a board, it's how much brighter than the board. Also returns where the paper ends: bool `[height, width]`.
    """
    levels = np.log(picture / max(np.percentile(picture[::4, ::4], 99), 0.01) + DARKEST)
    level = max((_one_channel(sign * levels) for sign in (1, -1)), key=_ink_edges)
    noise = _noise(level)
    blur = float(np.clip(12 * noise, 0, 2))  # pixels
    if blur > 0.3:
        level = scipy.ndimage.gaussian_filter(level, blur)
    level = _without_lines(_without_lines(level).T).T
    small = _small(level, COARSE)
    paper = _paper(small)
    solid = _solid(small, paper)
    if solid.any():
        paper = _paper(small, solid)
    # A stroke that leads into a shadow lets the water out there; but paper lies at both of its sides.
    # Where the shadow of a hand falls on the page, its fingers look like strokes, wider than 13 pixels.
    width = min(_stroke_width(paper - small), 13)
    paper = np.maximum(paper, scipy.ndimage.grey_closing(small, (width, width)))
    edges = scipy.ndimage.morphological_gradient(paper, 11) > EDGE
    # At the edge of a table, the darker side counts as paper.
    contrast = _enlarged(scipy.ndimage.grey_erosion(paper, (3, 3)), level.shape) - level
    middle = np.median(contrast)
    noise = max(1.4826 * float(np.median(np.abs(contrast - middle))), 0.004)
    contrast = _without_grain(contrast - middle, level, noise)
    return contrast, noise, _enlarged(edges.astype(np.float32), level.shape) > 0.5


def _without_grain(contrast, level, noise):
    """Takes away what a table shows of its grain, since it may be much rougher than the paper on it."""
    rough = _enlarged(scipy.ndimage.median_filter(_block_medians(np.abs(_differences(level))), 5), level.shape)
    rough *= noise / max(float(np.median(rough)), 0.003)
    return np.where((rough > 2 * noise) & (contrast < 5 * rough), 0, contrast)


def _enlarged(values, shape):
    return np.array(Image.fromarray(values).resize(shape[::-1], Image.Resampling.BILINEAR))


def _block_medians(values, side=24):
    """The median of each block of pixels."""
    height, width = (length // side for length in values.shape)
    blocks = values[: height * side, : width * side].reshape(height, side, width, side)
    return np.median(blocks, axis=(1, 3))


def _small(level, longest):
    small = photos.resize(level[..., np.newaxis], min(1, longest / max(level.shape)))[..., 0]
    return scipy.ndimage.gaussian_filter(scipy.ndimage.median_filter(small, 3), 0.7)


def _one_channel(levels):
    """Of the three colors the one that is darkest, compared with the paper's color.

    Yellow ink is as bright as white paper, but not in blue.
    """
    red, green, blue = np.moveaxis(levels - np.percentile(levels[::4, ::4], 75, axis=(0, 1)), 2, 0)
    return np.minimum(np.minimum(red, green), blue).astype(np.float32)


def _ink_edges(level):
    """How much edge the ink has, if ink is what is darker than its surroundings."""
    small = _small(level, 320)
    for sign in (1, -1):  # between dark lines, paper looks like bright stripes on a board
        small = sign * _without_lines(_without_lines(sign * small).T).T
    contrast = _paper(small) - small
    labels, parts = _parts(contrast)
    slope = scipy.ndimage.gaussian_gradient_magnitude(small, 1)
    edges = scipy.ndimage.sum_labels(slope, labels, [part.label for part in parts])
    # What is solid counts only where nothing else is.
    return float(sum(edge * (1e-3 if _is_solid(part) else 1) for edge, part in zip(edges, parts, strict=True)))


def _parts(contrast):
    """The connected parts of what clearly stands out from the paper, numbered and listed."""
    middle = np.median(contrast)
    least = max(0.06, 4 * 1.4826 * float(np.median(np.abs(contrast - middle))))
    strong = contrast[contrast > least]
    if len(strong) < 5:
        return np.zeros(contrast.shape, int), []
    labels, _ = scipy.ndimage.label(
        contrast > max(least, 0.5 * skimage.filters.threshold_otsu(strong)), np.ones((3, 3))
    )
    return labels, skimage.measure.regionprops(labels)


def _solid(level, paper):
    """Where the parts lie that are too thick for strokes and hold ink: a shadow, or a sheet on a brighter table."""
    labels, parts = _parts(paper - level)
    solid = [part for part in parts if max(part.image.shape) > 0.25 * max(level.shape) and _is_solid(part)]
    deeper = _paper(level, np.isin(labels, [part.label for part in solid])) - level
    inked = [
        part.label
        for part in solid
        if deeper[part.slice][part.image].max() > 0.5 * (paper - level)[part.slice][part.image].max()
    ]
    return np.isin(labels, inked)


def _stroke_width(contrast):
    """The usual width of strokes and a fifth more, an odd number of pixels."""
    strokes = [part for part in _parts(contrast)[1] if not _is_solid(part)]
    if not strokes:
        return 1
    thick = [scipy.ndimage.distance_transform_edt(np.pad(part.image, 1)).max() for part in strokes]
    return 2 * round(1.2 * float(np.median(np.repeat(thick, [int(part.area) for part in strokes])))) + 1


def _is_solid(part):
    """Whether a part is too thick for strokes: a shadow, a sheet on a table, the paper inside of a zero."""
    shape = max(part.image.shape)
    inked, filled = (
        scipy.ndimage.distance_transform_edt(np.pad(image, 1)).max() for image in (part.image, part.image_filled)
    )
    return inked > 0.22 * shape or (filled > 0.33 * shape and part.area > 0.8 * part.area_filled)


def _noise(level):
    """The standard deviation of a channel's noise, from what differs between neighbors."""
    return float(np.median(np.abs(_differences(level)))) / (0.6745 * 2)


def _differences(level):
    return level[1:, 1:] - level[1:, :-1] - level[:-1, 1:] + level[:-1, :-1]


def _without_lines(level):
    """Takes away thin lines from left to right, at most 12 degrees askew, where no stroke crosses them.

    Looked at in strips of 32 columns, a line is dark in nearly all strips over half the width, at one slope.
    """
    strip, height, width = 32, *level.shape
    closed = scipy.ndimage.grey_closing(level, (7, 1), mode="nearest")
    thin = closed - level
    strips = np.asarray(Image.fromarray(thin).resize((-(-width // strip), height), Image.Resampling.BOX))
    least = max(0.03, float(np.median(strips) + 5 * 1.4826 * np.median(np.abs(strips - np.median(strips)))))
    dark = strips > least
    near = scipy.ndimage.binary_dilation(dark, np.ones((5, 1)))
    columns = np.arange(strips.shape[1])
    long = len(columns) // 2
    lines = np.zeros_like(dark)
    for slope in np.arange(-0.2, 0.2001, 0.006):
        rows = (np.arange(height)[:, np.newaxis] + np.round(slope * strip * columns).astype(int)) % height
        share = scipy.ndimage.uniform_filter1d(
            np.take_along_axis(near, rows, 0).astype(np.float32), long, mode="constant"
        )
        whole = share > 0.85
        if whole.any():
            whole = scipy.ndimage.maximum_filter1d(whole, long, mode="constant")
            np.put_along_axis(lines, rows, np.take_along_axis(lines, rows, 0) | whole, 0)
    lines &= dark
    if not lines.any():
        return level
    lines = np.repeat(scipy.ndimage.binary_dilation(lines, np.ones((3, 1))), strip, axis=1)[:, :width]
    most = np.percentile(thin[lines], 85)  # ink on a line is darker than the line
    return level + np.where(lines, np.minimum(thin, most), 0)


def _paper(level, solid=None):
    """What the paper's brightness would be under the ink: hollows are filled up to their rim, as with water.

    A shadow that reaches the edge of the picture isn't a hollow, and keeps its brightness, as what is solid does.
    """
    longest = max(level.shape)
    wide, narrow = round(0.15 * longest), max(3, round(0.012 * longest))
    rim = np.full_like(level, level.max())
    for edge in ((0, slice(None)), (-1, slice(None)), (slice(None), 0), (slice(None), -1)):
        line = level[edge]  # ink at the very edge must not let the water out
        filled = scipy.ndimage.grey_closing(line, wide, mode="nearest")
        thin = scipy.ndimage.grey_closing(line, narrow, mode="nearest")
        rim[edge] = np.minimum(rim[edge], np.maximum(line, filled - (thin - line)))
    if solid is not None:
        labels, count = scipy.ndimage.label(solid)
        middles = np.append(0, scipy.ndimage.median(level, labels, np.arange(1, count + 1)))
        sinks = solid & (level > middles[labels] - 0.1)
        rim[sinks] = level[sinks]
    return skimage.morphology.reconstruction(np.maximum(rim, level), level, method="erosion").astype(np.float32)


def _find_ink(contrast, noise):
    """Where ink is, and the contrast of full ink."""
    least = max(4 * noise, 0.06)
    strong = contrast[contrast > least]
    if len(strong) < 20:
        return np.zeros(contrast.shape, bool), 1.0
    threshold = skimage.filters.threshold_otsu(strong)
    full = float(np.median(strong[strong >= threshold]))
    low = max(least, 0.42 * full)
    mask = skimage.filters.apply_hysteresis_threshold(contrast, low, max(low, 0.6 * full))
    return mask & ~_frames(contrast > max(least, 0.1 * full), mask), full


def _frames(faint, mask):
    """Where there are frames: faint ink that runs around other ink."""
    labels, _ = scipy.ndimage.label(faint, np.ones((3, 3)))
    parts = {part.label: part for part in skimage.measure.regionprops(labels) if (mask[part.slice] & part.image).any()}
    return np.isin(labels, [label for label, part in parts.items() if _is_frame(part, parts)])


def _label_digits(mask, edges):
    """Numbers the digits: int `[height, width]`, 0 for what belongs to none. `edges` is where the paper ends."""
    labels, _ = scipy.ndimage.label(
        scipy.ndimage.binary_closing(np.pad(mask, 3), np.ones((3, 3)), iterations=2)[3:-3, 3:-3], np.ones((3, 3))
    )
    labels *= mask
    parts = {part.label: part for part in skimage.measure.regionprops(labels)}
    whole = {label: part for label, part in parts.items() if not _is_cut(part, mask.shape)}
    # What is cut off by the picture's border is no digit, except where hardly anything else is there.
    if sum(part.area for part in whole.values()) > 0.2 * sum(part.area for part in parts.values()):
        parts = whole
    parts = {label: part for label, part in parts.items() if not _is_frame(part, parts)}
    parts = {label: part for label, part in parts.items() if not (_is_long(part) or _is_blob(part))} or parts
    parts = {label: part for label, part in parts.items() if edges[part.slice][part.image].mean() < 0.5} or parts
    if not parts:
        return np.zeros_like(labels)
    size = _typical_size(parts.values())
    # Specks first, so that none is taken for a part of a digit.
    parts = {label: part for label, part in parts.items() if _longest(part) > 0.14 * size}
    groups = _join(parts, size)
    result = np.zeros_like(labels)
    number = 0
    for group in groups:
        boxes = np.array([parts[label].bbox for label in group])
        tall, wide = boxes[:, 2].max() - boxes[:, 0].min(), boxes[:, 3].max() - boxes[:, 1].min()
        if max(tall, wide) < 0.45 * size or max(tall, wide) < 8:
            continue
        number += 1
        result[np.isin(labels, group)] = number
    return result


def _longest(part):
    return max(part.bbox[2] - part.bbox[0], part.bbox[3] - part.bbox[1])


def _typical_size(parts):
    """The length of a usual digit: the median, in which long parts count for more."""
    lengths = np.sort([_longest(part) for part in parts])
    weights = np.cumsum(lengths.astype(float) ** 2)
    return lengths[np.searchsorted(weights, weights[-1] / 2)]


def _is_cut(part, shape):
    """Whether a part reaches the border of the picture."""
    top, left, bottom, right = part.bbox
    return top == 0 or left == 0 or bottom == shape[0] or right == shape[1]


def _is_long(part):
    """Whether a part is a line, too long and thin for a stroke."""
    return part.axis_minor_length < 0.02 * part.axis_major_length


def _is_frame(part, parts):
    """Whether a part runs around others that are no specks."""
    top, left, bottom, right = part.bbox
    tall, wide = part.image.shape
    inside = [
        other
        for other in parts.values()
        if other.bbox[0] > top and other.bbox[1] > left and other.bbox[2] < bottom and other.bbox[3] < right
        if _longest(other) > 0.06 * max(tall, wide)
    ]
    if _fills_a_hole(part, inside):
        return True
    down, right_of = round(0.18 * tall), round(0.18 * wide)
    if part.image[down : tall - down, right_of : wide - right_of].sum() > 0.15 * part.area:
        return False
    large = any(_longest(other) > 0.35 * min(tall, wide) for other in inside)
    return large or sum(other.area for other in inside) > 0.2 * part.area


def _fills_a_hole(part, inside):
    """Whether one of the parts inside fills a hole of a part, as in frames that share a border."""
    labels, _ = scipy.ndimage.label(part.image_filled & ~part.image)
    holes = skimage.measure.regionprops(labels)
    numbers = [labels[tuple(other.coords[0] - part.bbox[:2])] for other in inside]
    return any(
        number and _longest(other) > 0.5 * _longest(holes[number - 1])
        for number, other in zip(numbers, inside, strict=True)
    )


def _is_blob(part):
    """Whether a part is too thick for a stroke."""
    return scipy.ndimage.distance_transform_edt(np.pad(part.image, 1)).max() > 0.33 * _longest(part)


def _join(parts, size):
    """Groups parts that make one digit: lists of labels."""
    labels = list(parts)
    group = {label: {label} for label in labels}
    pairs = []
    for index, first in enumerate(labels):
        for second in labels[index + 1 :]:
            gap = _gap(parts[first].bbox, parts[second].bbox)
            if gap < 0.3 * size:
                pairs.append((gap, first, second))
    for _, first, second in sorted(pairs):
        if group[first] is group[second]:
            continue
        boxes = np.array([parts[label].bbox for label in group[first] | group[second]])
        tall, wide = boxes[:, 2].max() - boxes[:, 0].min(), boxes[:, 3].max() - boxes[:, 1].min()
        lowest = min(parts[label].image.shape[0] for label in (first, second))
        limit = 0.25 if lowest < 0.65 * size else 0.12  # two whole digits may stand close to each other
        if max(tall, wide) < 1.35 * size and _distance(parts[first], parts[second]) < limit * size:
            merged = group[first] | group[second]
            for label in merged:
                group[label] = merged
    return [sorted(labels) for labels in {id(labels): labels for labels in group.values()}.values()]


def _gap(first, second):
    """How far two boxes are apart, in pixels; 0 where they overlap."""
    down = max(first[0], second[0]) - min(first[2], second[2])
    right = max(first[1], second[1]) - min(first[3], second[3])
    return max(0, down, right)


def _distance(first, second):
    """How far the ink of two parts is apart, in pixels."""
    return scipy.spatial.KDTree(first.coords).query(second.coords)[0].min()


def _reading_order(boxes):
    """The order of boxes `(top, left, bottom, right)`: row by row, however the sheet is turned by some degrees."""
    boxes = np.array(boxes, float)
    rows, columns = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    size = np.median(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))
    right, down = columns - columns[:, np.newaxis], rows - rows[:, np.newaxis]
    near = (right > 0.3 * size) & (np.abs(down) < 0.35 * right) & (right < 6 * size)
    pairs = _nearest(right, near)
    slope = np.median([down[pair] / right[pair] for pair in pairs]) if len(pairs) > 1 else 0
    off = np.abs(down - slope * right)
    linked = np.zeros(right.shape)
    for pair in _nearest(right + 2 * off, (right > 0) & (off < 0.85 * size)):
        linked[pair] = 1
    count, lines = scipy.sparse.csgraph.connected_components(linked, directed=False)
    heights = scipy.ndimage.mean(rows - slope * columns, lines, np.arange(count))
    return np.lexsort([columns, heights[lines]])


def _nearest(distance, allowed):
    """For each box the nearest one that is allowed, if any: pairs of their numbers."""
    nearest = np.where(allowed, distance, np.inf).argmin(axis=1)
    return [(index, nearest[index]) for index in np.flatnonzero(allowed.any(axis=1))]


def _cut_out(contrast, mask, full, noise):
    """One digit alone, prepared."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    around = (slice(max(0, rows[0] - 4), rows[-1] + 5), slice(max(0, columns[0] - 4), columns[-1] + 5))
    near = scipy.ndimage.binary_dilation(np.pad(mask[around], 3), iterations=2)
    full = min(full * 1.5, float(np.percentile(contrast[mask], 60)))
    floor = min(0.5 * full, max(3 * noise, 0.2 * full))
    soft = np.clip((np.pad(contrast[around], 3) - floor) / (full - floor), 0, 1) * near
    return ink.prepare(soft)
