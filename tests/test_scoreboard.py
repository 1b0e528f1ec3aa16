"""The results file and the table made of it."""

import json
import os
from types import SimpleNamespace

import pytest

from mnist_helpers import scoreboard, sources


@pytest.fixture
def results(tmp_path, monkeypatch):
    """An empty results file and a reference with one row, both far from the user's own."""
    reference = tmp_path / "reference.json"
    reference.write_text('[{"notebook": "03_going_deeper", "test_accuracy": 0.98765, "train_seconds": 21.4}]')
    monkeypatch.setattr(scoreboard, "REFERENCE_FILE", reference)
    monkeypatch.setenv("MNIST_RESULTS_FILE", str(tmp_path / "new folder" / "mine.json"))
    return tmp_path / "new folder" / "mine.json"


@pytest.fixture
def folder(folder, monkeypatch):
    """The folder in which the notebooks find digits: not MNIST's."""
    monkeypatch.setenv("MNIST_DATA_DIR", str(folder))
    return folder


def record(notebook, accuracy=0.98123, epochs=3, seconds=12.345, **options):
    model = SimpleNamespace(count_params=lambda: 199_210)
    curves = SimpleNamespace(history={"loss": [1.0] * epochs} if epochs else {}, seconds=seconds)
    return scoreboard.record(notebook, model, curves, accuracy, **options)


def test_a_row(results, folder):
    table = record("03_going_deeper")
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


def test_real_mnist_is_named(results, mnist_folder, monkeypatch):
    monkeypatch.setenv("MNIST_DATA_DIR", str(mnist_folder))
    assert record("03_going_deeper").rows()[0][-1] == "MNIST"


def find(name):
    """Stands for `sources.find` where it finds these digits."""
    return lambda: sources.Source(name, "from somewhere", *4 * ["no file"])


def test_both_are_named_where_training_and_test_digits_are_from_different_sets(results, monkeypatch):
    monkeypatch.setattr(sources, "find", find("MNIST"))
    table = record("09_from_drawn_digits", trained_on="practice digits")
    assert table.rows()[0][-1] == "practice digits, tested on MNIST"
    assert scoreboard.load(results)[0]["data_source"] == "practice digits, tested on MNIST"


def test_a_note_for_each_data_set_that_is_not_mnist(results, monkeypatch):
    for notebook, name in (
        ("01_watch_it_train", "practice digits"),
        ("03_going_deeper", "practice digits"),
        ("04_overfitting", "MNIST"),
        ("05_convolutions", "your own digits"),
    ):
        monkeypatch.setattr(sources, "find", find(name))
        table = record(notebook)
    notes = [
        "Results on practice digits can't be compared with the reference, which was measured on MNIST.",
        "Results on your own digits can't be compared with the reference, which was measured on MNIST.",
    ]
    assert str(table).splitlines()[5:] == notes
    assert table._repr_html_().endswith("</table>" + "".join(f"<p>{note}</p>" for note in notes))


def test_no_note_where_all_is_tested_on_mnist(results, monkeypatch):
    monkeypatch.setattr(sources, "find", find("MNIST"))
    record("06_ninety_nine_percent")
    table = record("09_from_drawn_digits", trained_on="practice digits")
    assert len(str(table).splitlines()) == 3
    assert table._repr_html_().endswith("</table>")


def test_rows_are_in_order_and_a_second_run_replaces_the_first(results, folder):
    for notebook, accuracy in (("05_convolutions", 0.99), ("05_convolutions", 0.991), ("01_watch_it_train", 0.92)):
        table = record(notebook, accuracy)
    assert [(row[0], row[4], row[5]) for row in table.rows()] == [
        ("01_watch_it_train", "92.00%", "–"),  # the reference knows neither
        ("05_convolutions", "99.10%", "–"),
    ]
    assert [row["notebook"] for row in scoreboard.load(results)] == ["01_watch_it_train", "05_convolutions"]


def test_text_and_html(results, folder):
    record("01_watch_it_train")
    table = record("03_going_deeper")
    lines = str(table).splitlines()
    assert len(lines) == 4  # a note ends it
    column = lines[0].index("test accuracy")
    assert [line[column : column + 6] for line in lines[1:3]] == ["98.12%", "98.12%"]
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
        record("03_going_deeper", accuracy)
    assert not results.exists()


@pytest.mark.parametrize("content", [b"", b'[{"notebook":', b"\xff\xfe\x00", b"null", b'{"a": 1}'], ids=repr)
def test_broken_results_file_counts_as_empty(content, results, folder):
    results.parent.mkdir()
    results.write_bytes(content)
    assert scoreboard.load(results) == []
    assert len(record("03_going_deeper").rows()) == 1
    assert len(scoreboard.load(results)) == 1


def test_missing_results_file_counts_as_empty(tmp_path):
    assert scoreboard.load(tmp_path / "none.json") == []


def test_results_file_that_cannot_be_written(results, folder, capsys):
    results.parent.write_text("a file where the folder should be")
    record("01_watch_it_train")
    message = f"Cannot write {results} (File exists): your results will be gone once the kernel stops.\n"
    assert capsys.readouterr().out == message
    table = record("03_going_deeper")
    assert [row[0] for row in table.rows()] == ["01_watch_it_train", "03_going_deeper"]
    results.parent.unlink()  # it can be written again
    record("05_convolutions")
    notebooks = ["01_watch_it_train", "03_going_deeper", "05_convolutions"]
    assert [row["notebook"] for row in scoreboard.load(results)] == notebooks


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
        record("03_going_deeper", epochs=0)
