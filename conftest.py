"""Keeps what the tests record, the notebooks included, out of the user's own results."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from mnist_helpers import sources

_folder = tempfile.mkdtemp(prefix="mnist_helpers_")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["MNIST_RESULTS_FILE"] = str(Path(_folder) / "my_results.json")
sources.make_data_dir_absolute()
