"""What the measuring tools share."""

import subprocess
import sys
from pathlib import Path

import pytest

from mnist_helpers import sources

TOOLS = Path(__file__).resolve().parents[1] / "tools"
sys.path.insert(0, str(TOOLS))
import benchmark  # noqa: E402
import longer  # noqa: E402
import onednn  # noqa: E402
import reports  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Writes a tool of its own beside a copy of `reports.py`; returns a function that takes its lines."""
    monkeypatch.setattr(reports, "__file__", str(tmp_path / "reports.py"))

    def write(text):
        (tmp_path / "tool.py").write_text(text, encoding="utf-8")
        return "tool.py"

    return write


def test_a_tool_s_result_comes_back(script):
    name = script("import json, sys; print(json.dumps({'asked': sys.argv[1:]}))")
    assert reports.in_process(name, 5, "seven eight") == {"asked": ["5", "seven eight"]}


def test_a_tool_that_fails_is_told(script, capfd):
    name = script("import sys; sys.exit('the disk is full')")
    with pytest.raises(RuntimeError, match=r"tool.py 5 failed; what it wrote stands above.$"):
        reports.in_process(name, 5)
    assert "the disk is full" in capfd.readouterr().err
    with pytest.raises(RuntimeError, match=r"^the disk is full\s+.*tool.py 5 failed"):
        reports.in_process(name, 5, stderr=subprocess.PIPE)


@pytest.mark.parametrize("tool", [benchmark, longer, onednn])
def test_only_mnist_is_measured(tool, monkeypatch, tmp_path):
    found = sources.Source("practice digits", "drawn by this package", *[tmp_path / "file"] * 4)
    monkeypatch.setattr(sources, "find", lambda: found)
    monkeypatch.setattr(tool, "DOCS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["tool.py"])
    with pytest.raises(SystemExit, match="on MNIST; here are practice digits, drawn by this package. Nothing was"):
        tool.main()
    assert not list(tmp_path.iterdir())


def test_tables_and_percent():
    assert reports.table(("a", "b"), [(1, "x"), (2, "y")]) == "| a | b |\n| --- | --- |\n| 1 | x |\n| 2 | y |"
    assert reports.percent(0.99704) == "99.70 %"
    assert reports.percent(-0.05, "+.0%") == "-5 %"
    assert reports.percent(0.25, "+.1%") == "+25.0 %"
