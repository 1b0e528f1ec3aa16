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
    monkeypatch.setenv("MNIST_DATA_DIR", "somewhere")

    def in_process(script, name, seed, env, stderr):
        asked.append((script, name, seed, env["TF_ENABLE_ONEDNN_OPTS"]))
        assert env["MNIST_DATA_DIR"] == "somewhere"  # a process keeps the other variables
        second, accuracy = (3.0, 0.98) if env["TF_ENABLE_ONEDNN_OPTS"] == "0" else (1.0, 0.99)
        return {"seconds": [second, second + seed], "accuracies": [0.5, accuracy + seed / 1000]}

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
    assert "| 07 convolutions | 7.5 s (7.0–8.0 s) | 3.5 s (3.0–4.0 s) | **2.1** | 98.15 % | 99.15 % |" in text
    assert "with the random seeds\n1, 2, on " in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["onednn.json", "onednn.md"]


def test_what_is_kept_after_each_seed(trained):
    kept = []
    onednn.measure(range(3, 5), lambda measured: kept.append(json.loads(json.dumps(measured))))
    assert [measured["seeds"] for measured in kept] == [[3], [3, 4]]
    assert [len(measured["trainings"]["09_one_epoch"]["with"]) for measured in kept] == [1, 2]


def test_the_report_says_what_is_by_chance_and_what_tensorflow_would_do(trained):
    kept = []
    onednn.measure(range(2), kept.append)
    (measured,) = kept[1:]
    measured["trainings"]["07_convolutions"]["with"][1]["seconds"] = 6.5  # slower than one without
    for instructions, said in (
        (["avx", "avx2"], "has avx, avx2, so under Linux TensorFlow by itself\nwould leave oneDNN off."),
        (["avx2", "avx_vnni"], "has avx2, avx_vnni, so under Linux TensorFlow by itself\nwould switch oneDNN on."),
    ):
        text = onednn.report(measured | {"instructions": instructions})
        assert said in text
        assert "| 07 convolutions | 6.5 s (6.0–7.0 s) | 4.2 s (2.0–6.5 s) | 1.5 |" in text
        assert text.count("| **2.6** |") == len(onednn.NETWORKS) - 1


def test_other_processors_are_refused(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(onednn, "DOCS", tmp_path)
    monkeypatch.setattr(onednn.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(sys, "argv", ["onednn.py"])
    with pytest.raises(SystemExit, match="for x86 processors only; this one is arm64"):
        onednn.main()
    assert not trained and not list(tmp_path.iterdir())


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
