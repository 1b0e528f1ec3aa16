"""`make photos`: how digits that were found are matched with those that were written, and what is counted."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mnist_helpers import photo, practice, sheets

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import photos  # noqa: E402

BOXES = np.array([[100, 100, 150, 200], [300, 100, 380, 200], [500, 100, 510, 200.0]])


@pytest.mark.parametrize(
    ("found", "position"),
    [
        ((100, 100, 150, 200), 0),
        ((303, 95, 384, 204), 1),  # a little larger
        ((495, 100, 515, 200), 2),  # the box of a 1 with softer edges
        ((100, 100, 150, 150), None),  # half a digit
        ((100, 100, 380, 200), None),  # two digits
        ((200, 100, 250, 200), None),  # between two
        ((0, 0, 600, 300), None),  # the sheet
    ],
)
def test_what_was_found_is_matched_with_what_was_written(found, position):
    assert photos.match(np.array(found), BOXES) == position


def reader(monkeypatch, found):
    """Puts a reader in place of `photo.read_photo`; `found` makes, of the true boxes, those that it finds.

    Each prepared image holds the class that a network is to answer.
    """
    picture = Image.new("RGB", (800, 600))
    monkeypatch.setattr(sheets, "photo", lambda count, seed, names: (picture, np.array([1, 2, 3], np.uint8), BOXES))

    def read_photo(picture):
        boxes, answers = found(BOXES / 2)
        images = np.ones((len(boxes), 28, 28, 1), np.float32) * np.array(answers).reshape(-1, 1, 1, 1)
        return SimpleNamespace(boxes=boxes, images=images, picture=np.zeros((300, 400, 3)))  # shrunk to half

    monkeypatch.setattr(photo, "read_photo", read_photo)


def measured(count=3):
    with ThreadPoolExecutor(1) as pool:
        read = lambda images: images[:, 0, 0, 0].astype(int).tolist()  # noqa: E731
        result = photos.measure_photos({"network": read}, "mixed", count, range(2), pool)
    return result["photos"], result["digits"], result["found"], result["right"]["network"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda boxes: (boxes, [1, 2, 3]), (2, 6)),
        (lambda boxes: (boxes, [1, 7, 3]), (2, 4)),
        (lambda boxes: (boxes[:2], [1, 2]), (0, 4)),  # one was missed
        (lambda boxes: (boxes[::-1], [3, 2, 1]), (0, 6)),  # in another order
        (lambda boxes: (np.concatenate([boxes, [[0, 0, 9, 9]]]), [1, 2, 3, 4]), (0, 6)),  # and a speck
    ],
)
def test_all_that_counts_on_a_sheet_is_counted(found, expected, monkeypatch):
    reader(monkeypatch, found)
    assert measured() == (2, 6, *expected)


def test_a_photo_on_which_nothing_is_found_counts_as_wrong(monkeypatch):
    def find_none(boxes):
        raise ValueError("No digit was found.")

    reader(monkeypatch, find_none)
    assert measured() == (2, 6, 0, 0)


def test_the_only_digit_counts_only_if_nothing_else_is_found(monkeypatch):
    monkeypatch.setattr(sheets, "mixed", lambda seed: ())
    for more, right in ((0, 2), (1, 0)):
        reader(monkeypatch, lambda boxes, more=more: (boxes[: 1 + more], [1, 2][: 1 + more]))
        monkeypatch.setattr(
            sheets, "photo", lambda *names: (Image.new("RGB", (800, 600)), np.array([1], np.uint8), BOXES[:1])
        )
        assert measured(1) == (2, 2, right, right)


def test_digits_are_drawn_as_large_and_as_thick_as_is_said(monkeypatch):
    monkeypatch.setattr(photos, "WRITERS", range(2))
    pictures, classes = photos.drawn()
    np.testing.assert_array_equal(classes, practice.lines(range(2))[1])
    sides = {
        name: [max(np.ptp(np.argwhere(picture), axis=0)) / 280 for picture in drawings]
        for name, drawings in pictures.items()
    }
    assert {len(drawings) for drawings in pictures.values()} == {20}
    assert min(sides["as large as the pad"]) > 0.68 and max(sides["a fifth of the pad"]) < 0.25
    assert np.ptp(sides["any size, anywhere"]) > 0.4
    ink = {name: np.mean([(picture > 127).mean() for picture in drawings]) for name, drawings in pictures.items()}
    assert ink["fineliner"] < 0.7 * ink["ballpoint"] < ink["as large as the pad"]


def test_the_report_names_every_condition_and_what_was_counted():
    row = {"photos": 100, "digits": 100, "found": 98, "right": {"05": 91, "12": 97}, "seconds": 0.5}
    sheet = {"photos": 100, "digits": 2000, "found": 95, "right": {"05": 1800, "12": 1940}, "seconds": 0.75}
    text = photos.report(
        {
            "machine": "2 CPU cores",
            "versions": {"python": "3.11", "keras": "3.15"},
            "photos": {name: row for name in sheets.CONDITIONS},
            "sheets": sheet,
            "drawn": {"fineliner": {"digits": 1000, "right": {"05": 730, "12": 960}}},
        }
    )
    for name in sheets.CONDITIONS:
        assert f"| {name} | 98 | 91 | 97 | 0.50 s |" in text
    for part in ("python 3.11, keras 3.15", "**95 of 100**", "| 12 | 1,940 | 97.0% |", "| fineliner | 73.0% | 96.0% |"):
        assert part in text
