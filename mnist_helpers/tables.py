"""Small tables, such as an experiment ends in: a notebook shows them as HTML, a terminal as text."""

import html
import statistics
import time


class Table:
    """A table of strings.

    Args:
        headings: one string a column.
        rows: list of rows, each with one string a column.
        notes: strings that follow the table, a paragraph each.

    Example:

    >>> tables.Table(["network", "parameters"], [["one layer", "7,850"]])
    network    parameters
    one layer  7,850
    """

    def __init__(self, headings, rows, notes=()):
        self.headings, self.rows, self.notes = list(headings), list(rows), list(notes)

    def __str__(self):
        table = [self.headings, *self.rows]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        return "\n".join([*(line.rstrip() for line in lines), *self.notes])

    __repr__ = __str__

    def _repr_html_(self):
        head, *body = ([html.escape(cell, quote=False) for cell in row] for row in [self.headings, *self.rows])
        head = "".join(f"<th>{cell}</th>" for cell in head)
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body)
        notes = "".join(f"<p>{html.escape(note, quote=False)}</p>" for note in self.notes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def accuracies(results, column="validation accuracy"):
    """Makes the table that an experiment ends in, a row for each thing that was tried.

    Args:
        results: dictionary from what was tried to its accuracy, a fraction from 0 to 1. In place of one accuracy may
            stand a list of them, one a seed, of which the mean is shown, then the lowest and the highest; or a
            dictionary from the name of a column to one or the other.
        column: the heading, where `results` names no columns.

    Returns:
        A `Table`.

    Raises:
        ValueError: there is no accuracy, or one is no fraction.

    Example:

    >>> tables.accuracies({"sigmoid": [0.952, 0.955], "ReLU": [0.973, 0.976]})
             validation accuracy
    sigmoid  95.35% (95.20%–95.50%)
    ReLU     97.45% (97.30%–97.60%)
    """
    rows = {name: values if isinstance(values, dict) else {column: values} for name, values in results.items()}
    columns = list(dict.fromkeys(name for values in rows.values() for name in values))
    body = [
        [name, *(spread(values[key]) if key in values else "–" for key in columns)] for name, values in rows.items()
    ]
    return Table(["", *columns], body)


def spread(accuracies):
    """Puts an accuracy into words.

    Args:
        accuracies: one accuracy, a fraction from 0 to 1, or a list of them, one a seed.

    Returns:
        A string: the accuracy, or the mean of several, then the lowest and the highest.

    Raises:
        ValueError: there is no accuracy, or one is no fraction.

    Example:

    >>> tables.spread([0.952, 0.955])
    '95.35% (95.20%–95.50%)'
    """
    values = [float(value) for value in (accuracies if isinstance(accuracies, list | tuple) else [accuracies])]
    if not values or not all(0 <= value <= 1 for value in values):
        raise ValueError(f"The accuracies are {values}; expected is at least one, each a fraction from 0 to 1.")
    mean = f"{statistics.mean(values):.2%}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.2%}–{max(values):.2%})"


def seconds(datasets, passes=2):
    """Measures how long a pass over each of some datasets takes, with nothing being trained.

    Args:
        datasets: dictionary from a name to a dataset, or to anything else that can be gone through more than once.
        passes: how often each is gone through. The shortest time counts: the first pass also pays for preparations.

    Returns:
        A `Table` with a row for each dataset.

    Raises:
        ValueError: `passes` is less than 1.

    Example:

    >>> tables.seconds({"not varied": train_dataset})
                one pass
    not varied  0.15 s
    """
    if passes < 1:
        raise ValueError(f"passes is {passes}; expected is 1 or more.")

    def fastest(dataset):
        return min(one_pass(dataset) for _ in range(passes))

    return Table(["", "one pass"], [[name, f"{fastest(dataset):.2f} s"] for name, dataset in datasets.items()])


def one_pass(dataset):
    """Goes through a dataset once.

    Args:
        dataset: a dataset, or anything else that can be gone through.

    Returns:
        The seconds that it took.

    Example:

    >>> tables.one_pass(train_dataset)
    0.15
    """
    start = time.perf_counter()
    for _ in dataset:
        pass
    return time.perf_counter() - start
