"""`make benchmark`: what it trains, how it keeps time, and the report that it writes."""

import json
import re
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from mnist_helpers import scoreboard

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import benchmark  # noqa: E402
import train_one  # noqa: E402


def test_every_training_notebook_on_mnist_takes_part():
    rows = scoreboard.load(scoreboard.REFERENCE_FILE)
    assert list(train_one.CELLS) == [row["notebook"] for row in rows if row["data_source"] == "MNIST"]


@pytest.mark.parametrize("name", train_one.CELLS)
def test_a_notebook_s_cells_make_its_network(name, monkeypatch):
    """Up to the training itself, and with the seed put in."""
    monkeypatch.setattr(keras.Model, "fit", lambda self, *arguments, **options: None)
    namespace = train_one.run_cells(name, 7, train_one.CELLS[name])
    (row,) = [row for row in scoreboard.load(scoreboard.REFERENCE_FILE) if row["notebook"] == name]
    assert scoreboard.trained_parameters(namespace["model"]) == row["parameters"]
    assert namespace["SEED"] == 7


def test_all_trials_of_notebook_09_are_read(monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda self, *arguments, **options: time.sleep(0.1))
    monkeypatch.setattr(keras.Model, "evaluate", lambda self, *arguments, **options: [0.1, 0.9876])
    trials = train_one.trials(0)
    assert trials[0] == ["usual", pytest.approx(0.1, abs=0.1), 98.76]
    assert [name for name, *_ in trials][-2:] == ["+ 17 steps at once", "+ bfloat16"]
    source = (ROOT / "notebooks/09_one_epoch.ipynb").read_text(encoding="utf-8")
    assert len(trials) == source.count('"train(\\"')


@pytest.mark.parametrize(
    ("make", "parameters", "plan"),
    [
        # Weights and biases, or centers, moving means and variances, layer by layer.
        (
            train_one.without_a_phd,
            sum([9 * 12 + 12, 36 * 12 * 24 + 24, 36 * 24 * 32 + 32, 7 * 7 * 32 * 200 + 200, 200 * 10 + 10]),
            (128, 10, 0.01, 0.006),
        ),
        (
            train_one.without_a_phd_normalized,
            sum([9 * 12 + 36, 36 * 12 * 24 + 72, 36 * 24 * 32 + 96, 7 * 7 * 32 * 200 + 600, 200 * 10 + 10]),
            (64, 10, 0.01, 0.00666),
        ),
        (train_one.keras_example, 34_826, (128, 15, 0.001, 0.001)),  # as its page says
    ],
)
def test_the_others_networks(make, parameters, plan):
    model, given = make()
    assert model.count_params() == parameters
    assert (given["batch_size"], given["epochs"], given["schedule"](0), given["schedule"](1)) == pytest.approx(plan)


def test_the_stopwatch_leaves_evaluation_out():
    class Slow(keras.callbacks.Callback):
        """Makes training take 0.1 s an epoch, and validation 0.5 s."""

        def on_train_batch_begin(self, batch, logs=None):
            time.sleep(0.1)

        def on_test_batch_begin(self, batch, logs=None):
            time.sleep(0.5)

    images, labels = np.zeros((4, 2), np.float32), np.eye(4, dtype=np.float32)
    dataset = tf.data.Dataset.from_tensors((images, labels))
    model = keras.Sequential([keras.Input([2]), layers.Dense(4, activation="softmax")])
    model.compile("sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    stopwatch = train_one.Stopwatch(dataset)
    model.fit(dataset, epochs=3, shuffle=False, validation_data=dataset, verbose=0, callbacks=[stopwatch, Slow()])
    assert len(stopwatch.seconds) == len(stopwatch.cpu_seconds) == len(stopwatch.accuracies) == 3
    assert all(0.1 <= seconds for seconds in stopwatch.seconds)
    assert min(stopwatch.seconds) < 0.5  # no validation in it
    assert set(stopwatch.accuracies) <= {0, 0.25, 0.5, 0.75, 1}


def test_the_stopwatch_stops_before_its_own_evaluation():
    """Also where there is no validation, as in notebook 09."""

    def slowly(images, labels):
        tf.py_function(lambda: time.sleep(0.5), [], [])
        return images, labels

    dataset = tf.data.Dataset.from_tensors((np.zeros((4, 2), np.float32), np.eye(4, dtype=np.float32)))
    model = keras.Sequential([keras.Input([2]), layers.Dense(4, activation="softmax")])
    model.compile("sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    stopwatch = train_one.Stopwatch(dataset.map(slowly))
    model.fit(dataset, epochs=3, shuffle=False, verbose=0, callbacks=[stopwatch])
    assert min(stopwatch.seconds) < 0.5


def training(seconds, accuracies):
    altered = {"shifted": 0.02, "noisy": 0.04}
    return {
        "parameters": 1234,
        "seconds": seconds,
        "cpu_seconds": [2 * number for number in seconds],
        "accuracies": accuracies,
        "peak_memory": 812.3,
        "altered": altered,
    }


pytestmark = pytest.mark.slow
MEASURED = {
    "machine": "2 CPU cores",
    "minutes": 39,
    "seeds": [4, 5],
    "versions": {"python": "3.11.7", "keras": "3.15.1"},
    "trainings": {
        "07_convolutions": [
            training([3.0, 2.0, 2.0], [0.98, 0.99, 0.992]),
            training([4.0, 3.0, 3.0], [0.97, 0.98, 0.99]),
        ],
        "Keras's mnist_convnet": [training([9.0], [0.985]), training([9.0], [0.9899])],
    },
    "trials": [[["usual", 9.0, 97.5], ["+ one cycle", 8.0, 98.7]], [["usual", 11.0, 97.7], ["+ one cycle", 9.0, 98.9]]],
    "pipelines": {"whole batches": [100_000, 400_000], "image by image": [40_000, 410_000]},
    "waiting": {"07_convolutions": [2.02, 2.0]},
    "choices": {"07_convolutions": {"as Keras does it": 3.0, "XLA": 30.0}},
    "live_curves": {"one dense layer": [4.0, 4.1], "convolutional model": [10.0, 10.1]},
    "drawing": 4.4,
}


def test_seconds_to_the_goal_are_those_of_the_first_epoch_that_reached_it():
    assert benchmark.seconds_to(training([3, 2, 2], [0.98, 0.99, 0.985])) == 5
    assert benchmark.seconds_to(training([3, 2, 2], [0.98, 0.985, 0.9899])) is None


def test_the_report_and_its_picture(tmp_path):
    paths = benchmark.write(MEASURED, tmp_path)
    text = paths[0].read_text(encoding="utf-8")
    assert "by one `make benchmark` of 39 minutes on 2 CPU cores,\nwith python 3.11.7, keras 3.15.1" in text
    assert "trained with the random seeds 4, 5 on" in text
    assert "| 07 convolutions | 1,234 | **7.5 s** (5.0 s–10.0 s) | **99.10 %** (99.00 %–99.20 %) | 3 |" in text
    assert "| Keras's mnist_convnet | 1,234 | never |" in text
    assert "| usual | **10.0 s** (9.0 s–11.0 s) | **97.60 %** (97.50 %–97.70 %) |" in text
    assert "| 07 convolutions | 0.90 % | 2.00 % | 4.00 % | 3.00 % | 4.00 % |" in text
    assert "| whole batches | 100,000 | 400,000 |" in text
    assert "| 07 convolutions | 2.02 s | 2.00 s | +1 % |" in text
    assert "| one dense layer | 10 | 4.00 s | 4.10 s | +2.5 % |" in text
    assert paths[1].read_bytes().startswith(b"\x89PNG")


def test_each_seed_is_kept_as_soon_as_it_is_done(monkeypatch, tmp_path):
    def in_process(script, *arguments):
        if script == "speed.py":
            return {key: MEASURED[key] for key in ("pipelines", "waiting", "choices")}
        return MEASURED["trials"][0] if arguments[0] == "trials" else training([3.0], [0.99])

    monkeypatch.setattr(benchmark, "in_process", in_process)
    monkeypatch.setattr(benchmark, "live_curves", lambda runs: (MEASURED["live_curves"], 4.4))
    kept = []

    def keep(measured):
        benchmark.write(measured, tmp_path)
        kept.append((measured["seeds"], len(measured["trainings"]["09_one_epoch"]), len(measured["trials"])))

    benchmark.measure(range(4, 6), 1, keep)
    assert kept == [([4], 1, 1), ([4, 5], 2, 2)]
    assert "the random seeds 4, 5 on" in (tmp_path / "benchmark.md").read_text(encoding="utf-8")


def test_a_goal_that_only_some_seeds_reached_is_told():
    some = {"07_convolutions": [training([3], [0.99]), training([4], [0.98])]}
    assert "**3.0 s** (3.0 s–3.0 s)" not in benchmark.networks_table(some)
    assert "| **3.0 s**, 1 of 2 seeds |" in benchmark.networks_table(some)


def test_memory_that_the_system_does_not_tell():
    unknown = {"07_convolutions": [training([3], [0.99]) | {"peak_memory": None}]}
    assert benchmark.networks_table(unknown).endswith("| 6 s | not known |")


def test_the_committed_report_is_that_of_the_committed_measurements():
    measured = json.loads((ROOT / "docs/benchmark.json").read_text(encoding="utf-8"))
    assert (ROOT / "docs/benchmark.md").read_text(encoding="utf-8") == benchmark.report(measured)
    assert list(measured["trainings"]) == [*train_one.CELLS, *train_one.OTHERS]


def test_live_curves_are_measured_in_trainings_that_draw_some(monkeypatch):
    ran = []
    monkeypatch.setattr(benchmark, "in_kernel", lambda cells: ran.extend(cells) or [1.0] * len(cells))
    benchmark.live_curves(1)
    epochs = [int(re.search(r"epochs=(\d+)", cell)[1]) for cell in ran if "live=True" in cell]
    assert len(epochs) == 4 and min(epochs) > 1
