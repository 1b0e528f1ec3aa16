"""Measures how well photos of digits are read: `python tools/photos.py [--count 100]`.

Networks are trained by the cells of their notebooks. For each condition of `sheets`, photos of one digit are drawn,
found by `draw.read_photo`, and read by each network; then sheets of twenty under mixed conditions, and digits drawn on
the pad. Writes docs/photos.json, and from it docs/photos.md.
"""

import argparse
import json
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from reports import say, table

from mnist_helpers import ink, pad, photo, practice, sheets
from mnist_helpers.runner import environment, in_words

DOCS = Path(__file__).resolve().parents[1] / "docs"
MIXED, ON_A_SHEET = "mixed", 20
NOTEBOOKS = (
    "05_going_deeper",
    "06_overfitting",
    "10_augmentation",
)  # whose networks are measured besides notebook 12's
OWN_DIGITS = "12_your_own_digits"
CELLS = ("imports", "parameters", "load", "build", "vary", "fit")  # that train notebook 12's networks
WRITERS = range(1_000, 1_100)  # neat and wild ones


def find(conditions, count, seed):
    """Draws a photo and looks for its digits.

    Args:
        conditions: a key of `sheets.CONDITIONS`, or "mixed".
        count: how many digits.
        seed: whole number.

    Returns:
        Dictionary: "classes", a list; "images", float32 `[found, 28, 28, 1]`, what was found; "matches", for each of
        these the position of the digit that it is, or `None`; "seconds", of `read_photo`.
    """
    names = sheets.mixed(seed) if conditions == MIXED else (conditions,)
    picture, classes, boxes = sheets.photo(count, seed, names)
    start = time.perf_counter()
    try:
        sheet = photo.read_photo(picture)
        found, images, width = sheet.boxes, sheet.images, sheet.picture.shape[1]
    except ValueError:  # it found none
        found, images, width = [], np.zeros((0, 28, 28, 1), np.float32), picture.width
    seconds = time.perf_counter() - start
    boxes = boxes * width / picture.width
    return {
        "classes": classes.tolist(),
        "images": images,
        "matches": [match(box, boxes) for box in found],
        "seconds": seconds,
    }


def match(found, boxes):
    """Returns the position of the box that is about where `found` is and about as large; `None` if there is none."""
    for position, box in enumerate(boxes):
        size, found_size = box[2:] - box[:2], found[2:] - found[:2]
        away = np.abs((box[2:] + box[:2]) - (found[2:] + found[:2])) / 2
        if (away < 0.2 * max(size)).all() and 0.75 < max(found_size) / max(size) < 1.33:
            return position
    return None


def measure_photos(readers, conditions, count, seeds, pool):
    """Counts how many photos are read right.

    Args:
        readers: dictionary from a network's name to a function from images to classes.
        conditions: as for `find`.
        count: digits on each photo.
        seeds: iterable of whole numbers.
        pool: a `concurrent.futures.Executor`.

    Returns:
        Dictionary: how many "photos" and "digits" there are, on how many photos all digits and nothing else were
        "found" in order, how many digits each network read "right", and the median "seconds" of a photo. The only digit
        of a photo counts as right where nothing else was found.
    """
    results = list(pool.map(find, *zip(*((conditions, count, seed) for seed in seeds), strict=True)))
    found, right = 0, dict.fromkeys(readers, 0)
    for result in results:
        complete = result["matches"] == list(range(count))
        found += complete
        if len(result["images"]) and (complete or count > 1):
            for name, read in readers.items():
                answers = zip(result["matches"], read(result["images"]), strict=True)
                by_position = {position: answer for position, answer in answers if position is not None}
                right[name] += sum(
                    by_position.get(position) == digit for position, digit in enumerate(result["classes"])
                )
    seconds = statistics.median(result["seconds"] for result in results)
    return {"photos": len(results), "digits": count * len(results), "found": found, "right": right, "seconds": seconds}


def drawn():
    """Draws practice digits on the pad, in several ways.

    Returns:
        `(pictures, classes)`: dictionary from the way to a list of uint8 `[280, 280]`, and uint8 `[count]`.
    """
    digits, classes = practice.lines(WRITERS)
    random = np.random.default_rng(0)

    def moved(digit, side, left, top):
        return [[(left + side * x, top + side * y) for x, y in line] for line in digit]

    middle = [moved(digit, 0.7, 0.15, 0.15) for digit in digits]
    fifth = [moved(digit, 0.2, 0.4, 0.4) for digit in digits]
    anywhere = []
    for digit in digits:
        side = random.uniform(0.2, 0.9)
        anywhere.append(moved(digit, side, *random.uniform(0.03, 0.97 - side, 2)))
    pictures = {
        "as large as the pad": [pad.paint(digit) for digit in middle],
        "a fifth of the pad": [pad.paint(digit) for digit in fifth],
        "any size, anywhere": [pad.paint(digit) for digit in anywhere],
        "ballpoint": [pad.paint(digit, 0.037 * 0.7 * pad.SIDE) for digit in middle],
        "fineliner": [pad.paint(digit, 0.02 * 0.7 * pad.SIDE) for digit in middle],
    }
    return pictures, classes


def train():
    """Trains the networks.

    Returns:
        Dictionary from a network's name to a function from images to classes.
    """
    import train_one  # here, since the processes that look for digits don't need TensorFlow

    networks = {}
    for notebook in NOTEBOOKS:
        say(f"training {notebook}")
        networks["notebook " + notebook[:2]] = train_one.train_notebook(notebook, seed=0)[0]
    say(f"training {OWN_DIGITS}")
    own = train_one.run_cells(OWN_DIGITS, 0, CELLS)["networks"]
    networks |= {f"notebook {OWN_DIGITS[:2]}, {name}": network for name, network in own.items()}

    def reader(network):
        return lambda images: network.predict(images, verbose=0).argmax(axis=1).tolist()

    return {name: reader(network) for name, network in networks.items()}


def measure(readers, count):
    """Measures everything.

    Args:
        readers: as `train` returns them.
        count: photos of each condition.

    Returns:
        Dictionary, as docs/photos.json holds it.
    """
    photos, strokes = {}, {}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for name in sheets.CONDITIONS:
            photos[name] = measure_photos(readers, name, 1, range(count), pool)
            say(f"{name}: {photos[name]}")
        mixed = measure_photos(readers, MIXED, ON_A_SHEET, range(count), pool)
        say(f"sheets: {mixed}")
    pictures, classes = drawn()
    for way, drawings in pictures.items():
        images = np.stack([ink.prepare(picture) for picture in drawings])
        right = {name: int((np.array(read(images)) == classes).sum()) for name, read in readers.items()}
        strokes[way] = {"digits": len(classes), "right": right}
        say(f"{way}: {right}")
    return {**environment(), "photos": photos, "sheets": mixed, "drawn": strokes}


def report(measured):
    """Returns docs/photos.md as a string, from what docs/photos.json holds."""
    versions = in_words(measured["versions"])
    sheet, networks = measured["sheets"], list(measured["sheets"]["right"])
    photos = [
        (name, f"{row['found']}", *(f"{row['right'][network]}" for network in networks), f"{row['seconds']:.2f} s")
        for name, row in measured["photos"].items()
    ]
    count = next(iter(measured["photos"].values()))["photos"]
    pages = [(name, f"{right:,}", f"{right / sheet['digits']:.1%}") for name, right in sheet["right"].items()]
    strokes = [
        (name, *(f"{row['right'][network] / row['digits']:.1%}" for network in networks))
        for name, row in measured["drawn"].items()
    ]
    return f"""# Photos and drawings, and how many are read right

All of this was measured by `make photos` on {measured["machine"]}, with {versions}.
Each network was trained once, by the cells of its notebook. Photos are drawn by `mnist_helpers/sheets.py`, 1,600 by
1,200 pixels, from practice digits of neat writers ("printed": from fonts). They differ in all that a condition leaves
open. No network was trained on any of them.

## One digit on a photo

Of {count} photos each: "found" counts those on which the digit was found, and nothing else was taken for one; then come
those of them that each network read right. The time is that of `draw.read_photo`, the median.

{table(("condition", "found", *networks, "time"), photos)}

## Twenty digits on a photo

Each under two to four conditions together, such as a shadow on squared paper that lies on a table. All twenty digits,
nothing else, and in reading order: **{sheet["found"]} of {sheet["photos"]}** photos. A photo takes
{sheet["seconds"]:.2f} s. Of the {sheet["digits"]:,} digits, found and read right:

{table(("network", "right", "share"), pages)}

## Drawn on the pad

{next(iter(measured["drawn"].values()))["digits"]:,} digits of {len(WRITERS)} practice writers, neat and wild.

{table(("drawn", *networks), strokes)}
"""


def main():
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="photos of each condition")
    arguments = parser.parse_args()
    if arguments.count < 1:
        parser.error(f"--count is {arguments.count}; expected is 1 or more")
    measured = measure(train(), arguments.count)
    (DOCS / "photos.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    (DOCS / "photos.md").write_text(report(measured), encoding="utf-8")
    print((DOCS / "photos.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
