"""Runs the notebooks as readers change them: `python tools/test_changed.py [NOTEBOOK …]`.

With one epoch, smaller and larger batches and another seed, and with each cell run twice before the next. Whatever a
reader may change must run, or say what it needs. Copies and results are under build/changed.
"""

import sys
from pathlib import Path

from mnist_helpers import console, runner, sources

ROOT = Path(__file__).resolve().parents[1]
CHANGES = {
    "small batches": ({"EPOCHS": 1, "BATCH_SIZE": 32}, 1),
    "batches of 100": ({"EPOCHS": 1, "BATCH_SIZE": 100}, 1),
    "large batches, another seed": ({"EPOCHS": 1, "BATCH_SIZE": 1000, "SEED": 7}, 1),
    "each cell twice": ({"EPOCHS": 2, "BATCH_SIZE": 1000}, 2),
}


def main():
    """Runs the notebooks that were named, or all, with each change; exits with 1 where a cell failed."""
    sources.make_data_dir_absolute()
    notebooks = list(map(Path, sys.argv[1:])) or sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    problems = []
    for name, (parameters, times) in CHANGES.items():
        console.say(f"{name}: {', '.join(f'{key} = {value}' for key, value in parameters.items())}")
        build = ROOT / "build" / "changed" / name
        for path in notebooks:
            problem = runner.execute(path, build / path.name, build / "results.json", parameters, times)
            problems += [f"{name}: {problem}"] if problem else []
    sys.exit("\n".join(["", *problems]) if problems else 0)


if __name__ == "__main__":
    main()
