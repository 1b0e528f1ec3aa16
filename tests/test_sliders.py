"""A slider's picture, in plain Python and in the kernel of a notebook."""

import base64

import pytest

from mnist_helpers import diagrams, sliders

WIDGET = "application/vnd.jupyter.widget-view+json"
RATES = [0, 0.25, 0.5]


def test_without_a_kernel_the_picture_stands_alone():
    slider = sliders.Slider("dropout rate", RATES, 0.25, diagrams.dropout)
    data, metadata = slider._repr_mimebundle_()
    assert set(data) == {"text/html", "image/png", "text/plain"}
    alt = diagrams.dropout(0.25).alt
    assert (data["text/plain"], metadata["image/png"]["alt"]) == (f"<Picture: {alt}>", alt)
    assert base64.b64decode(data["image/png"]) == diagrams.dropout(0.25).png()


def test_each_value_has_its_picture():
    drawn = []

    def draw(rate):
        drawn.append(rate)
        return diagrams.dropout(rate)

    slider, picture = sliders.Slider("dropout rate", RATES, 0.25, draw).widget().children
    assert (slider.description, list(slider.options), slider.value) == ("dropout rate", RATES, 0.25)
    assert picture.value == diagrams.dropout(0.25).png()
    assert (picture.layout.width, picture.layout.max_width) == ("500px", "100%")
    for rate in (0.5, 0, 0.25):
        slider.value = rate
        assert picture.value == diagrams.dropout(rate).png()
    assert drawn == [0.25, 0.5, 0, 0.25]


def test_two_widgets_of_one_slider_move_alone():
    slider = sliders.Slider("dropout rate", RATES, 0, diagrams.dropout)
    (first, first_picture), (second, second_picture) = slider.widget().children, slider.widget().children
    first.value = 0.5
    assert second.value == 0
    assert second_picture.value == diagrams.dropout(0).png() != first_picture.value


def test_start_must_be_a_value():
    with pytest.raises(ValueError, match=r"start is 0.3; expected is one of the values: \[0, 0.25, 0.5\]"):
        sliders.Slider("dropout rate", RATES, 0.3, diagrams.dropout)


NOTEBOOK = """\
from mnist_helpers import diagrams, sliders
slider = sliders.Slider("dropout rate", [0, 0.25, 0.5], 0.25, diagrams.dropout)
slider
---
import gc, ipywidgets
control = next(thing for thing in gc.get_objects() if type(thing) is ipywidgets.SelectionSlider)
control.value = 0.5"""


@pytest.mark.slow
def test_in_a_notebook(run_notebook):
    ((shown,), moved), client = run_notebook(NOTEBOOK)
    assert moved == []
    assert set(shown.data) == {"text/html", "image/png", "text/plain", WIDGET}
    assert base64.b64decode(shown.data["image/png"]) == diagrams.dropout(0.25).png()
    assert shown.metadata == {"image/png": {"alt": diagrams.dropout(0.25).alt, "width": 500}}

    def model(reference):
        return reference.removeprefix("IPY_MODEL_")

    box = client.widget_state[shown.data[WIDGET]["model_id"]]
    control, picture = map(model, box["children"])
    assert client.widget_state[control]["description"] == "dropout rate"
    assert client.widget_state[control]["_options_labels"] == ["0", "0.25", "0.5"]
    assert client.widget_state[control]["index"] == 2
    (buffer,) = client.widget_buffers[picture].values()
    assert base64.b64decode(buffer["data"]) == diagrams.dropout(0.5).png()
