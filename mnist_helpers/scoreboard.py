"""The scoreboard: what each notebook's model reached, yours beside the reference."""

import itertools
import json
import math
import os
import re
from pathlib import Path

from mnist_helpers import console, sources, tables
from mnist_helpers.files import idx

REFERENCE_FILE = Path(__file__).with_name("results.json")
BATCH_SIZE = 128  # of the reference trainings
ROW = {  # what a row holds
    "notebook": (str,),
    "parameters": (int,),
    "epochs": (int,),
    "train_seconds": (int, float),
    "test_accuracy": (int, float),
    "data_source": (str,),
}

_unsaved = {}  # by results file: the rows, by notebook, that it could not take


class Scoreboard:
    """A table of results, a row a notebook. A notebook shows it as HTML, a terminal as text.

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

    def _table(self):
        return tables.Table(self.HEADINGS, self.rows(), self._notes())

    def __str__(self):
        return str(self._table())

    __repr__ = __str__

    def _repr_html_(self):
        return self._table()._repr_html_()


def record(notebook, model, curves, test_accuracy, trained_on=None):
    """Writes a notebook's result into your results file, in place of an earlier one, and returns the scoreboard.

    Where that file cannot be written, a line says so, and the row is kept until the kernel stops. A file that is not
    as the scoreboard writes it is put aside, which a line says, too.

    Args:
        notebook: the notebook's name without its ending, such as `"05_going_deeper"`.
        model: the trained `keras.Model`.
        curves: the `callbacks.TrainingCurves` of its training; it knows the epochs and the time.
        test_accuracy: fraction of the test set that the model read correctly, 0 to 1. The test set is that of the
            latest `data.load_datasets`.
        trained_on: name of the data that it was trained on, where that is not the data it was tested on.

    Returns:
        A `Scoreboard` of this notebook and of the earlier ones that you have run. A row has the keys `notebook`,
        `parameters` (see `trained_parameters`), `epochs`, `train_seconds`, `test_accuracy` and `data_source`.

    Raises:
        ValueError: `test_accuracy` is no fraction, or `curves` has seen no whole epoch.

    Example:

    >>> scoreboard.record("05_going_deeper", model, curves, test_accuracy)
    """
    if not 0 <= test_accuracy <= 1:
        raise ValueError(f"test_accuracy is {test_accuracy}; expected is a fraction from 0 to 1.")
    if not curves.epochs:
        raise ValueError("curves holds no whole epoch; pass it to model.fit(..., callbacks=[curves]) first.")
    tested_on = _tested_on()
    row = {
        "notebook": notebook,
        "parameters": trained_parameters(model),
        "epochs": curves.epochs,
        "train_seconds": round(curves.seconds, 2),
        "test_accuracy": round(float(test_accuracy), 4),
        "data_source": tested_on if trained_on in (None, tested_on) else f"{trained_on}, tested on {tested_on}",
    }
    path = results_file()
    new = _unsaved.pop(path, {}) | {notebook: row}
    rows = list(new.values())
    try:
        old, whole = _read(path)
        rows += [row for row in old if row["notebook"] not in new]
        rows.sort(key=lambda row: row["notebook"])
        if not whole:
            _put_aside(path)
        save(rows, path)
    except OSError as error:
        _unsaved[path] = new
        console.say(
            f"Cannot write {path} ({error.strerror or error}): your results will be gone once the kernel stops."
        )
    return Scoreboard([row for row in rows if row["notebook"] <= notebook], load(REFERENCE_FILE))


def trained_parameters(model):
    """Counts the numbers that training finds. Moving means and variances of batch normalization are none of them.

    Args:
        model: a built `keras.Model` or layer.

    Returns:
        A whole number.

    Example:

    >>> scoreboard.trained_parameters(model)
    169670
    """
    return sum(math.prod(weights.shape) for weights in model.trainable_weights)


def _put_aside(path):
    """Renames a file that is not as the scoreboard writes it, so that nothing of it is lost."""
    names = (f"{path.stem}.damaged-{number}{path.suffix}" for number in itertools.count(1))
    aside = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    os.replace(path, aside)
    console.say(f"{path} is not as the scoreboard writes it; it is kept as {aside.name}.")


def _tested_on():
    """The name of the digits in use; of a reader's own pipeline nothing is known."""
    return sources.in_use().name if sources.in_use() else "your own digits"


def checkpoint(notebook, curves, test_accuracy, promised):
    """Compares a test accuracy with the one that the notebook promises, and says how they compare.

    Args:
        notebook, curves, test_accuracy: as for `record`.
        promised: dictionary from the name of a set of digits to the fraction that every training exceeds on them.

    Raises:
        AssertionError: the training was as long as the reference's, and still did not reach what is promised.

    Example:

    >>> scoreboard.checkpoint("05_going_deeper", curves, test_accuracy, {"MNIST": 0.98, "practice digits": 0.969})
    ✓ 98.31%: more than the 98.00% that this notebook promises.
    """
    if (tested_on := _tested_on()) not in promised:
        console.say(f"{test_accuracy:.2%} on {tested_on}, for which this notebook promises nothing.")
        return
    floor = promised[tested_on]
    if test_accuracy > floor:
        console.say(f"✓ {test_accuracy:.2%}: more than the {floor:.2%} that this notebook promises.")
        return
    epochs = {row["notebook"]: row["epochs"] for row in load(REFERENCE_FILE)}.get(notebook, 0)
    steps = epochs * math.ceil(idx.TRAIN_COUNT / BATCH_SIZE)
    if curves.steps < steps:
        console.say(
            f"○ {test_accuracy:.2%} after {curves.steps:,} training steps. This notebook promises more than "
            f"{floor:.2%} after {steps:,}: {epochs} epoch{'s' if epochs > 1 else ''} in batches of {BATCH_SIZE}."
        )
        return
    raise AssertionError(
        f"{test_accuracy:.2%}, and this notebook promises more than {floor:.2%}. If you changed its parameters or its "
        f"network, that's the effect; otherwise restart the kernel and run all cells."
    )


def results_file():
    """Returns the path of your results: `MNIST_RESULTS_FILE` where that variable is set, else beside the cache."""
    return Path(os.path.expanduser(os.environ.get("MNIST_RESULTS_FILE") or sources.cache_folder() / "my_results.json"))


def load(path):
    """Reads a results file.

    Args:
        path: a JSON file with a list of rows.

    Returns:
        The list of rows that are whole; empty where there is no such file, or where it cannot be read.

    Example:

    >>> rows = scoreboard.load("build/results.json")
    """
    try:
        return _read(path)[0]
    except OSError:
        return []


def _read(path):
    """The rows of a file, and whether they are all that it holds; raises an OSError where it cannot be read."""
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
    except (FileNotFoundError, NotADirectoryError):
        return [], True
    except (ValueError, RecursionError):  # a ValueError: neither UTF-8 nor JSON
        return [], False
    if not isinstance(rows, list):
        return [], False
    good = [row for row in rows if _is_row(row)]
    return good, len(good) == len(rows)


def _is_row(row):
    """Says whether a table can show a row."""
    if not isinstance(row, dict) or any(type(row.get(key)) not in kinds for key, kinds in ROW.items()):
        return False
    numbers = (value for key, value in row.items() if ROW.get(key, (str,)) != (str,))
    texts = "".join(value for key, value in row.items() if ROW.get(key) == (str,))
    return all(abs(number) < 1e12 for number in numbers) and not re.search("[\ud800-\udfff]", texts)


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
    path, text = Path(os.path.realpath(path)), json.dumps(rows, indent=1) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
