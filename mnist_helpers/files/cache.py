"""A folder that one process at a time writes into; where it cannot be written, a temporary one takes its place."""

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import filelock

from mnist_helpers import console

MEMORY = "/dev/shm"  # a folder in memory, which Linux has
WAIT_SECONDS = 15  # between two lines about another process


def write(folder, action):
    """Lets `action` write into a folder while no other process does.

    Where that fails, a line says so and `action` gets a temporary folder, removed when Python exits.

    Args:
        folder: a `Path`; missing folders are made.
        action: function of two folders: where files go once they are whole, and an empty one to make them in.

    Returns:
        What `action` returns.

    Raises:
        OSError: no temporary folder can be written either.

    Example:

    >>> cache.write(sources.cache_folder(), lambda folder, unfinished: print(folder))
    /home/ada/.cache/mnist_helpers
    """
    failures = []
    for parent in (None, *temporary_parents()):
        if parent:
            console.say(f"Cannot write to {failures[-1]}; using {parent} for this run.")
        try:
            place = _temporary_folder(parent) if parent else folder
            with _locked(place) as unfinished:
                return action(place, unfinished)
        except OSError as error:
            failures.append(f"{parent or folder} ({error.strerror or error})")
    raise OSError(
        f"The digits need about 20 MB, and no folder can be written: {', '.join(failures)}. Free some space, or set "
        f"the environment variable TMPDIR to a folder that can be written, or name a folder with the four MNIST "
        f"files in MNIST_DATA_DIR. Then restart the kernel."
    )


def temporary_parents():
    """Returns the folders for temporary ones, best first: the system's, where it has one, and one in memory."""
    parents = []
    with contextlib.suppress(FileNotFoundError):  # gettempdir tries several, and may find none that can be written
        parents.append(tempfile.gettempdir())
    if os.path.isdir(MEMORY):  # a full disk often holds the temporary folder too
        parents.append(MEMORY)
    return list(dict.fromkeys(parents))


def _temporary_folder(parent):
    folder = tempfile.mkdtemp(prefix="mnist_helpers_", dir=parent)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@contextlib.contextmanager
def _locked(folder):
    """Waits until no other process writes into `folder`; gives an empty folder in it for unfinished files."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock")
    seconds = 1
    while not lock.is_locked:
        try:
            lock.acquire(timeout=seconds)
        except filelock.Timeout:
            console.say("Another process is fetching or drawing the digits; waiting for it.")
            seconds = WAIT_SECONDS
    unfinished = folder / "unfinished"
    try:
        shutil.rmtree(unfinished, ignore_errors=True)  # what a killed process left
        unfinished.mkdir()
        yield unfinished
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        lock.release()
