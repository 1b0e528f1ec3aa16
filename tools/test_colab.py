"""Runs the series with Colab's versions: `python tools/test_colab.py CONSTRAINTS`, with Colab's Python.

First it shows that installing the project's package, without constraints as a notebook's setup cell does, adds that
package and changes no other version: Colab has already imported some, and a changed one would need a restart.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV, BUILD = ROOT / ".venv-colab", ROOT / "build" / "colab"
PYTHON = VENV / "bin" / "python"
MARKER = VENV / "made-with.txt"  # written when the environment is complete, removed when it is spoiled
PACKAGES = (
    "tensorflow keras numpy matplotlib pillow ipython ipykernel ipywidgets anywidget filelock platformdirs tqdm "
    "nbclient nbformat nbconvert requests traitlets urllib3"
).split()


def python(*arguments, **options):
    """Runs the environment's Python in the repository's root, which `-P` keeps off the import path."""
    environment = {**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # else Colab's ipykernel warns at each start
    return subprocess.run([PYTHON, "-P", *arguments], cwd=ROOT, env=environment, check=True, text=True, **options)


def make_environment(constraints):
    """Installs Colab's versions in .venv-colab, unless they are there already."""
    made_with = f"{sys.version}\n{' '.join(PACKAGES)}\n{constraints.read_text(encoding='utf-8')}"
    if MARKER.exists() and MARKER.read_text(encoding="utf-8") == made_with:
        python("-m", "pip", "uninstall", "--quiet", "--yes", "mnist-helpers")
        return
    print(f"Making {VENV.name} (some minutes)", flush=True)
    venv.create(VENV, clear=True, with_pip=True)
    python("-m", "pip", "install", "-c", constraints, *PACKAGES)
    MARKER.write_text(made_with, encoding="utf-8")


def versions():
    """Returns what pip finds in the environment, as a dictionary from names to versions."""
    lines = python("-m", "pip", "list", "--format=freeze", capture_output=True).stdout.splitlines()
    return dict(line.split("==", 1) for line in lines)


def install_package():
    """Builds a wheel of the project and installs it. Returns the differences that this should not make."""
    print("Building and installing the package", flush=True)
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)  # setuptools would pack what lies there from before
    python("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", BUILD, ".")
    before = versions()
    python("-m", "pip", "install", "--quiet", *BUILD.glob("*.whl"))
    after = versions()
    names = sorted(name for name in before | after if before.get(name) != after.get(name))
    added = [name for name in names if name.replace("_", "-") == "mnist-helpers"]
    problems = [f"  {name}: {before.get(name, 'absent')} → {after.get(name, 'absent')}" for name in names]
    return [] if names == added and len(added) == 1 else problems or ["  nothing was added"]


def main():
    """Makes the environment, installs the package, runs the notebooks; exits with 1 where something is wrong."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("Usage: python tools/test_colab.py CONSTRAINTS, a file with lines such as numpy==2.1.3")
    make_environment(Path(sys.argv[1]).resolve())
    if problems := install_package():
        MARKER.unlink()
        sys.exit("\n".join(["Expected is that mnist-helpers is added and nothing else changes; found:", *problems]))
    print("Installing the package added it and changed no other version.", flush=True)
    python("-m", "mnist_helpers", "run", "--build", BUILD)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"This failed ({error.returncode}): {' '.join(map(str, error.cmd))}\n{error.stderr or ''}".rstrip())
