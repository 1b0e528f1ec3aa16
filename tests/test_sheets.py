"""Photos of sheets: the truth that comes with them holds, and each condition does what its name says."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from mnist_helpers import camera, centering, practice, sheets

SMALL = (640, 480)


def gray(picture):
    return np.asarray(picture.convert("L"), float) / 255


def photo(condition, seed=3, count=1, size=SMALL):
    return gray(sheets.photo(count, seed, (condition,), size)[0])


def without_ink(monkeypatch):
    """From now on pens draw nothing; all else, the noise included, stays as it is."""
    drawn = sheets._drawn

    def dry(scene, digits, pen, size, random):
        return 0 * drawn(scene, digits, pen, size, random)

    monkeypatch.setattr(sheets, "_drawn", dry)
    monkeypatch.setattr(sheets, "_typed", lambda digits, size: np.zeros(size[::-1], np.float32))


# --- the truth ---


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("condition", ["scan", "turned", "table", "squared", "fineliner", "blackboard", "printed"])
def test_the_boxes_hold_the_ink_and_nothing_else(condition, count, monkeypatch):
    """The ink is what differs from the same photo without ink."""
    with_ink, _, boxes = sheets.photo(count, 7, (condition,))
    without_ink(monkeypatch)
    ink = np.abs(gray(with_ink) - photo(condition, 7, count, size=(1600, 1200))) > 0.2
    assert len(boxes) == count
    for left, top, right, bottom in np.round(boxes).astype(int):
        rows, columns = np.nonzero(ink[top - 3 : bottom + 4, left - 3 : right + 4])
        found = columns.min() - 3, rows.min() - 3, columns.max() - 2, rows.max() - 2
        slack = 3 + 0.02 * max(right - left, bottom - top)  # a pen that is drawn unevenly doesn't fill its width
        np.testing.assert_allclose(found, (0, 0, right - left, bottom - top), atol=slack)
        ink[top - 3 : bottom + 4, left - 3 : right + 4] = False
    assert not ink.any()


@pytest.mark.parametrize("condition", ["turned", "table", "frame", "yellow marker"])
def test_all_digits_are_whole_and_apart(condition):
    for seed in range(3):
        _, _, boxes = sheets.photo(20, seed, (condition,), SMALL)
        assert boxes.min() > 0 and (boxes[:, 2] < SMALL[0]).all() and (boxes[:, 3] < SMALL[1]).all()
        for index, (left, top, right, bottom) in enumerate(boxes):
            others = np.delete(boxes, index, axis=0)
            apart = (others[:, 0] > right) | (others[:, 2] < left) | (others[:, 1] > bottom) | (others[:, 3] < top)
            assert apart.all()


def test_digits_stand_in_reading_order():
    _, _, boxes = sheets.photo(20, 5, ("scan",), SMALL)
    middles = ((boxes[:, :2] + boxes[:, 2:]) / 2).reshape(4, 5, 2)
    assert (np.diff(middles[..., 0], axis=1) > 0).all()  # from left to right
    assert (middles[1:, :, 1].min(axis=1) > middles[:-1, :, 1].max(axis=1)).all()  # row by row


def test_one_digit_is_an_eighth_to_three_quarters_as_high_as_the_picture_and_anywhere():
    longest, middles = [], []
    for seed in range(40):
        _, _, ((left, top, right, bottom),) = sheets.photo(1, seed, ("turned",), (160, 120))
        longest.append(max(right - left, bottom - top) / 120)
        middles.append(((left + right) / 320, (top + bottom) / 240))
    assert 0.125 <= min(longest) < 0.25 and 0.6 < max(longest) < 0.9  # the pen's width included
    assert np.min(middles, axis=0).max() < 0.3 and np.max(middles, axis=0).min() > 0.7


def cut_out(picture, boxes):
    """The ink of each digit, white on black, cut out generously."""
    ink = np.clip(0.9 - gray(picture), 0, 1).astype(np.float32)
    return [ink[top:bottom, left:right] for left, top, right, bottom in np.round(boxes + [-4, -4, 4, 4]).astype(int)]


def test_handwritten_digits_are_those_that_they_are_said_to_be():
    """Of all practice digits that sheets are made of, the most alike has nearly always the same class."""
    known, known_classes = practice.digits(sheets.NEAT_WRITERS)
    picture, classes, boxes = sheets.photo(20, 11, ("scan",))
    images = np.stack([centering.steps(digit)[-1] for digit in cut_out(picture, boxes)])
    flat, known = ndimage.gaussian_filter(images, (0, 1, 1)), ndimage.gaussian_filter(known / 255, (0, 1, 1))
    alike = np.corrcoef(flat.reshape(20, -1), known.reshape(len(known), -1))[:20, 20:]
    assert (known_classes[alike.argmax(axis=1)] == classes).sum() >= 19


def test_digits_of_fonts_have_the_holes_that_they_should():
    for seed in range(3):
        picture, classes, boxes = sheets.photo(20, seed, ("printed", "scan"))
        for digit, ink in zip(classes, cut_out(picture, boxes), strict=True):
            paper, count = ndimage.label(ink < 0.4)
            large = sum((paper == label).sum() > 0.01 * ink.size for label in range(1, count + 1))
            touching = len(set(np.concatenate([paper[0], paper[-1], paper[:, 0], paper[:, -1]])) - {0})
            assert large - touching == {0: 1, 4: 1, 6: 1, 8: 2, 9: 1}.get(int(digit), 0)


def test_a_seed_gives_the_same_photo_again_and_another_seed_another():
    (first, classes, boxes), (again, *_), (other, *_) = (
        sheets.photo(20, seed, ("noise", "ruled"), SMALL) for seed in (1, 1, 2)
    )
    assert first.tobytes() == again.tobytes() != other.tobytes()
    assert (first.mode, first.size, classes.dtype, boxes.shape) == ("RGB", SMALL, np.uint8, (20, 4))


def test_what_is_written_does_not_depend_on_the_conditions():
    results = [sheets.photo(20, 1, (condition,), SMALL)[1].tolist() for condition in ("scan", "pencil", "table")]
    assert results[0] == results[1] == results[2]


def test_all_classes_occur():
    classes = np.concatenate([sheets.photo(20, seed, (), (160, 120))[1] for seed in range(10)])
    assert np.bincount(classes, minlength=10).min() > 8


def test_an_unknown_condition_is_named():
    with pytest.raises(ValueError, match=r"no condition 'rain'; choose some of scan, shadow"):
        sheets.photo(1, 0, ("scan", "rain"))


def test_mixed_conditions_come_from_different_groups():
    seen = set()
    for seed in range(200):
        names = sheets.mixed(seed)
        assert 2 <= len(names) <= 4 and names == sheets.mixed(seed)
        assert len({next(group for group in sheets.GROUPS if name in group) for name in names}) == len(names)
        seen.update(names)
    assert seen == {name for group in sheets.GROUPS for name in group} <= set(sheets.CONDITIONS)


# --- the conditions ---


@pytest.fixture
def blank(monkeypatch):
    without_ink(monkeypatch)


def test_a_scan_is_white_and_even(blank):
    assert photo("scan").min() > 0.9


@pytest.mark.parametrize(("condition", "least"), [("shadow", 0.25), ("vignette", 0.3), ("hand", 0.25)])
def test_bad_light_is_uneven(condition, least, blank):
    for seed in range(3):
        smooth = ndimage.gaussian_filter(photo(condition, seed), 4)
        plain = ndimage.gaussian_filter(gray(sheets.photo(1, seed, (), SMALL)[0]), 4)
        assert np.ptp(smooth) > least > 0.22 > np.ptp(plain)


def test_a_hand_has_a_harder_edge_than_a_shadow(blank):
    def steepest(condition):
        smooth = ndimage.gaussian_filter(photo(condition, 4), 2)
        return np.percentile(ndimage.gaussian_gradient_magnitude(smooth, 1), 99)

    assert steepest("hand") > 3 * steepest("shadow")


def test_noise_is_in_brightness_and_color(blank):
    def roughness(pixels):
        return (pixels - ndimage.gaussian_filter(pixels, 3)).std()

    noisy, plain = (
        np.asarray(sheets.photo(1, 3, names, SMALL)[0].convert("YCbCr"), float) for names in (["noise"], [])
    )
    assert roughness(noisy[..., 0]) > 5 * roughness(plain[..., 0])
    assert roughness(noisy[..., 2]) > 3 * roughness(plain[..., 2])


def test_blur_makes_edges_soft():
    def steepest(condition):
        return ndimage.gaussian_gradient_magnitude(photo(condition), 1).max()

    assert steepest("blurred") < 0.6 * steepest("scan")


def test_exposure(blank):
    assert photo("dim").mean() < 0.45 < 0.75 < gray(sheets.photo(1, 3, (), SMALL)[0]).mean()
    assert np.median(photo("overexposed")) == 1


def test_overexposed_ink_is_pale():
    assert photo("overexposed").min() > photo("scan").min() + 0.15


@pytest.mark.parametrize(("condition", "across"), [("ruled", False), ("squared", True)])
def test_ruled_and_squared_paper_have_lines(condition, across, blank, monkeypatch):
    """Some rows of the picture, or columns, are darker than those around them, at regular distances."""
    monkeypatch.setattr(sheets, "PLAIN", sheets.PLAIN | {"turn": (0, 0), "tilt": (0, 0)})
    picture = photo(condition, 2, 20, (1600, 1200))
    for axis, expected in ((1, True), (0, across)):
        profile = picture.mean(axis=axis)
        profile -= ndimage.median_filter(profile, 15)
        dark = np.flatnonzero(ndimage.minimum_filter(profile, 15) == np.where(profile < -0.03, profile, -1))
        assert (len(dark) > 5) == expected
        if expected:
            assert np.ptp(np.diff(dark)) <= 6


@pytest.mark.parametrize("condition", ["frame", "specks"])
def test_frames_and_specks_are_dark(condition, blank):
    assert (photo(condition) < 0.5).sum() > 30 > (gray(sheets.photo(1, 3, (), SMALL)[0]) < 0.5).sum() == 0


def test_frames_and_specks_differ_in_size(blank):
    def largest(condition):
        labels, _ = ndimage.label(photo(condition, size=(1600, 1200)) < 0.6)
        return max(
            max(rows.stop - rows.start, columns.stop - columns.start) for rows, columns in ndimage.find_objects(labels)
        )

    _, _, ((left, top, right, bottom),) = sheets.photo(1, 3)
    side = max(right - left, bottom - top)
    assert largest("specks") < 0.1 * side < side < largest("frame")


def test_a_table_is_seen_at_the_picture_s_edge(blank):
    sides = []
    for seed in range(12):
        picture = photo("table", seed)
        edges = (picture[:4], picture[-4:], picture[:, :4], picture[:, -4:])
        sides.append(sum(np.median(edge) < 0.6 for edge in edges))
        assert picture[100:-100, 120:-120].min() > 0.7
    assert min(sides) >= 1 and max(sides) >= 3


def colorfulness(picture):
    return np.ptp(np.asarray(picture, float), axis=2)


@pytest.mark.parametrize("condition", ["colored pen", "yellow marker", "ballpoint"])
def test_colored_ink_is_colored(condition):
    picture, _, ((left, top, right, bottom),) = sheets.photo(1, 3, (condition,), SMALL)
    ink = colorfulness(picture)[int(top) : int(bottom), int(left) : int(right)]
    assert np.percentile(ink, 95) > 50 > np.median(colorfulness(picture))


def test_colored_paper_is_colored(blank):
    assert np.median(colorfulness(sheets.photo(1, 3, ("colored paper",), SMALL)[0])) > 30


def test_a_blackboard_is_dark_with_bright_chalk():
    picture = photo("blackboard", size=(1600, 1200))
    assert np.median(picture) < 0.4 and picture.max() > 0.7


def ink_width(condition):
    """Twice the ink's mean distance from the paper, over the digit's length: of a stroke, half its width."""
    picture, _, ((left, top, right, bottom),) = sheets.photo(1, 3, (condition,))
    ink = gray(picture) < 0.7
    return 4 * ndimage.distance_transform_edt(ink)[ink].mean() / max(right - left, bottom - top)


def test_pens_differ_in_width():
    assert ink_width("fineliner") < ink_width("ballpoint") < ink_width("scan")
    assert 0.01 < ink_width("fineliner") < 0.035 < 0.05 < ink_width("scan") < 0.13


def test_turned_is_turned():
    corners = np.array([[0, 0], [1600, 0], [1600, 1200], [0, 1200]])
    seen = camera.project(camera.view(8, np.zeros(2), np.array([1600, 1200])), corners)
    side = np.diff(seen, axis=0)
    np.testing.assert_allclose(np.degrees(np.arctan2(side[0, 1], side[0, 0])), 8)
    assert (seen > -1e-6).all() and (seen < [1600 + 1e-6, 1200 + 1e-6]).all()  # all of the sheet is seen
    tilted = camera.project(camera.view(0, np.array([0.1, 0]), np.array([1600, 1200])), corners)
    left, right = tilted[3, 1] - tilted[0, 1], tilted[2, 1] - tilted[1, 1]
    assert right == pytest.approx(0.818 * left, rel=0.01)  # 0.9 / 1.1


def test_the_quality_is_that_of_the_file():
    """Photos were JPEG files: what the file format takes away is gone, so saving them again takes little more."""
    picture = sheets.photo(1, 3, ("noise",), SMALL)[0]
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95)
    again = np.asarray(Image.open(file), float)
    assert np.abs(again - np.asarray(picture, float)).mean() < 4
