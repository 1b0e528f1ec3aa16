"""The results file and the table made of it."""

import json
import os
from types import SimpleNamespace

import idx
import keras
import mirror
import numpy as np
import pytest
from keras import layers

from mnist_helpers import data, scoreboard, sources

WHOLE = {
    "notebook": "02_one",
    "parameters": 1,
    "epochs": 1,
    "train_seconds": 1,
    "test_accuracy": 0.9,
    "data_source": "MNIST",
}


@pytest.fixture
def results(tmp_path, monkeypatch):
    """An empty results file and a reference with one row, both far from the user's own."""
    reference = tmp_path / "reference.json"
    row = {"notebook": "05_going_deeper", "parameters": 199_210, "epochs": 3, "train_seconds": 21.4}
    reference.write_text(json.dumps([row | {"test_accuracy": 0.98765, "data_source": "MNIST"}]))
    monkeypatch.setattr(scoreboard, "REFERENCE_FILE", reference)
    monkeypatch.setenv("MNIST_RESULTS_FILE", str(tmp_path / "new folder" / "mine.json"))
    return tmp_path / "new folder" / "mine.json"


@pytest.fixture(autouse=True)
def folder(folder):
    """The folder in use, whose digits are not MNIST's."""
    sources.use(folder)
    yield folder
    sources.forget()


def record(notebook, accuracy=0.98123, epochs=3, seconds=12.345, **options):
    model = SimpleNamespace(trainable_weights=[np.zeros((784, 254)), np.zeros(74)])
    return scoreboard.record(notebook, model, SimpleNamespace(epochs=epochs, seconds=seconds), accuracy, **options)


def test_moving_means_are_no_parameters(results, folder):
    model = keras.Sequential([keras.Input([4]), layers.Dense(3), layers.BatchNormalization()])
    scoreboard.record("08_ninety_nine_percent", model, SimpleNamespace(epochs=1, seconds=1), 0.9)
    assert scoreboard.load(results)[0]["parameters"] == 4 * 3 + 3 + 2 * 3


def test_a_row(results, folder):
    table = record("05_going_deeper")
    assert json.loads(results.read_text()) == [
        {
            "notebook": "05_going_deeper",
            "parameters": 199_210,
            "epochs": 3,
            "train_seconds": pytest.approx(12.345, abs=0.01),
            "test_accuracy": 0.9812,
            "data_source": "your own digits",
        }
    ]
    assert table.rows() == [
        ("05_going_deeper", "199,210", "3", "12.3 s", "98.12%", "98.77% in 21 s", "your own digits"),
    ]


def test_real_mnist_is_named(results, mnist_folder):
    sources.use(mnist_folder)
    assert record("05_going_deeper").rows()[0][-1] == "MNIST"


def test_the_digits_that_were_loaded_count_and_nothing_is_looked_for(results, folder, cache, start_mirrors, drawings):
    """A reader names a folder to `load_datasets`, and nowhere else: nothing may be downloaded or drawn afterwards."""
    asked = []
    start_mirrors(mirror.Mirror(asked.append, head=asked.append))
    data.load_datasets(data_dir=folder)
    assert record("05_going_deeper").rows()[0][-1] == "your own digits"
    scoreboard.checkpoint("05_going_deeper", SimpleNamespace(steps=1), 0.9, {"MNIST": 0.98})
    assert data.source().train_images == str(folder / idx.TRAIN_IMAGES)
    assert asked == drawings == [] and not cache.exists()


def test_the_latest_digits_are_those_tested_on(results, mnist_folder, cache, drawings):
    data.load_datasets(data_dir="practice digits")
    assert record("01_watch_it_train", trained_on="practice digits").rows()[0][-1] == "practice digits"
    data.load_datasets(data_dir=mnist_folder)
    table = record("11_from_drawn_digits", trained_on="practice digits")
    assert table.rows()[1][-1] == "practice digits, tested on MNIST"
    assert scoreboard.load(results)[1]["data_source"] == "practice digits, tested on MNIST"


def test_digits_of_a_readers_own_pipeline(results):
    sources.forget()  # nothing was loaded
    assert record("05_going_deeper").rows()[0][-1] == "your own digits"
    with pytest.raises(RuntimeError, match="No digits were loaded .* Run the cell with data.load_datasets first"):
        data.source()


def test_a_note_for_each_data_set_that_is_not_mnist(results, folder, mnist_folder, cache, drawings):
    for notebook, data_dir in (
        ("01_watch_it_train", "practice digits"),
        ("05_going_deeper", "practice digits"),
        ("06_overfitting", mnist_folder),
        ("07_convolutions", folder),
    ):
        sources.use(data_dir)
        table = record(notebook)
    notes = [
        "Results on practice digits can't be compared with the reference, which was measured on MNIST.",
        "Results on your own digits can't be compared with the reference, which was measured on MNIST.",
    ]
    assert str(table).splitlines()[5:] == notes
    assert table._repr_html_().endswith("</table>" + "".join(f"<p>{note}</p>" for note in notes))


def test_no_note_where_all_is_tested_on_mnist(results, mnist_folder):
    sources.use(mnist_folder)
    record("08_ninety_nine_percent")
    table = record("11_from_drawn_digits", trained_on="practice digits")
    assert len(str(table).splitlines()) == 3
    assert table._repr_html_().endswith("</table>")


def test_rows_are_in_order_and_a_second_run_replaces_the_first(results, folder):
    for notebook, accuracy in (("07_convolutions", 0.99), ("01_watch_it_train", 0.92), ("07_convolutions", 0.991)):
        table = record(notebook, accuracy)
    assert [(row[0], row[4], row[5]) for row in table.rows()] == [
        ("01_watch_it_train", "92.00%", "–"),  # the reference knows neither
        ("07_convolutions", "99.10%", "–"),
    ]
    assert [row["notebook"] for row in scoreboard.load(results)] == ["01_watch_it_train", "07_convolutions"]


def test_no_later_notebook_is_shown_and_none_is_lost(results, folder):
    record("07_convolutions", 0.99)
    assert [row[0] for row in record("05_going_deeper", 0.97).rows()] == ["05_going_deeper"]
    assert [row[0] for row in record("07_convolutions", 0.99).rows()] == ["05_going_deeper", "07_convolutions"]


def test_text_and_html(results, folder):
    record("01_watch_it_train")
    table = record("05_going_deeper")
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
        record("05_going_deeper", accuracy)
    assert not results.exists()


def test_names_are_text_in_html(results):
    table = record("01_<script>alert(1)</script>", trained_on="<b>my</b> digits & more")
    for text in ("<script>", "<b>"):
        assert text in str(table) and text not in table._repr_html_()
    assert (
        "01_&lt;script&gt;" in table._repr_html_() and "Results on &lt;b&gt;my&lt;/b&gt; digits" in table._repr_html_()
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'[{"notebook":',
        b"\xff\xfe\x00",
        b"null",
        b'{"a": 1}',
        b"[[1, 2], 3, null]",
        b'[{"notebook": "02_one"}]',
        b'[{"notebook": "02_one", "parameters": "many", "epochs": 1, "train_seconds": 1, "test_accuracy": 0.9,'
        b' "data_source": "MNIST"}]',
        100_000 * b"[",
        json.dumps([WHOLE | {"train_seconds": 10**400}]).encode(),
        json.dumps([WHOLE | {"test_accuracy": True}]).encode(),
        json.dumps([WHOLE | {"notebook": "\ud800"}]).encode(),
    ],
    ids=lambda content: repr(content)[:30],
)
def test_broken_results_file_counts_as_empty_and_is_kept(content, results, capsys):
    results.parent.mkdir()
    results.write_bytes(content)
    assert scoreboard.load(results) == []
    assert len(record("05_going_deeper").rows()) == 1
    assert len(scoreboard.load(results)) == 1
    aside = results.with_name("mine.damaged-1.json")
    assert aside.read_bytes() == content
    assert capsys.readouterr().out == f"{results} is not as the scoreboard writes it; it is kept as {aside.name}.\n"
    record("07_convolutions")
    assert capsys.readouterr().out == "" and aside.read_bytes() == content


def test_a_second_damaged_file_leaves_the_first(results):
    results.parent.mkdir()
    for content in ("first", "second"):
        results.write_text(content)
        record("01_watch_it_train")
    assert results.with_name("mine.damaged-1.json").read_text() == "first"
    assert results.with_name("mine.damaged-2.json").read_text() == "second"


def test_a_folder_in_the_place_of_the_file_stays(results, capsys):
    results.mkdir(parents=True)
    (results / "other.txt").touch()
    record("01_watch_it_train")
    assert (results / "other.txt").exists() and os.listdir(results.parent) == [results.name]
    assert capsys.readouterr().out.startswith(f"Cannot write {results} (")


def test_a_mark_at_the_beginning_is_no_damage(results, capsys):
    record("01_watch_it_train")
    results.write_text(results.read_text(), encoding="utf-8-sig")
    assert [row[0] for row in record("05_going_deeper").rows()] == ["01_watch_it_train", "05_going_deeper"]
    assert capsys.readouterr().out == ""


def test_whole_rows_beside_broken_ones_stay(results, capsys):
    record("01_watch_it_train")
    (row,) = json.loads(results.read_text())
    results.write_text(json.dumps([row, {"notebook": "02_other"}, "a note"]))
    table = record("05_going_deeper")
    assert [row[0] for row in table.rows()] == ["01_watch_it_train", "05_going_deeper"]
    assert "it is kept as mine.damaged-1.json" in capsys.readouterr().out


def test_missing_results_file_counts_as_empty(tmp_path):
    assert scoreboard.load(tmp_path / "none.json") == []


def test_results_file_that_cannot_be_written(results, folder, capsys):
    results.parent.write_text("a file where the folder should be")
    record("01_watch_it_train")
    message = f"Cannot write {results} (File exists): your results will be gone once the kernel stops.\n"
    assert capsys.readouterr().out == message
    table = record("05_going_deeper")
    assert [row[0] for row in table.rows()] == ["01_watch_it_train", "05_going_deeper"]
    results.parent.unlink()  # it can be written again
    record("07_convolutions")
    notebooks = ["01_watch_it_train", "05_going_deeper", "07_convolutions"]
    assert [row["notebook"] for row in scoreboard.load(results)] == notebooks


def test_save_writes_the_whole_file_or_nothing(tmp_path):
    path = tmp_path / "folder" / "results.json"
    row = {"notebook": "Nº 1", "parameters": 1, "epochs": 1, "train_seconds": 1, "test_accuracy": 1, "data_source": ""}
    scoreboard.save([row], path)
    with pytest.raises(TypeError):
        scoreboard.save([{"notebook": object()}], path)
    assert scoreboard.load(path) == [row]
    assert os.listdir(path.parent) == ["results.json"]  # no temporary file is left


def test_results_file_follows_the_variable(results, monkeypatch, tmp_path):
    assert scoreboard.results_file() == results
    monkeypatch.delenv("MNIST_RESULTS_FILE")
    monkeypatch.setattr(scoreboard.sources, "cache_folder", lambda: tmp_path)
    assert scoreboard.results_file() == tmp_path / "my_results.json"


def test_curves_that_saw_no_training(results, folder):
    with pytest.raises(ValueError, match="curves holds no whole epoch; pass it to model.fit"):
        record("05_going_deeper", epochs=0)


# --- checkpoints ---


def check(accuracy, steps):
    """Three epochs are the reference's: 1,173 steps."""
    promised = {"your own digits": 0.98}
    scoreboard.checkpoint("05_going_deeper", SimpleNamespace(steps=steps), accuracy, promised)


@pytest.mark.parametrize("steps", [1, 1_173])
def test_a_promise_that_is_kept(steps, results, capsys):
    check(0.9801, steps)
    assert capsys.readouterr().out == "✓ 98.01%: more than the 98.00% that this notebook promises.\n"


def test_fewer_epochs_than_promised_are_named(results, capsys):
    check(0.97, steps=1_172)
    said = capsys.readouterr().out
    assert said.startswith("○ 97.00% after 1,172 training steps. This notebook promises more than 98.00% after 1,173: ")
    assert said.endswith("3 epochs in batches of 128.\n")


@pytest.mark.parametrize("accuracy", [0.98, 0.5])
def test_a_promise_that_is_broken(accuracy, results):
    with pytest.raises(AssertionError, match=f"{accuracy:.2%}, and this notebook promises more than 98.00%. If you"):
        check(accuracy, steps=1_173)


def test_nothing_is_promised_for_other_digits(results, mnist_folder, capsys):
    sources.use(mnist_folder)
    check(0.5, steps=1_173)
    assert capsys.readouterr().out == "50.00% on MNIST, for which this notebook promises nothing.\n"
