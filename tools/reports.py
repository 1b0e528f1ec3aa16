"""What the measuring tools share: trainings in processes of their own, lines of progress, tables."""

import json
import subprocess
import sys
import time
from pathlib import Path

from mnist_helpers import sources


def in_process(script, *arguments, **options):
    """Runs one of the tools in a process of its own and returns what it prints, read as JSON.

    Args:
        script: name of a file beside this one.
        arguments: what stands after it on the command line.
        options: as for `subprocess.run`. What the tool says on its standard error is shown at once, unless they say
            otherwise.

    Raises:
        RuntimeError: it failed.
    """
    command = [sys.executable, str(Path(__file__).with_name(script)), *map(str, arguments)]
    result = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", **options)
    if result.returncode:
        raise RuntimeError(f"{result.stderr or ''}\n{' '.join(command)} failed; what it wrote stands above.".lstrip())
    return json.loads(result.stdout)


def require_mnist():
    """Ends the program unless the digits here are MNIST's, on which all committed numbers are measured."""
    sources.make_data_dir_absolute()
    if (source := sources.find()).name != "MNIST":
        sys.exit(f"This must be measured on MNIST; here are {source.name}, {source.origin}. Nothing was changed.")


def say(text):
    """Prints a line of progress, with the time."""
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def table(headings, rows):
    """Returns a table in Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def percent(share, form=".2%"):
    """Returns a share as the reports write it: `99.70 %`."""
    return f"{share:{form}}".replace("%", " %")
