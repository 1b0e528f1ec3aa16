"""Trains one network with one seed and prints what it took, as JSON: `python tools/train_one.py 07_convolutions 0`.

With `trials` in place of a name it runs notebook 09's trials, one change at a time.

A process of its own for each training, so that its processor time and its memory can be told. The notebooks' networks
are made by the notebooks' own cells; those of others are rebuilt here, and all see the same 50,000 training digits.
"""

import contextlib
import json
import os
import sys
import time
from pathlib import Path

import nbformat

from mnist_helpers import device, scoreboard
from mnist_helpers.runner import peak_memory, with_parameters

with contextlib.redirect_stdout(sys.stderr):
    device.start()  # before the imports below, which load TensorFlow
import keras  # noqa: E402
from keras import layers  # noqa: E402

from mnist_helpers import alterations, callbacks, data  # noqa: E402

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
CELLS = {  # the ids of the cells that lead from imports to a trained network
    "01_watch_it_train": ("imports", "parameters", "load", "look", "model", "compile", "callbacks", "fit"),
    "05_going_deeper": ("imports", "parameters", "load", "build", "model", "compile", "fit"),
    "06_overfitting": ("imports", "parameters", "load", "build", "model", "compile", "fit"),
    "07_convolutions": ("imports", "parameters", "load", "model", "compile", "fit"),
    "08_ninety_nine_percent": ("imports", "parameters", "load", "build", "cycle", "model", "compile", "fit"),
    "09_one_epoch": ("start", "imports", "parameters", "load", "cycle", "build", "precision", "model", "fit"),
    "10_augmentation": (
        *("imports", "parameters", "load", "varied", "build", "cycle"),
        *("pipeline", "model", "compile", "fit"),
    ),
}
TRIALS = (  # notebook 09, one change at a time
    *("start", "imports", "parameters", "load", "usual", "train", "usual-train", "cycle", "cycle-train"),
    *("smaller-train", "build", "normalize-train", "pool-train", "border-train", "small-train", "third-train"),
    *("even-train", "smooth-train", "lean-train", "calls-train", "precision", "precision-train"),
)


def without_a_phd():
    """The convolutional network of "TensorFlow, Keras and deep learning, without a PhD" (Martin Görner, Google)."""
    model = keras.Sequential([keras.Input(shape=[28, 28, 1])])
    for filters, kernel_size, strides in ((12, 3, 1), (24, 6, 2), (32, 6, 2)):
        model.add(layers.Conv2D(filters, kernel_size, strides=strides, padding="same", activation="relu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(200, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model, {"batch_size": 128, "epochs": 10, "schedule": lambda epoch: 0.01 * 0.6**epoch}


def without_a_phd_normalized():
    """The same series' last network, with batch normalization and dropout."""
    model = keras.Sequential([keras.Input(shape=[28, 28, 1])])
    for filters, kernel_size, strides in ((12, 3, 1), (24, 6, 2), (32, 6, 2)):
        model.add(layers.Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False))
        model.add(layers.BatchNormalization(scale=False))
        model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(200, use_bias=False))
    model.add(layers.BatchNormalization(scale=False))
    model.add(layers.ReLU())
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(10, activation="softmax"))
    return model, {"batch_size": 64, "epochs": 10, "schedule": lambda epoch: 0.01 * 0.666**epoch}


def keras_example():
    """Keras's own example, mnist_convnet: https://keras.io/examples/vision/mnist_convnet/."""
    model = keras.Sequential([keras.Input(shape=[28, 28, 1])])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, kernel_size=3, activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(10, activation="softmax"))
    return model, {"batch_size": 128, "epochs": 15, "schedule": lambda epoch: 0.001}


OTHERS = {
    "without a PhD, convolutional": without_a_phd,
    "without a PhD, normalized": without_a_phd_normalized,
    "Keras's mnist_convnet": keras_example,
}


class Stopwatch(keras.callbacks.Callback):
    """Keeps the seconds and the processor seconds of each epoch's training, and the accuracy after it.

    Evaluation counts as no training, neither the network's own on the validation set nor this one's on the test set.
    Takes the place of `callbacks.TrainingCurves` in a notebook's cells.

    Args:
        test_dataset: batches `(images, labels)`, to evaluate after each epoch.
    """

    def __init__(self, test_dataset):
        super().__init__()
        self.test_dataset = test_dataset
        self.seconds, self.cpu_seconds, self.accuracies = [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter(), time.process_time()

    def on_test_begin(self, logs=None):
        self._stop()

    def on_epoch_end(self, epoch, logs=None):
        self._stop()
        self.accuracies.append(accuracy(self.model, self.test_dataset))

    def _stop(self):
        if self._start:
            self.seconds.append(time.perf_counter() - self._start[0])
            self.cpu_seconds.append(time.process_time() - self._start[1])
            self._start = None


def accuracy(model, dataset):
    """Returns the fraction of a dataset that a compiled model reads correctly."""
    return float(model.evaluate(dataset, verbose=0, return_dict=True)["accuracy"])


def run_cells(name, seed, cell_ids, **parameters):
    """Runs some of a notebook's cells.

    Args:
        name: a key of `CELLS`.
        seed: number to put in place of the notebook's `SEED`.
        cell_ids: ids of cells, in the order of running.
        parameters: numbers to put in place of others of the notebook's parameters.

    Returns:
        The notebook's variables, a dictionary.
    """
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells}
    cells["parameters"] = with_parameters(cells["parameters"], {"SEED": seed, "SEEDS": 1} | parameters)
    namespace = {}
    for cell_id in cell_ids:
        exec(cells[cell_id], namespace)
    return namespace


def trials(seed):
    """Runs notebook 09's trials.

    Args:
        seed: whole number.

    Returns:
        List of `[name, seconds, validation accuracy in percent]`, one entry a trial, as the notebook's table has them.
    """
    results = run_cells("09_one_epoch", seed, TRIALS)["results"]
    return [[name, round(seconds, 1), round(100 * accuracy, 2)] for name, (seconds, (accuracy,)) in results.items()]


def train_notebook(name, seed):
    """Trains a notebook's network by its own cells. Returns the model and its stopwatch."""
    stopwatch = Stopwatch(data.load_datasets()[2])
    callbacks.TrainingCurves = lambda: stopwatch  # the notebook's cells find it under this name
    return run_cells(name, seed, CELLS[name])["model"], stopwatch


def train_other(name, seed):
    """Trains one of `OTHERS`. Returns the model and its stopwatch."""
    keras.utils.set_random_seed(seed)
    model, plan = OTHERS[name]()
    train_dataset, _, test_dataset = data.load_datasets(plan["batch_size"])
    next(iter(train_dataset))  # reads the files, as the notebooks do by looking at some digits
    stopwatch = Stopwatch(test_dataset)
    model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        train_dataset,
        epochs=plan["epochs"],
        shuffle=False,
        callbacks=[stopwatch, keras.callbacks.LearningRateScheduler(plan["schedule"])],
        verbose=2,
    )
    return model, stopwatch


def altered_mistakes(model, test_dataset):
    """Returns the share of altered test digits that a network misreads, by the name of the alteration."""
    images, classes = data.to_arrays(test_dataset)
    altered = alterations.alter(images)
    return {
        name: float((model.predict(digits, batch_size=1000, verbose=0).argmax(axis=1) != classes).mean())
        for name, digits in altered.items()
    }


def measure(name, seed):
    """Trains a network and measures it.

    Args:
        name: a key of `CELLS` or of `OTHERS`.
        seed: whole number.

    Returns:
        Dictionary: `parameters`, `seconds` and `cpu_seconds` of training and `accuracies` on the test set (all three
        with one number an epoch), `peak_memory` in MB and `altered`, as `altered_mistakes` returns it. The last
        accuracy is that of the finished network: some average their weights at the end, or go back to the best epoch.
    """
    model, stopwatch = (train_notebook if name in CELLS else train_other)(name, seed)
    assert 0 < len(stopwatch.seconds) == len(stopwatch.accuracies), f"{name} was trained without the stopwatch."
    memory = peak_memory(os.getpid())
    return {
        "parameters": scoreboard.trained_parameters(model),
        "seconds": stopwatch.seconds,
        "cpu_seconds": stopwatch.cpu_seconds,
        "accuracies": [*stopwatch.accuracies[:-1], accuracy(model, stopwatch.test_dataset)],
        "peak_memory": memory,
        "altered": altered_mistakes(model, stopwatch.test_dataset),
    }


if __name__ == "__main__":
    name, seed = sys.argv[1], int(sys.argv[2])
    with contextlib.redirect_stdout(sys.stderr):
        result = trials(seed) if name == "trials" else measure(name, seed)
    print(json.dumps(result))
