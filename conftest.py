"""What all tests share: results of their own, an order, and long trainings that are shorter here."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from mnist_helpers import runner, sources

# A third of a test run's time was notebook 10's training: 20 epochs. Here a few must do, with floors of their own;
# `make run` and `make results` train in full and check what the notebook promises.
SHORT = {
    "10_augmentation": ({"EPOCHS": 4}, {"MNIST": 0.99, "practice digits": 0.96}),
    "11_from_drawn_digits": ({"EPOCHS": 3}, {"MNIST": 0.95, "practice digits": 0.95}),
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
