"""What all tests share: results of their own, an order, and long trainings that are shorter here."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from mnist_helpers import device, runner, sources

device.use_onednn()  # before a test loads TensorFlow, so that tests compute as notebooks do

# Long trainings, and those of many networks, would take most of a test run's time. Here a few epochs must do, with
# floors of their own. `make run` and `make results` train in full and check what the notebook promises.
SHORT = {
    "05_going_deeper": (
        {"EPOCHS": 3, "TRIAL_EPOCHS": 1, "SEEDS": 1},
        {"MNIST": 0.955, "practice digits": 0.94},
    ),
    "06_overfitting": (
        {"EPOCHS": 3, "TRIAL_EPOCHS": 3, "SMALL_EPOCHS": 15, "SEEDS": 1},
        {"MNIST": 0.96, "practice digits": 0.94},
    ),
    "07_convolutions": ({"EPOCHS": 2, "TRIAL_EPOCHS": 1, "SEEDS": 1}, {"MNIST": 0.98, "practice digits": 0.97}),
    "08_ninety_nine_percent": ({"EPOCHS": 2, "TRIAL_EPOCHS": 1, "SEEDS": 1}, {"MNIST": 0.99, "practice digits": 0.98}),
    "10_augmentation": (
        # An average over the last thousand steps would still hold the first weights after so few.
        {"EPOCHS": 2, "EMA_MOMENTUM": 0.99, "STEPS": 51, "SEEDS": 1},
        {"MNIST": 0.985, "practice digits": 0.95},
    ),
    "11_from_drawn_digits": ({"EPOCHS": 1, "STEPS": 20, "SEEDS": 1}, {"MNIST": 0.95, "practice digits": 0.97}),
    "12_your_own_digits": ({"EPOCHS": 1}, {}),
}

_folder = tempfile.mkdtemp(prefix="mnist_helpers_")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["MNIST_RESULTS_FILE"] = str(Path(_folder) / "my_results.json")
sources.make_data_dir_absolute()
if "PYTEST_XDIST_WORKER" in os.environ:  # two trainings with a thread each take less time than in turns with two
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.stem in SHORT:  # a cell of a notebook, which nbval will run
            parameters, floors = SHORT[item.path.stem]
            if "parameters" in item.cell.metadata.get("tags", ()):
                item.cell.source = runner.with_parameters(item.cell.source, parameters)
            if "scoreboard.checkpoint(" in item.cell.source:
                item.cell.source += f"\nassert test_accuracy > {floors}.get(data.source().name, 0)"
    # Where processes share the files, notebooks come first: so all of them end at the same time.
    items.sort(key=lambda item: item.path.name if item.path.suffix == ".ipynb" else "", reverse=True)
