"""The digits that a reader kept on the pad, in a small file."""

import json
import os

from mnist_helpers import pad

NAME, FORMAT = "my_digits.json", "digits drawn on the pad of mnist_helpers, version 1"


def is_digit(thing):
    """Says whether something is a digit that was kept: a dictionary with "label", 0 to 9, and "lines"."""
    try:
        pad.check_lines(thing["lines"])
        return type(thing["label"]) is int and 0 <= thing["label"] <= 9 and len(thing["lines"]) > 0
    except (KeyError, TypeError, ValueError):
        return False


def text(digit):
    """Returns a digit as text; equal digits have the same."""
    return json.dumps([digit["label"], digit["lines"]])


def read(path):
    """Reads the digits in a file that `write` wrote.

    Args:
        path: a `Path`.

    Returns:
        A list of digits; `None` where there is no file.

    Raises:
        ValueError: the file is damaged or isn't one of `write`.

    Example:

    >>> kept.read(Path("my digits") / kept.NAME)
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, RecursionError) as error:  # a ValueError: neither UTF-8 nor JSON
        raise ValueError(
            f"{path} is damaged: {str(error).splitlines()[0]}. Move it away, then save your digits again."
        ) from error
    digits = content.get("digits") if isinstance(content, dict) and content.get("format") == FORMAT else None
    if not isinstance(digits, list) or not all(map(is_digit, digits)):
        raise ValueError(
            f"{path} isn't a file of Pad.save; expected is the format {FORMAT!r}. Move it away, or name another folder."
        )
    return digits


def write(path, digits):
    """Writes digits to a file, whole or not at all; its folder is made where it is missing.

    Args:
        path: a `Path`.
        digits: list of digits.

    Raises:
        OSError: the file can't be written.

    Example:

    >>> kept.write(Path("my digits") / kept.NAME, pad.kept)
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        temporary.write_text(json.dumps({"format": FORMAT, "digits": digits}, separators=(",", ":")), encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
