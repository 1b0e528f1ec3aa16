"""The scoreboard: what each notebook's model reached, yours beside the reference."""

import json
import os
from pathlib import Path

from mnist_helpers import sources

REFERENCE_FILE = Path(__file__).with_name("results.json")

_unsaved = {}  # by results file: the rows, by notebook, that it could not take


class Scoreboard:
    """A table of results, newest last. A notebook shows it as HTML, a terminal as text.

    Args:
        yours: list of rows, each a dictionary with the keys that `record` describes.
        reference: list of the same notebooks' rows in the committed results file.

    Example:

    >>> print(Scoreboard(load(results_file()), load(REFERENCE_FILE)))
    """

    HEADINGS = ("notebook", "parameters", "epochs", "training time", "test accuracy", "reference", "data")

    def __init__(self, yours, reference):
        self.yours = yours
        self.reference = {row["notebook"]: row for row in reference}

    def rows(self):
        """Returns the cells of the table as a list of tuples of strings, one tuple for each of your rows."""
        return [
            (
                row["notebook"],
                f"{row['parameters']:,}",
                str(row["epochs"]),
                f"{row['train_seconds']:.1f} s",
                f"{row['test_accuracy']:.2%}",
                self._reference(row["notebook"]),
                row["data_source"],
            )
            for row in self.yours
        ]

    def _reference(self, notebook):
        row = self.reference.get(notebook)
        return f"{row['test_accuracy']:.2%} in {row['train_seconds']:.0f} s" if row else "–"

    def _notes(self):
        others = dict.fromkeys(row["data_source"] for row in self.yours if not row["data_source"].endswith("MNIST"))
        return [
            f"Results on {name} can't be compared with the reference, which was measured on MNIST." for name in others
        ]

    def __str__(self):
        table = [self.HEADINGS, *self.rows()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        return "\n".join([*(line.rstrip() for line in lines), *self._notes()])

    __repr__ = __str__

    def _repr_html_(self):
        head = "".join(f"<th>{cell}</th>" for cell in self.HEADINGS)
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in self.rows())
        notes = "".join(f"<p>{note}</p>" for note in self._notes())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def record(notebook, model, curves, test_accuracy, trained_on=None):
    """Writes a notebook's result into your results file, in place of an earlier one, and returns the scoreboard.

    Where that file cannot be written, a line says so, and the row is kept until the kernel stops.

    Args:
        notebook: the notebook's name without its ending, such as `"03_going_deeper"`.
        model: the trained `keras.Model`.
        curves: the `callbacks.TrainingCurves` of its training; it knows the epochs and the time.
        test_accuracy: fraction of the test set that the model read correctly, 0 to 1.
        trained_on: name of the data that it was trained on, where that is not the data it was tested on.

    Returns:
        A `Scoreboard` of all notebooks that you have run so far, in the order of their numbers. A row has the
        keys `notebook`, `parameters`, `epochs`, `train_seconds`, `test_accuracy` and `data_source`.

    Raises:
        ValueError: `test_accuracy` is no fraction, or `curves` has seen no training.

    Example:

    >>> scoreboard.record("03_going_deeper", model, curves, test_accuracy)
    """
    if not 0 <= test_accuracy <= 1:
        raise ValueError(f"test_accuracy is {test_accuracy}; expected is a fraction from 0 to 1.")
    if not curves.history:
        raise ValueError("curves holds no training; pass it to model.fit(..., callbacks=[curves]) first.")
    tested_on = sources.find().name
    row = {
        "notebook": notebook,
        "parameters": model.count_params(),
        "epochs": len(curves.history["loss"]),
        "train_seconds": round(curves.seconds, 2),
        "test_accuracy": round(float(test_accuracy), 4),
        "data_source": tested_on if trained_on in (None, tested_on) else f"{trained_on}, tested on {tested_on}",
    }
    path = results_file()
    new = _unsaved.pop(path, {}) | {notebook: row}
    rows = [other for other in load(path) if other["notebook"] not in new] + list(new.values())
    rows.sort(key=lambda row: row["notebook"])
    try:
        save(rows, path)
    except OSError as error:
        _unsaved[path] = new
        print(f"Cannot write {path} ({error.strerror or error}): your results will be gone once the kernel stops.")
    return Scoreboard(rows, load(REFERENCE_FILE))


def results_file():
    """Returns the path of your results: `MNIST_RESULTS_FILE` where that variable is set, else beside the cache."""
    return Path(os.environ.get("MNIST_RESULTS_FILE") or sources.cache_folder() / "my_results.json")


def load(path):
    """Reads a results file.

    Args:
        path: a JSON file with a list of rows.

    Returns:
        The list; empty where there is no such file, where it cannot be read or where it holds no list in JSON.

    Example:

    >>> rows = scoreboard.load("build/results.json")
    """
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a ValueError: neither UTF-8 nor JSON
        return []
    return rows if isinstance(rows, list) else []


def save(rows, path):
    """Writes a results file whole, or not at all.

    Args:
        rows: list of dictionaries.
        path: where to; missing folders are made.

    Raises:
        OSError: the file cannot be written.

    Example:

    >>> scoreboard.save(rows, "build/results.json")
    """
    path, text = Path(path), json.dumps(rows, indent=1) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
