"""The command line: `python -m mnist_helpers run`, `outputs` or `results`."""

import argparse
import sys
from pathlib import Path

from mnist_helpers import console, runner, sources


def main():
    """Parses the command line, runs the command, and exits with 1 where a notebook failed."""
    console.forgive_encoding()
    parser = argparse.ArgumentParser(prog="python -m mnist_helpers", description="Runs the series of notebooks.")
    parser.add_argument("command", choices=("run", "outputs", "results"))
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in notebooks/, in order")
    parser.add_argument("--build", type=Path, default=Path("build"), help="folder for what is made")
    parser.add_argument("--seeds", type=int, default=5, help="for results: how many seeds")
    parser.add_argument("--first-seed", type=int, default=0, help="for results: the first of them")
    arguments = parser.parse_intermixed_args()
    notebooks = arguments.notebooks or sorted(Path("notebooks").glob("[0-9]*.ipynb"))
    if not notebooks:
        parser.error(f"there are no notebooks in {Path('notebooks').resolve()}; run this in the repository's root")
    for path in notebooks:
        if not path.is_file():
            parser.error(f"there is no notebook {path.resolve()}")
    if arguments.seeds < 1:
        parser.error(f"--seeds is {arguments.seeds}; expected is 1 or more")
    sources.make_data_dir_absolute()
    if arguments.command != "run" and (source := sources.find()).name != "MNIST":
        sys.exit(
            f"What {arguments.command} writes is kept in the repository, so it must come from MNIST; here are "
            f"{source.name}, {source.origin}. Nothing was changed. Connect to the internet, or name a folder with the "
            f"four MNIST files in MNIST_DATA_DIR."
        )
    if arguments.command == "results":
        seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        problems = runner.results(notebooks, arguments.build, seeds)
    else:
        problems = {"run": runner.run, "outputs": runner.outputs}[arguments.command](notebooks, arguments.build)
    if problems:
        sys.exit("\n".join(["", *problems]))


if __name__ == "__main__":
    main()
