"""`make longer`: which network it trains for how long, what it counts, and the report that it writes."""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from mnist_helpers import data
from mnist_helpers.runner import environment

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import longer  # noqa: E402
import reports  # noqa: E402
import ways  # noqa: E402

pytestmark = pytest.mark.slow


def training(epochs, seed, mistakes, way=ways.USUAL):
    return {
        "way": way,
        "epochs": epochs,
        "seed": seed,
        "cpu_seconds": 30.0 * epochs,
        "as_they_are": mistakes,
        "moved": 2 * mistakes,
        "altered": 3 * mistakes,
        "of_checkpoints": mistakes + 3,
    }


TRAININGS = [
    *(training(5, 7, 60), training(5, 8, 50), training(10, 7, 40), training(10, 8, 41)),
    *(training(10, 7, 38, "bfloat16"), training(10, 8, 44, "bfloat16")),
]
MEASURED = {"machine": "2 CPU cores", "versions": {"keras": "3.15.1"}, "trainings": TRAININGS}


@pytest.mark.parametrize("way", ways.WAYS)
def test_the_network_is_trained_as_asked_and_its_mistakes_are_counted(way, mnist_folder, monkeypatch):
    """The fake training leaves a network that answers 3, and checkpoints that answer 5."""
    monkeypatch.setenv("MNIST_DATA_DIR", str(mnist_folder))
    load, asked = data.load_datasets, {}
    monkeypatch.setattr(data, "load_datasets", lambda size, source=None: load(size))  # nothing need be drawn

    def fit(model, dataset, epochs, steps_per_epoch, callbacks, **options):
        asked.update(
            steps=epochs * steps_per_epoch,
            digits=next(iter(dataset))[0].shape,
            rate=model.optimizer._learning_rate.decay_steps,
        )
        (checkpoints,) = callbacks
        *weights, _, _ = model.get_weights()
        nothing = np.zeros(model.layers[-1].kernel.shape)
        checkpoints.weights = [[*weights, nothing, np.eye(10)[5]]]
        model.set_weights([*weights, nothing, np.eye(10)[3]])

    monkeypatch.setattr(keras.Model, "fit", fit)
    result = longer.train(2, 7, way)
    _, classes = data.to_arrays(load(128)[1])
    assert asked == {"steps": 2 * 391, "digits": (128, 28, 28, 1), "rate": 2 * 391 * 9 // 10}
    assert (result["way"], result["epochs"], result["seed"]) == (way, 2, 7)
    assert {result[key] for key in ("as_they_are", "moved", "altered")} == {(classes != 3).sum()}
    assert result["of_checkpoints"] == (classes != 5).sum()


@pytest.fixture
def trained(monkeypatch):
    """The trainings that happened, a list, which are none."""
    happened = []

    def in_process(script, option, epochs, seed, way, env):
        assert (script, option, env["OMP_NUM_THREADS"]) == ("longer.py", "--one", "1")
        happened.append((way, epochs, seed))
        return training(epochs, seed, 1, way)

    monkeypatch.setattr(reports, "in_process", in_process)
    monkeypatch.setattr(reports, "require_mnist", lambda: None)
    return happened


PLANNED = [(ways.USUAL, epochs) for epochs in longer.EPOCHS] + [(way, 10) for way in list(ways.WAYS)[1:]]


def test_each_training_happens_once_and_is_kept_at_once(trained):
    kept = []
    longer.measure(longer.planned(), [7, 8], lambda measured: kept.append(list(measured["trainings"])))
    assert [len(trainings) for trainings in kept] == list(range(1, 2 * len(PLANNED) + 1))
    expected = [(*pair, seed) for pair in PLANNED for seed in (7, 8)]
    assert [(row["way"], row["epochs"], row["seed"]) for row in kept[-1]] == expected
    assert sorted(trained) == sorted(expected)


def test_some_ways_alone(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(longer, "DOCS", tmp_path)
    before = [training(epochs, seed, 60, way) for way, epochs in PLANNED for seed in (1, 2)]
    file = tmp_path / "longer.json"
    file.write_text(json.dumps({**environment(), "trainings": before}), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["longer.py", "--seeds=2", "--first-seed=1", "--ways", "bent digits"])
    longer.main()
    new = {(way, 10, seed) for way in (ways.USUAL, "bent digits") for seed in (1, 2)}
    assert set(trained) == new and len(trained) == 4
    after = json.loads(file.read_text(encoding="utf-8"))["trainings"]
    assert len(after) == len(before)
    assert {(row["way"], row["epochs"], row["seed"]) for row in after if row["as_they_are"] == 1} == new
    assert sorted(path.name for path in tmp_path.iterdir()) == ["longer.json", "longer.md", "longer.png"]

    elsewhere = {**environment(), "machine": "8 CPU cores", "trainings": before}
    file.write_text(json.dumps(elsewhere), encoding="utf-8")
    with pytest.raises(SystemExit, match="longer.json is of another machine or other versions"):
        longer.main()
    assert json.loads(file.read_text(encoding="utf-8")) == elsewhere and len(trained) == 4


def test_a_report_of_half_the_trainings_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(longer, "DOCS", tmp_path)
    (tmp_path / "longer.json").write_text(json.dumps(MEASURED), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["longer.py", "--report"])
    with pytest.raises(
        SystemExit, match="has no training of 10 epochs in bent digits, .*, 20 epochs in the notebook's"
    ):
        longer.main()
    assert [path.name for path in tmp_path.iterdir()] == ["longer.json"]


def test_the_report_and_its_picture(tmp_path):
    paths = longer.write(MEASURED, tmp_path)
    text = paths[0].read_text(encoding="utf-8")
    assert "on 2 CPU cores,\nwith keras 3.15.1, with the seeds 7, 8.\n" in text
    assert "| 5 | 2.5 min | 60, 50 | **55.0** | 99.45 % | 110.0 | 165.0 |" in text
    assert "From 5 to 10 epochs the mean changes by -14.5 on digits as they are (seeds: 50 to 60 and 40 to 41)" in text
    assert "by -29.0 on moved ones and by -43.5 on altered ones" in text
    assert "that is not less than the seeds of 10 epochs differ" in text
    assert "| the notebook's way | 5.0 min | 40, 41 | **40.5** | 99.59 % | 81.0 | 121.5 |" in text
    assert "| bfloat16 | 5.0 min | 38, 44 | **41.0** | 99.59 % | 82.0 | 123.0 |" in text
    # The variances are 0.5 and 18, their mean is 9.25, and √(2 · 9.25 / 2) is 3.04.
    assert "| as they are | bfloat16 | +0.5 | 3.0 |\n| moved | bfloat16 | +1.0 | 6.1 |\n" in text
    assert "In 2 trainings (all\nbut those of the first row) it misreads 44.0 digits in the mean" in text
    assert "misread 41.0. It misreads fewer in 0 trainings, and\nmore in 2." in text
    assert all(f"- **{way}**: " in text for way in ways.WAYS)
    assert paths[1].read_bytes().startswith(b"\x89PNG")


def test_the_committed_report_is_that_of_the_committed_measurements():
    measured = json.loads((ROOT / "docs/longer.json").read_text(encoding="utf-8"))
    assert (ROOT / "docs/longer.md").read_text(encoding="utf-8") == longer.report(measured)
    rows = [(row["way"], row["epochs"], row["seed"]) for row in measured["trainings"]]
    seeds = sorted({seed for *_, seed in rows})
    assert rows == [(*pair, seed) for pair in PLANNED for seed in seeds] and len(seeds) >= 3
