"""Keeps what the tests record, the notebooks included, out of the user's own results."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = tempfile.mkdtemp(prefix="mnist_helpers_")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["MNIST_RESULTS_FILE"] = str(Path(_folder) / "my_results.json")
if (folder := os.environ.get("MNIST_DATA_DIR")) and "://" not in folder:  # the notebooks run in their own folder
    os.environ["MNIST_DATA_DIR"] = str(Path(folder).expanduser().resolve())
