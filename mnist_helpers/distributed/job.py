"""A training on several workers of this machine that a notebook starts, watches, and spoils."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from mnist_helpers import console
from mnist_helpers.distributed import cluster, logs

BEGUN = re.compile(r"process (\d+) on ")
OF_RAY = "\x1b["  # how lines begin in which Ray itself tells what the cluster's log says in fewer words
PAUSE = 0.2  # seconds between two looks at the logs


class Job:
    """Starts `python -m mnist_helpers.distributed` beside the notebook.

    Args:
        folder: as for `cluster.run`.
        workers: how many processes train.
        settings: as the `config` of `cluster.run`.

    Example:

    >>> job = Job("my training", workers=2, epochs=1)
    >>> job.watch()
    worker 0: process 4242 on my-machine, one of 2
    """

    def __init__(self, folder, workers, **settings):
        self.folder = Path(folder)
        options = [text for name, value in settings.items() for text in (f"--{name.replace('_', '-')}", str(value))]
        command = [sys.executable, "-m", "mnist_helpers.distributed", str(folder), "--workers", str(workers), *options]
        self._output = self.folder.with_name(f"{self.folder.name}.output")
        self._output.parent.mkdir(parents=True, exist_ok=True)
        with open(self._output, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        self._shown = 0

    def watch(self, until=None):
        """Prints what the workers say, as they say it.

        Args:
            until: a regular expression; watching ends with the first line that holds it. `None`: with the training.

        Raises:
            RuntimeError: the training failed; the message is its own.

        Example:

        >>> job.watch(until="epoch 1, step 100")
        """
        while True:
            ended = self.process.poll() is not None
            lines = self.output().splitlines()
            for line in lines[self._shown :]:
                self._shown += 1
                if line.startswith(OF_RAY):
                    continue
                console.say(line)
                if until and re.search(until, line):
                    return
            if ended:
                break
            time.sleep(PAUSE)
        if self.process.returncode:
            raise RuntimeError(lines[-1] if lines else f"Training ended with the code {self.process.returncode}.")

    def kill(self, worker):
        """Ends a worker's process as a failing machine does: at once, without a word.

        Args:
            worker: its number, 0 to `workers - 1`.

        Raises:
            ValueError: there is no such worker, or it hasn't begun.

        Example:

        >>> job.kill(worker=1)
        """
        os.kill(self.process_of(worker), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        console.say(f"worker {worker} has been killed")

    def process_of(self, worker):
        """The number of a worker's process; raises a ValueError where there is no such worker."""
        path = self.folder / logs.FOLDER / f"worker {worker}.log"
        begun = BEGUN.findall(path.read_text(encoding="utf-8")) if path.exists() else []
        if not begun:
            raise ValueError(f"There is no worker {worker} yet. Wait until it has begun: job.watch(until='begins').")
        return int(begun[-1])

    def output(self):
        """All that the training has said so far, a string."""
        return self._output.read_text(encoding="utf-8")

    def epochs(self):
        """The figures of the epochs so far, as `cluster.run` returns them."""
        return cluster.read_epochs(self.folder)

    def stop(self):
        """Ends the training and its workers; what it has reached stays in the folder."""
        self.process.terminate()
        self.process.wait(60)
