"""How a picture reaches the reader: wide as a phone, sharp, white in dark mode, in our colors, described in words."""

import base64
import functools
import html
import io

import matplotlib.style
from IPython.core.getipython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

WIDTH = 5  # inches: on a phone, 360 pixels wide, a letter of 10 points is then 10 pixels high
DISPLAY_WIDTH = 500  # pixels, where there is room
DPI = 160

TRAIN_COLOR, VALIDATION_COLOR = "#1f6fb4", "#d95f02"  # told apart by the color-blind, too
WRONG_COLOR, INK = "#c1121f", "#222222"


def as_designed(function):
    """Makes a function that draws use Matplotlib's own settings: a picture looks the same whatever a reader has set.

    Example:

    >>> @pictures.as_designed
    ... def dot():
    ...     figure, (axis,) = pictures.new_figure(1, 1, height=2, alt="A dot.")
    ...     axis.plot(0, 0, "o")
    ...     return figure
    """

    @functools.wraps(function)
    def draw(*args, **kwargs):
        with matplotlib.style.context("default"):
            return function(*args, **kwargs)

    return draw


class Picture(Figure):
    """A Matplotlib figure that a notebook shows with its description.

    Attributes:
        alt: what the picture shows, in words: for screen readers, and where no picture can be shown.
    """

    alt = ""

    # Some settings count only when a figure is drawn: fonts, for example.
    draw = as_designed(Figure.draw)
    savefig = as_designed(Figure.savefig)

    @as_designed
    def png(self, dpi=DPI):
        """Returns the picture as a PNG file, in bytes. Its 256 colors make it a third as large and look the same."""
        if layout := self.get_layout_engine():
            layout.execute(self)  # and again when it's drawn: what is laid out only once may be cut off at the edge
        file, small = io.BytesIO(), io.BytesIO()
        self.savefig(file, format="png", dpi=dpi, pil_kwargs={"compress_level": 0})
        Image.open(file).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        return small.getvalue()

    def bundle(self):
        """Returns the picture and its metadata, each a dictionary by MIME type, as a notebook keeps them."""
        return describe(self.png(), self.alt)

    def _ipython_display_(self):
        data, metadata = self.bundle()
        display(data, metadata=metadata, raw=True)


def in_notebook():
    """Says whether this runs in the kernel of a notebook, whose front end can show widgets and update pictures."""
    return hasattr(get_ipython(), "kernel")


def describe(png, alt, width=DISPLAY_WIDTH):
    """Makes of a PNG file and its description what a notebook keeps.

    Args:
        png: the file, in bytes.
        alt: what the picture shows, in words. Most front ends give it to screen readers only in HTML, so there is an
            HTML element beside the plain picture.
        width: in pixels, where there is room.

    Returns:
        Two dictionaries by MIME type: the data and their metadata.

    Example:

    >>> data, metadata = pictures.describe(figure.png(), "A digit.")
    """
    text = base64.b64encode(png).decode()
    style = f"width:{width}px;max-width:100%"
    element = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{text}" style="{style}">'
    data = {"text/html": element, "image/png": text, "text/plain": f"<Picture: {alt}>"}
    return data, {"image/png": {"alt": alt, "width": width}}


def new_page(height, alt):
    """Makes a white figure without axes, for those that a grid can't hold; `height` and `alt` as for `new_figure`.

    Example:

    >>> top, bottom = pictures.new_page(5, alt="Two parts.").subfigures(2, 1)
    """
    figure = Picture(figsize=(WIDTH, height), layout="constrained", facecolor="white")
    figure.alt = alt
    return figure


def new_figure(rows, columns, height, alt, framed=True, **options):
    """Makes a white figure of empty axes.

    Args:
        rows, columns: how many axes.
        height: in inches; the width is `WIDTH`.
        alt: what the picture shows, in words.
        framed: whether the axes have frames and ticks.
        options: as for `matplotlib.pyplot.subplots`.

    Returns:
        The `Picture` and its axes, a list in reading order.

    Example:

    >>> figure, (left, right) = pictures.new_figure(1, 2, height=2.5, alt="Two empty axes.")
    """
    figure = new_page(height, alt)
    axes = list(figure.subplots(rows, columns, squeeze=False, **options).flat)
    if not framed:
        for axis in axes:
            axis.set_axis_off()
    return figure, axes
