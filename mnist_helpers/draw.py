"""Your own digits: a pad to draw one on, and its preparation in pictures."""

import io

import anywidget
import numpy as np
import traitlets
from PIL import Image, ImageDraw

from mnist_helpers import centering, console, practice, strokes
from mnist_helpers.pictures import VALIDATION_COLOR as WARM
from mnist_helpers.pictures import as_designed, describe, new_figure

SIDE, PEN = 280, 22  # pixels: the pad's side, the width of its pen
SAMPLE_DIGIT = 2


class Pad(anywidget.AnyWidget):
    """A square to draw a digit on, with a mouse, a finger or a pen; its button clears it.

    Where widgets don't work, a picture with a sample digit stands in its place.

    Attributes:
        lines: what is drawn: a list of lines, each a list of points `[x, y]` from 0 to 1, from the top left.

    Example:

    >>> pad = draw.Pad()
    >>> pad
    """

    _esm = (
        f"const SIDE = {SIDE}, PEN = {PEN};"
        + """
function render({ model, el }) {
  el.innerHTML = `<canvas width="${SIDE}" height="${SIDE}" aria-label="pad to draw a digit on" style="display: block;
    max-width: 100%; border: 1px solid gray; cursor: crosshair; touch-action: none"></canvas>
    <button style="margin-top: 6px; padding: 4px 12px">clear</button>`;
  const canvas = el.querySelector("canvas"), pen = canvas.getContext("2d");
  let line = null;

  function paint() {
    const lines = line ? [...model.get("lines"), line] : model.get("lines");
    pen.fillStyle = "black";
    pen.fillRect(0, 0, SIDE, SIDE);
    Object.assign(pen, { fillStyle: "#bbb", font: "18px sans-serif", textAlign: "center" });
    if (!lines.length) pen.fillText("Draw a digit here", SIDE / 2, SIDE / 2);
    Object.assign(pen, { strokeStyle: "white", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    for (const points of lines) {
      pen.beginPath();
      pen.moveTo(points[0][0] * SIDE, points[0][1] * SIDE);
      for (const [x, y] of points) pen.lineTo(x * SIDE + 0.01, y * SIDE);  // a lone point becomes a dot
      pen.stroke();
    }
  }
  function extend(event) {
    const box = canvas.getBoundingClientRect();
    const share = (distance, length) => Math.round(1000 * Math.min(1, Math.max(0, distance / length))) / 1000;
    line.push([share(event.clientX - box.left, box.width), share(event.clientY - box.top, box.height)]);
    paint();
  }
  function keep(lines) {
    line = null;
    model.set("lines", lines);
    model.save_changes();
  }
  canvas.onpointerdown = (event) => {
    if (!event.isPrimary || event.button) return;
    canvas.setPointerCapture(event.pointerId);
    line = [];
    extend(event);
  };
  canvas.onpointermove = (event) => line && event.isPrimary && extend(event);
  canvas.onpointerup = canvas.onpointercancel = () => line && keep([...model.get("lines"), line]);
  el.querySelector("button").onclick = () => keep([]);
  model.on("change:lines", paint);
  paint();
  return () => model.off("change:lines", paint);
}
export default { render };
"""
    )

    lines = traitlets.List().tag(sync=True)
    _ipython_display_ = None  # ipywidgets 7 would show the widget alone

    @property
    def picture(self):
        """What is drawn, uint8 `[280, 280]`, white ink on black; a sample digit, with a notice, if nothing is."""
        if not self.lines:
            console.say(
                "Nothing is drawn on the pad, so here is a sample digit. "
                "For one of your own, draw on the pad, then run the cells from this one on."
            )
        return self._picture()

    def _picture(self):
        image = Image.new("L", (SIDE, SIDE))
        brush = ImageDraw.Draw(image)
        for line in self.lines or _sample():
            points = [(SIDE * x, SIDE * y) for x, y in line]
            brush.line(points, fill=255, width=PEN)
            for x, y in points:
                brush.ellipse((x - PEN / 2, y - PEN / 2, x + PEN / 2, y + PEN / 2), fill=255)
        return np.asarray(image)

    def _repr_mimebundle_(self, **options):
        data, metadata = super()._repr_mimebundle_(**options)
        file = io.BytesIO()
        Image.fromarray(self._picture()).save(file, format="png")
        alt = f"The drawing pad, with {'what is drawn on it' if self.lines else 'a sample digit'}."
        picture, described = describe(file.getvalue(), alt, width=SIDE)
        return data | picture, metadata | described


def prepare(picture):
    """Makes of a picture of a digit what MNIST's makers made of theirs.

    The picture is cropped to the ink, its longer side scaled to 20 pixels, its brightest pixel to 1, and the center
    of mass put as close as whole pixels allow to pixel (14, 14), counted from 0, of 28×28 (see `centering`).

    Args:
        picture: uint8 or float array `[height, width]`, bright ink on black paper, 0.

    Returns:
        float32 `[28, 28, 1]` in [0, 1].

    Raises:
        ValueError: `picture` has another shape, holds no ink or negative numbers, or its paper isn't black.

    Example:

    >>> image = draw.prepare(pad.picture)
    >>> model.predict(image[np.newaxis], verbose=0)
    """
    return _steps(picture)[-1][..., np.newaxis]


@as_designed
def preparation(picture):
    """Draws the steps of `prepare`: as drawn, cropped, scaled, and centered, with the center of mass marked.

    Args:
        picture: as for `prepare`.

    Returns:
        A figure with four axes.

    Raises:
        ValueError: as for `prepare`.

    Example:

    >>> draw.preparation(pad.picture)
    """
    steps = _steps(picture)
    alt = "A digit in four steps: as drawn, cropped to its ink, scaled to 20 pixels, centered in 28 by 28 pixels."
    figure, axes = new_figure(1, 4, height=1.75, alt=alt, framed=False)
    for axis, step, name in zip(axes, steps, ("as drawn", "cropped", "scaled", "centered"), strict=True):
        axis.imshow(step, cmap="gray", vmin=0, vmax=1)
        axis.set_title(f"{name}\n{step.shape[0]}×{step.shape[1]}", fontsize=10)
    axes[-1].axhline(centering.MIDDLE, color=WARM, linewidth=0.8)
    axes[-1].axvline(centering.MIDDLE, color=WARM, linewidth=0.8)
    x, y = (centering.center_of_mass(steps[-1][np.newaxis], rows) for rows in (False, True))
    axes[-1].plot(x, y, "o", color=WARM, markersize=5)
    return figure


def _steps(picture):
    """The picture, its ink, the ink 20 pixels long, and all that in 28×28, each in [0, 1]."""
    picture = np.asarray(picture, np.float32)
    if picture.ndim != 2 or not picture.size:
        raise ValueError(f"picture has the shape {picture.shape}; expected is (height, width), gray. Pass one digit.")
    if not (np.isfinite(picture).all() and picture.min() >= 0 and picture.any()):
        raise ValueError(
            f"picture holds numbers from {picture.min():g} to {picture.max():g}; expected is 0 for paper and more for "
            "ink. Draw a digit, or check the file that you read."
        )
    paper = np.median(np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]]))
    if paper > 0:
        raise ValueError(
            f"The paper, at the picture's edge, has brightness {paper:g}; expected is 0, with bright ink on it. Where "
            "the ink is dark, invert the picture (255 - picture); then subtract what the paper has left, down to 0."
        )
    return picture / picture.max(), *centering.steps(picture)


def _sample():
    """The lines of a digit, small and near a corner of the pad."""
    way = strokes.FIRST[[SAMPLE_DIGIT]]
    (curve,), _ = practice.smooth_curve(strokes.CONTROL_POINTS[way, 0], way, np.ones(1))
    return [(curve * 0.5 + [0.1, 0.08]).tolist()]
