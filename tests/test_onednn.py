"""`make onednn`: what it runs, and the report that it writes."""

import json
import sys
from pathlib import Path

import pytest

from mnist_helpers import device

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import onednn  # noqa: E402
import reports  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture
def trained(monkeypatch):
    """Trains nothing, and notes what would be trained: without oneDNN an epoch takes three seconds, else one."""
    asked = []

    def in_process(script, name, seed, env, stderr):
        asked.append((script, name, seed, env["TF_ENABLE_ONEDNN_OPTS"]))
        second = 3.0 if env["TF_ENABLE_ONEDNN_OPTS"] == "0" else 1.0
        return {"seconds": [second, second + seed], "accuracies": [0.5, 0.99 + seed / 1000]}

    monkeypatch.setattr(reports, "in_process", in_process)
    return asked


def test_each_network_is_trained_in_both_ways_by_turns(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(onednn, "DOCS", tmp_path)
    monkeypatch.setattr(reports, "require_mnist", lambda: None)
    monkeypatch.setattr(sys, "argv", ["onednn.py", "--seeds=2", "--first-seed=1"])
    onednn.main()
    assert [row[3] for row in trained] == ["0", "1"] * len(onednn.NETWORKS) + ["1", "0"] * len(onednn.NETWORKS)
    assert [row[:3] for row in trained[::2]] == [
        ("train_one.py", name, seed) for seed in (1, 2) for name in onednn.NETWORKS
    ]
    text = (tmp_path / "onednn.md").read_text(encoding="utf-8")
    # Seeds 1 and 2: 7 and 8 seconds without it, 3 and 4 with it.
    assert "| 07 convolutions | 7.5 s | **3.5 s** | 2.1 | 99.15 % | 99.15 % |" in text
    assert "with the random seeds\n1, 2, on " in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["onednn.json", "onednn.md"]


def test_what_is_kept_after_each_seed(trained):
    kept = []
    onednn.measure(range(3, 5), lambda measured: kept.append(json.loads(json.dumps(measured))))
    assert [measured["seeds"] for measured in kept] == [[3], [3, 4]]
    assert [len(measured["trainings"]["09_one_epoch"]["with"]) for measured in kept] == [1, 2]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx avx2 fma", ["avx", "avx2"]),
        ("avx512f avx512_vnni amx_tile", ["avx512f", "avx512_vnni", "amx_tile"]),
        (None, []),
    ],
)
def test_instructions(flags, expected, tmp_path, monkeypatch):
    if flags:
        (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags} vme\n", encoding="ascii")
    monkeypatch.setattr(device, "CPU_INFO", tmp_path / "cpuinfo")
    assert onednn.instructions() == expected


def test_the_committed_report_is_that_of_the_committed_measurements():
    measured = json.loads((ROOT / "docs/onednn.json").read_text(encoding="utf-8"))
    assert (ROOT / "docs/onednn.md").read_text(encoding="utf-8") == onednn.report(measured)
    assert list(measured["trainings"]) == list(onednn.NETWORKS) and len(measured["seeds"]) >= 2
