"""The scoreboard: what each notebook's model reached, yours beside the reference."""

import json
import os
from pathlib import Path

from mnist_helpers import sources

REFERENCE_FILE = Path(__file__).with_name("results.json")


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

    def __str__(self):
        table = [self.HEADINGS, *self.rows()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__

    def _repr_html_(self):
        head = "".join(f"<th>{cell}</th>" for cell in self.HEADINGS)
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in self.rows())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def record(notebook, model, curves, test_accuracy, data_dir=None):
    """Writes a notebook's result into your results file, in place of an earlier one, and returns the scoreboard.

    Args:
        notebook: the notebook's name without its ending, such as `"03_going_deeper"`.
        model: the trained `keras.Model`.
        curves: the `callbacks.TrainingCurves` of its training; it knows the epochs and the time.
        test_accuracy: fraction of the test set that the model read correctly, 0 to 1.
        data_dir: what was given to `data.load_datasets`.

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
    row = {
        "notebook": notebook,
        "parameters": model.count_params(),
        "epochs": len(curves.history["loss"]),
        "train_seconds": round(curves.seconds, 2),
        "test_accuracy": round(float(test_accuracy), 4),
        "data_source": sources.find(data_dir).name,
    }
    rows = [other for other in load(results_file()) if other["notebook"] != notebook] + [row]
    rows.sort(key=lambda row: row["notebook"])
    save(rows, results_file())
    return Scoreboard(rows, load(REFERENCE_FILE))


def results_file():
    """Returns the path of your results: `MNIST_RESULTS_FILE` where that variable is set, else beside the cache."""
    return Path(os.environ.get("MNIST_RESULTS_FILE") or sources.cache_folder() / "my_results.json")


def load(path):
    """Reads a results file.

    Args:
        path: a JSON file with a list of rows.

    Returns:
        The list; empty where there is no such file, or where it holds no list in JSON.

    Example:

    >>> rows = scoreboard.load("build/results.json")
    """
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # a ValueError: neither UTF-8 nor JSON
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
