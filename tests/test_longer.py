"""`make longer`: which network it trains for how long, what it counts, and the report that it writes."""

import json
import sys
from pathlib import Path

import keras
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import longer  # noqa: E402

pytestmark = pytest.mark.slow


def training(epochs, seed, mistakes):
    return {
        "epochs": epochs,
        "seed": seed,
        "cpu_seconds": 30.0 * epochs,
        "as_they_are": mistakes,
        "moved": 2 * mistakes,
        "altered": 3 * mistakes,
    }


TRAININGS = [training(5, 7, 60), training(5, 8, 50), training(10, 7, 40), training(10, 8, 41)]
MEASURED = {"machine": "2 CPU cores", "versions": {"keras": "3.15.1"}, "trainings": TRAININGS}


def test_notebook_10_s_network_is_trained_for_as_long_as_asked(mnist_folder, monkeypatch):
    monkeypatch.setenv("MNIST_DATA_DIR", str(mnist_folder))
    asked = {}

    def fit(model, dataset, epochs, **options):
        asked.update(
            epochs=epochs, digits=next(iter(dataset))[0].shape, rate=model.optimizer._learning_rate.decay_steps
        )

    monkeypatch.setattr(keras.Model, "fit", fit)
    result = longer.train(2, 7)
    assert asked == {"epochs": 2, "digits": (128, 28, 28, 1), "rate": 2 * 391 * 9 // 10}
    assert (result["epochs"], result["seed"]) == (2, 7)
    assert all(8_000 < result[key] < 10_000 for key in ("as_they_are", "moved", "altered"))  # it learned nothing


def test_each_length_and_seed_is_trained_once_and_kept_at_once(monkeypatch):
    monkeypatch.setattr(longer, "in_process", lambda epochs, seed: training(epochs, seed, 1))
    kept = []
    longer.measure([7, 8], lambda measured: kept.append(len(measured["trainings"])) or kept.append(measured))
    assert kept[0::2] == list(range(1, 9))
    trained = [(row["epochs"], row["seed"]) for row in kept[-1]["trainings"]]
    assert trained == [(epochs, seed) for epochs in longer.EPOCHS for seed in (7, 8)]


def test_the_report_and_its_picture(tmp_path):
    paths = longer.write(MEASURED, tmp_path)
    text = paths[0].read_text(encoding="utf-8")
    assert "on 2 CPU cores, with keras 3.15.1,\non the 50,000 training digits with the seeds 7, 8.\n" in text
    assert "| 5 | 2.5 min | 60, 50 | **55.0** | 99.45 % | 110.0 | 165.0 |" in text
    assert "From 5 to 10 epochs the mean changes by -14.5 on digits as they are (seeds: 50 to 60 and 40 to 41)" in text
    assert "by -29.0 on moved ones and by -43.5 on altered ones" in text
    assert "that is not less than the seeds of 10 epochs differ" in text
    assert paths[1].read_bytes().startswith(b"\x89PNG")


def test_a_training_that_fails_is_told(monkeypatch):
    monkeypatch.setattr(longer, "__file__", str(ROOT / "tools/nowhere.py"))
    with pytest.raises(RuntimeError, match="nowhere.py --one 5 7 failed"):
        longer.in_process(5, 7)


def test_the_committed_report_is_that_of_the_committed_measurements():
    measured = json.loads((ROOT / "docs/longer.json").read_text(encoding="utf-8"))
    assert (ROOT / "docs/longer.md").read_text(encoding="utf-8") == longer.report(measured)
    rows = [(row["epochs"], row["seed"]) for row in measured["trainings"]]
    seeds = sorted({seed for _, seed in rows})
    assert rows == [(epochs, seed) for epochs in longer.EPOCHS for seed in seeds] and len(seeds) >= 3
