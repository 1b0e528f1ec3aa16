"""The oldest versions that are tested are those that pyproject.toml allows."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_floors_are_what_is_tested():
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[project]")[2]
    floors = dict(re.findall(r'"([a-z0-9-]+)(?:\[\w+\])?>=([0-9.]+)"', pyproject.partition("[project.urls]")[0]))
    constraints = (ROOT / "tests" / "oldest-constraints.txt").read_text(encoding="utf-8")
    tested = constraints.partition("# What must be held back")[0]
    assert dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)$", tested, re.MULTILINE)) == floors
    assert len(floors) > 20


def test_every_dependency_has_a_floor():
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = pyproject.partition("dependencies = [")[2].partition("[project.urls]")[0]
    for dependency in re.findall(r'"([^"]+)"', listed):
        assert ">=" in dependency and "<" not in dependency, dependency
