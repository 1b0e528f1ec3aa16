"""Measures what the live curves cost, and how fast pipeline and drawing are: `python tools/benchmark.py [--runs 5]`.

Trains in a real IPython kernel, with and without `callbacks.TrainingCurves` by turns, and prints one table.
"""

import argparse
import statistics
import sys

import nbformat
from nbclient import NotebookClient

SETUP = """
from mnist_helpers import device
device.start()

import time
import keras
from keras import layers
from mnist_helpers import callbacks, data, sources

train_dataset, validation_dataset, _ = data.load_datasets(batch_size=128)
HIDDEN = {
    "one dense layer": lambda: [],
    "convolutional model": lambda: [layers.Conv2D(filters, 3, strides=2, activation="relu") for filters in (8, 16)],
}

def train(name, epochs, live):
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), *HIDDEN[name](), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    optimizer = keras.optimizers.SGD(learning_rate=0.2)
    model.compile(optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    curves = [callbacks.TrainingCurves()] if live else []
    start = time.perf_counter()
    model.fit(train_dataset, epochs=epochs, shuffle=False, validation_data=validation_dataset, callbacks=curves)
    return time.perf_counter() - start

def one_pass(dataset):
    start = time.perf_counter()
    for _ in dataset:
        pass
    return time.perf_counter() - start

def draw():
    start = time.perf_counter()
    sources.draw_practice_digits()
    return time.perf_counter() - start
"""
EPOCHS = {"one dense layer": 10, "convolutional model": 4}
TRAIN_COUNT = 50_000


def measure(sources):
    """Runs cells in a kernel.

    Args:
        sources: list of strings, the cells' code.

    Returns:
        List of the numbers that they end with; `None` for a cell without one.
    """
    cells = [nbformat.v4.new_code_cell(source) for source in sources]

    def show(cell, cell_index):
        print(f"{cell_index + 1} of {len(cells)}: {cell.source.strip().splitlines()[0]}", file=sys.stderr, flush=True)

    notebook = nbformat.v4.new_notebook(cells=cells)
    quiet = ["--IPKernelApp.log_level=ERROR"]  # as mnist_helpers/__main__.py has it
    NotebookClient(notebook, timeout=None, kernel_name="python3", extra_arguments=quiet, on_cell_start=show).execute()
    for cell in cells:
        drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
        assert drawn == ("live=True" in cell.source), f"The curves were {'' if drawn else 'not '}drawn: {cell.source}"
    texts = [[out.data["text/plain"] for out in cell.outputs if out.output_type == "execute_result"] for cell in cells]
    return [float(text[0]) if text else None for text in texts]


def main():
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="pairs of trainings for each model")
    runs = parser.parse_args().runs

    cells = [SETUP]
    for name in EPOCHS:
        cells += [f"train({name!r}, epochs=1, live={live})" for live in (False, True)]  # warms up, is not counted
        for run in range(runs):
            order = (False, True) if run % 2 else (True, False)
            cells += [f"train({name!r}, epochs={EPOCHS[name]}, live={live})" for live in order]
    cells += ["fresh_dataset, *_ = data.load_datasets(batch_size=128)", *["one_pass(fresh_dataset)"] * 4, "draw()"]
    seconds = measure(cells)

    def median(cell):
        return statistics.median(value for source, value in zip(cells, seconds, strict=True) if source == cell)

    table = []
    for name, epochs in EPOCHS.items():
        plain, live = (median(f"train({name!r}, epochs={epochs}, live={live})") for live in (False, True))
        table.append((f"{name}, {epochs} epochs", f"{plain:.2f} s", ""))
        table.append(("  with live curves", f"{live:.2f} s", f"{live / plain - 1:+.1%}"))
    passes = {"pipeline, first epoch": seconds[-5], "  later epochs": statistics.median(seconds[-4:-1])}
    for name, value in passes.items():
        table.append((name, f"{value:.2f} s", f"{TRAIN_COUNT / value:,.0f} images/s"))
    table.append(("drawing all practice digits", f"{seconds[-1]:.2f} s", ""))
    print("\n".join(f"{name:32}{value:>9}  {remark}".rstrip() for name, value, remark in table))


if __name__ == "__main__":
    main()
