"""Tests with the oldest versions that pyproject.toml allows: `python3.10 tools/test_oldest.py [PYTEST ARGUMENT …]`."""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "tests" / "oldest-constraints.txt"
VENV = ROOT / ".venv-oldest"
PYTHON = VENV / ("Scripts" if sys.platform == "win32" else "bin") / "python"
MARKER = VENV / "made-with.txt"  # written when the environment is complete


def python(*arguments):
    """Runs the environment's Python in the repository's root."""
    subprocess.run([PYTHON, *arguments], cwd=ROOT, check=True)


def main():
    """Makes the environment, unless it is there, and runs pytest in it; exits as pytest does."""
    made_with = sys.version + CONSTRAINTS.read_text(encoding="utf-8")
    if not MARKER.exists() or MARKER.read_text(encoding="utf-8") != made_with:
        print(f"Making {VENV.name} (some minutes)", flush=True)
        venv.create(VENV, clear=True, with_pip=True)
        python("-m", "pip", "install", "--quiet", "-c", CONSTRAINTS, "-e", ".[run,test]")
        MARKER.write_text(made_with, encoding="utf-8")
    try:
        python("-m", "pytest", *sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


if __name__ == "__main__":
    main()
