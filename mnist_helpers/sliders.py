"""A picture with a slider that draws it anew; where widgets don't work, the picture stands alone."""

import ipywidgets

from mnist_helpers import pictures


class Slider:
    """A picture that depends on one value, and a slider for that value.

    Args:
        name: what the value is called; it stands beside the slider.
        values: list of values, from left to right.
        start: the one to begin with.
        draw: function of a value that returns a `pictures.Picture`.

    Attributes:
        figure: the picture of `start`, which is shown where no widget can be.

    Raises:
        ValueError: `start` is not among `values`.

    Example:

    >>> sliders.Slider("dropout rate", [0, 0.25, 0.5], 0.25, diagrams.dropout)
    """

    def __init__(self, name, values, start, draw):
        if start not in values:
            raise ValueError(f"start is {start}; expected is one of the values: {list(values)}.")
        self.name, self.values, self.start, self.draw = name, list(values), start, draw
        self.figure = draw(start)

    def widget(self):
        """Returns a new ipywidgets box of the slider and, below it, the picture."""
        slider = ipywidgets.SelectionSlider(
            options=self.values,
            value=self.start,
            description=self.name,
            continuous_update=False,
            style={"description_width": "initial"},
        )
        layout = {"max_width": "100%", "width": f"{pictures.DISPLAY_WIDTH}px"}
        picture = ipywidgets.Image(value=self.figure.png(), layout=layout)

        def draw_anew(change):
            picture.value = self.draw(change.new).png()

        slider.observe(draw_anew, "value")
        return ipywidgets.VBox([slider, picture])

    def _repr_mimebundle_(self, include=None, exclude=None):
        data, metadata = self.figure.bundle()
        if pictures.in_notebook():
            view = {"version_major": 2, "version_minor": 0, "model_id": self.widget().model_id}
            data["application/vnd.jupyter.widget-view+json"] = view
        return data, metadata
