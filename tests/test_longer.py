"""`make longer`: which network it trains for how long, what it counts, and the report that it writes."""

import json
import sys
from pathlib import Path

import keras
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import longer  # noqa: E402
import reports  # noqa: E402
import ways  # noqa: E402

pytestmark = pytest.mark.slow


def training(epochs, seed, mistakes, way=ways.USUAL):
    result = {
        "way": way,
        "epochs": epochs,
        "seed": seed,
        "cpu_seconds": 30.0 * epochs,
        "as_they_are": mistakes,
        "moved": 2 * mistakes,
        "altered": 3 * mistakes,
    }
    return result if way == ways.USUAL else result | {"of_checkpoints": mistakes + 3}


TRAININGS = [
    *(training(5, 7, 60), training(5, 8, 50), training(10, 7, 40), training(10, 8, 41)),
    *(training(10, 7, 38, "bfloat16"), training(10, 8, 44, "bfloat16")),
]
MEASURED = {"machine": "2 CPU cores", "versions": {"keras": "3.15.1"}, "trainings": TRAININGS}


@pytest.mark.parametrize("way", [ways.USUAL, "bfloat16"])
def test_notebook_10_s_network_is_trained_for_as_long_as_asked(way, mnist_folder, monkeypatch):
    monkeypatch.setenv("MNIST_DATA_DIR", str(mnist_folder))
    asked = {}

    def fit(model, dataset, epochs, steps_per_epoch, callbacks, **options):
        asked.update(
            steps=epochs * steps_per_epoch,
            digits=next(iter(dataset))[0].shape,
            rate=model.optimizer._learning_rate.decay_steps,
        )
        (checkpoints,) = callbacks
        checkpoints.weights = [model.get_weights()]

    monkeypatch.setattr(keras.Model, "fit", fit)
    result = longer.train(2, 7, way)
    assert asked == {"steps": 2 * 391, "digits": (128, 28, 28, 1), "rate": 2 * 391 * 9 // 10}
    assert (result["way"], result["epochs"], result["seed"]) == (way, 2, 7)
    assert all(8_000 < result[key] < 10_000 for key in ("as_they_are", "moved", "altered"))  # it learned nothing
    assert result["of_checkpoints"] == result["as_they_are"]


def test_each_training_happens_once_and_is_kept_at_once(monkeypatch):
    def in_process(script, option, epochs, seed, way, env):
        assert (script, option, env["OMP_NUM_THREADS"]) == ("longer.py", "--one", "1")
        return training(epochs, seed, 1, way)

    monkeypatch.setattr(reports, "in_process", in_process)
    kept = []
    longer.measure([7, 8], lambda measured: kept.append(len(measured["trainings"])) or kept.append(measured))
    planned = [(ways.USUAL, epochs) for epochs in longer.EPOCHS] + [(way, 10) for way in list(ways.WAYS)[1:]]
    assert kept[0::2] == list(range(1, 2 * len(planned) + 1))
    trained = [(row["way"], row["epochs"], row["seed"]) for row in kept[-1]["trainings"]]
    assert trained == [(*which, seed) for which in planned for seed in (7, 8)]


def test_the_report_and_its_picture(tmp_path):
    paths = longer.write(MEASURED, tmp_path)
    text = paths[0].read_text(encoding="utf-8")
    assert "on 2 CPU cores, with keras 3.15.1,\nwith the seeds 7, 8.\n" in text
    assert "| 5 | 2.5 min | 60, 50 | **55.0** | 99.45 % | 110.0 | 165.0 |" in text
    assert "From 5 to 10 epochs the mean changes by -14.5 on digits as they are (seeds: 50 to 60 and 40 to 41)" in text
    assert "by -29.0 on moved ones and by -43.5 on altered ones" in text
    assert "that is not less than the seeds of 10 epochs differ" in text
    assert "| as in the notebook | 5.0 min | 40, 41 | **40.5** | 99.59 % | 81.0 | 121.5 |" in text
    assert "| bfloat16 | 5.0 min | 38, 44 | **41.0** | 99.59 % | 82.0 | 123.0 |" in text
    assert (
        "is further than 0.5 from that of the notebook. That is\nless than the notebook's own seeds differ (1)" in text
    )
    assert "would misread 44.0 digits\nin the mean, in place of 41.0" in text
    assert all(f"- **{way}**: " in text for way in ways.WAYS)
    assert paths[1].read_bytes().startswith(b"\x89PNG")


def test_the_committed_report_is_that_of_the_committed_measurements():
    measured = json.loads((ROOT / "docs/longer.json").read_text(encoding="utf-8"))
    assert (ROOT / "docs/longer.md").read_text(encoding="utf-8") == longer.report(measured)
    planned = [(ways.USUAL, epochs) for epochs in longer.EPOCHS] + [(way, 10) for way in list(ways.WAYS)[1:]]
    rows = [(row["way"], row["epochs"], row["seed"]) for row in measured["trainings"]]
    seeds = sorted({seed for *_, seed in rows})
    assert rows == [(*which, seed) for which in planned for seed in seeds] and len(seeds) >= 3
