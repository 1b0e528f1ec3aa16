"""What the workers say: each appends lines to a file in the training's folder, and whoever started them reads these.

Ray forwards what workers print as well, but mixed with what TensorFlow and Ray themselves have to say.
"""

import threading
import time
from pathlib import Path

from mnist_helpers import console

FOLDER = "logs"  # in the training's folder
PAUSE = 0.2  # seconds between two looks


def note(folder, name, text):
    """Appends a line.

    Args:
        folder: the training's.
        name: who speaks, such as `"worker 0"`.
        text: one line.

    Example:

    >>> logs.note("my training", "worker 0", "epoch 1, step 100 of 390")
    """
    path = Path(folder) / FOLDER / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{text}\n")


class Follower:
    """Prints what is appended to the logs of a training, as long as its `with` block lasts."""

    def __init__(self, folder):
        self._folder, self._seen = Path(folder) / FOLDER, {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self):
        self._read()  # what an earlier start has left
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self._print(self._read())

    def _follow(self):
        while not self._ended.is_set():
            self._print(self._read())
            time.sleep(PAUSE)

    def _read(self):
        """The lines that are new, each with the name of who wrote it."""
        lines = []
        for path in sorted(self._folder.glob("*.log")):
            start = self._seen.get(path, 0)
            with open(path, "rb") as file:
                file.seek(start)
                new = file.read()
            new = new[: new.rfind(b"\n") + 1]  # a line that is half written is read next time
            self._seen[path] = start + len(new)
            lines += [f"{path.stem}: {line}" for line in new.decode("utf-8", "replace").splitlines()]
        return lines

    def _print(self, lines):
        for line in lines:
            console.say(line)
