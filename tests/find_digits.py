"""Finds digits in a process of its own: `python find_digits.py LOG MIRROR…`, and prints the source as JSON.

Its practice digits are blank, which is fast; each drawing adds a line to the file LOG. With `hang` as the only
mirror, drawing stops halfway.
"""

import json
import sys
import threading

import numpy as np

from mnist_helpers import practice, sources
from mnist_helpers.files import mirrors

log, *given = sys.argv[1:]
hangs = given == ["hang"]


def blank_digits(writers):
    if 0 in writers:
        with open(log, "a") as file:
            file.write("drawn\n")
    if hangs and 3_000 in writers:
        threading.Event().wait()
    return np.zeros((10 * len(writers), 28, 28), np.uint8), np.tile(np.arange(10, dtype=np.uint8), len(writers))


practice.digits = blank_digits
mirrors.MIRRORS = () if hangs else tuple(given) or mirrors.MIRRORS
try:
    source = sources.find()
except OSError as error:
    sys.exit(f"OSError: {error}")
print(json.dumps(vars(source)))
