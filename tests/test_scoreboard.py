"""The results file and the table made of it."""

import json
import os
from types import SimpleNamespace

import pytest

from mnist_helpers import scoreboard


@pytest.fixture
def results(tmp_path, monkeypatch):
    """An empty results file and a reference with one row, both far from the user's own."""
    reference = tmp_path / "reference.json"
    reference.write_text('[{"notebook": "03_going_deeper", "test_accuracy": 0.98765, "train_seconds": 21.4}]')
    monkeypatch.setattr(scoreboard, "REFERENCE_FILE", reference)
    monkeypatch.setenv("MNIST_RESULTS_FILE", str(tmp_path / "new folder" / "mine.json"))
    return tmp_path / "new folder" / "mine.json"


def record(notebook, folder, accuracy=0.98123, epochs=3, seconds=12.345):
    model = SimpleNamespace(count_params=lambda: 199_210)
    curves = SimpleNamespace(history={"loss": [1.0] * epochs} if epochs else {}, seconds=seconds)
    return scoreboard.record(notebook, model, curves, accuracy, data_dir=folder)


def test_a_row(results, folder):
    table = record("03_going_deeper", folder)
    assert json.loads(results.read_text()) == [
        {
            "notebook": "03_going_deeper",
            "parameters": 199_210,
            "epochs": 3,
            "train_seconds": pytest.approx(12.345, abs=0.01),
            "test_accuracy": 0.9812,
            "data_source": "your own digits",
        }
    ]
    assert table.rows() == [
        ("03_going_deeper", "199,210", "3", "12.3 s", "98.12%", "98.77% in 21 s", "your own digits"),
    ]


def test_real_mnist_is_named(results, mnist_folder):
    assert record("03_going_deeper", mnist_folder).rows()[0][-1] == "MNIST"


def test_rows_are_in_order_and_a_second_run_replaces_the_first(results, folder):
    for notebook, accuracy in (("05_convolutions", 0.99), ("05_convolutions", 0.991), ("01_watch_it_train", 0.92)):
        table = record(notebook, folder, accuracy)
    assert [(row[0], row[4], row[5]) for row in table.rows()] == [
        ("01_watch_it_train", "92.00%", "–"),  # the reference knows neither
        ("05_convolutions", "99.10%", "–"),
    ]
    assert [row["notebook"] for row in scoreboard.load(results)] == ["01_watch_it_train", "05_convolutions"]


def test_text_and_html(results, folder):
    record("01_watch_it_train", folder)
    table = record("03_going_deeper", folder)
    lines = str(table).splitlines()
    assert len(lines) == 3
    column = lines[0].index("test accuracy")
    assert [line[column : column + 6] for line in lines[1:]] == ["98.12%", "98.12%"]
    assert repr(table) == str(table)
    html = table._repr_html_()
    assert html.count("<tr>") == 3
    assert html.count("<th>") == len(scoreboard.Scoreboard.HEADINGS)
    assert "<td>98.77% in 21 s</td>" in html


def test_no_results_yet():
    table = scoreboard.Scoreboard([], [])
    assert str(table).split() == " ".join(scoreboard.Scoreboard.HEADINGS).split()
    assert "<td>" not in table._repr_html_()


@pytest.mark.parametrize("accuracy", [98.1, -0.1, float("nan")])
def test_accuracy_that_is_no_fraction(accuracy, results, folder):
    with pytest.raises(ValueError, match="test_accuracy is .*; expected is a fraction from 0 to 1"):
        record("03_going_deeper", folder, accuracy)
    assert not results.exists()


@pytest.mark.parametrize("content", [b"", b'[{"notebook":', b"\xff\xfe\x00", b"null", b'{"a": 1}'], ids=repr)
def test_broken_results_file_counts_as_empty(content, results, folder):
    results.parent.mkdir()
    results.write_bytes(content)
    assert scoreboard.load(results) == []
    assert len(record("03_going_deeper", folder).rows()) == 1
    assert len(scoreboard.load(results)) == 1


def test_missing_results_file_counts_as_empty(tmp_path):
    assert scoreboard.load(tmp_path / "none.json") == []


def test_save_writes_the_whole_file_or_nothing(tmp_path):
    path = tmp_path / "folder" / "results.json"
    scoreboard.save([{"notebook": "Nº 1"}], path)
    with pytest.raises(TypeError):
        scoreboard.save([{"notebook": object()}], path)
    assert scoreboard.load(path) == [{"notebook": "Nº 1"}]
    assert os.listdir(path.parent) == ["results.json"]  # no temporary file is left


def test_results_file_follows_the_variable(results, monkeypatch, tmp_path):
    assert scoreboard.results_file() == results
    monkeypatch.delenv("MNIST_RESULTS_FILE")
    monkeypatch.setattr(scoreboard.sources, "cache_folder", lambda: tmp_path)
    assert scoreboard.results_file() == tmp_path / "my_results.json"


def test_curves_that_saw_no_training(results, folder):
    with pytest.raises(ValueError, match="curves holds no training; pass it to model.fit"):
        record("03_going_deeper", folder, epochs=0)
