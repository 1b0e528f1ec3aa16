"""Your own digits: a pad to draw them on, on which networks answer at once, and photos of them."""

import functools
import json
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from mnist_helpers import console, ink, readers, tables
from mnist_helpers import pad as paper
from mnist_helpers.files import kept as kept_file
from mnist_helpers.ink import preparation, prepare
from mnist_helpers.photo import Sheet, read_photo

__all__ = ["Pad", "Sheet", "preparation", "prepare", "read_photo"]

SAMPLE_DIGIT = 2
FEW = 100  # digits; a share of fewer needs a warning


class Pad(anywidget.AnyWidget):
    """A square to draw a digit on, with a mouse, a finger, a pen or keys; networks answer after each stroke.

    Below it, "this was a …" keeps the digit with its label, and counts how many each network read right. Where widgets
    don't work, a picture with a sample digit stands in its place.

    Args:
        networks: a Keras model that takes images `[28, 28, 1]` and returns ten probabilities; or a dictionary from
            names to such models; or `None` for a pad without answers. Models that are trained on later answer with
            their new weights.

    Attributes:
        lines: what is drawn: a list of lines, each a list of points `[x, y]` from 0 to 1, from the top left.
        kept: the digits that were kept, a list of dictionaries with "label", 0 to 9, and "lines".

    Raises:
        TypeError: something is no model.
        ValueError: a model takes other inputs or returns something else than ten probabilities.

    Example:

    >>> pad = draw.Pad({"one layer": model, "convolutional": convolutional_model})
    >>> pad
    """

    _esm = Path(__file__).with_name("pad.js")
    _css = Path(__file__).with_name("pad.css")

    lines = traitlets.List().tag(sync=True)
    kept = traitlets.List().tag(sync=True)
    # The front end numbers what it asks; the answer has the same number, so that a late one is known as such.
    _names = traitlets.List().tag(sync=True)
    _asked = traitlets.Int(0).tag(sync=True)
    _answer = traitlets.Dict().tag(sync=True)
    _tally = traitlets.Unicode("").tag(sync=True)
    _ipython_display_ = None  # ipywidgets 7 would show the widget alone

    def __init__(self, networks=None):
        self._readers = readers.readers(networks)
        self._held = set()  # all that was ever kept here, as text
        self._answered = None
        super().__init__(_names=list(self._readers))
        self._read(paper.sample(SAMPLE_DIGIT))  # what is slow the first time

    @classmethod
    def load(cls, folder, networks=None):
        """Makes a pad with the digits that `save` wrote.

        Args:
            folder: where they are.
            networks: as for `Pad`.

        Returns:
            A `Pad`.

        Raises:
            FileNotFoundError: there are none.
            ValueError: the file is damaged or isn't one of `save`.
            TypeError: as for `Pad`.

        Example:

        >>> pad = draw.Pad.load("my digits", model)
        """
        path = Path(folder).expanduser() / kept_file.NAME
        digits = kept_file.read(path)
        if digits is None:
            raise FileNotFoundError(
                f"There is no file {path}. Keep some digits on a pad, save them with pad.save({str(folder)!r}), then "
                "load them."
            )
        pad = cls(networks)
        pad.kept = digits
        return pad

    def save(self, folder):
        """Writes the digits that were kept to a small file, `my_digits.json`.

        Digits that another pad saved there stay in the file.

        Args:
            folder: where to; it's made where it is missing.

        Returns:
            The file's path.

        Raises:
            ValueError: there is such a file already, and it is damaged or isn't one of `save`.
            OSError: the file can't be written.

        Example:

        >>> pad.save("my digits")
        """
        path = Path(folder).expanduser() / kept_file.NAME
        others = [digit for digit in kept_file.read(path) or [] if kept_file.text(digit) not in self._held]
        kept_file.write(path, [*others, *self.kept])
        also = f", beside {_count(others)} that were there before" if others else ""
        console.say(f"{_count(self.kept)} saved in {path.parent.name}/{path.name}{also}.")
        return path

    @property
    def picture(self):
        """What is drawn, uint8 `[280, 280]`, white ink on black; a sample digit, with a notice, if nothing is."""
        if not self.lines:
            console.say(
                "Nothing is drawn on the pad, so here is a sample digit. "
                "For one of your own, draw on the pad, then run the cells from this one on."
            )
        return paper.paint(self.lines or paper.sample(SAMPLE_DIGIT))

    def digits(self):
        """Returns the digits that were kept, as the datasets give them; ten sample digits, with a notice, if none was.

        Returns:
            `(images, labels)`: float32 `[count, 28, 28, 1]` in [0, 1], prepared, and one-hot float32 `[count, 10]`.

        Example:

        >>> model.evaluate(*pad.digits())
        """
        kept = self._kept_or_sample()
        return _images(kept), np.eye(10, dtype=np.float32)[[digit["label"] for digit in kept]]

    def accuracies(self):
        """Counts how many of the digits that were kept each network reads right.

        Returns:
            A `tables.Table` with a row for each network. Its 95 % interval says how far the share on many more such
            digits may be from the share on these (see `readers.wilson`).

        Raises:
            ValueError: the pad has no network.

        Example:

        >>> pad.accuracies()
        network    right  of  share  95 % interval
        one layer  9      12  75 %   47–91 %
        """
        if not self._readers:
            raise ValueError("This pad has no network to count for. Make one with draw.Pad(model).")
        images, labels = self.digits()
        rows = []
        for name, read in self._readers.items():
            right, count = int((read(images).argmax(axis=1) == labels.argmax(axis=1)).sum()), len(images)
            rows.append([name, str(right), str(count), paper.percent(right / count), _interval(right, count)])
        return tables.Table(["network", "right", "of", "share", "95 % interval"], rows, _hint(len(images)))

    def _kept_or_sample(self):
        if self.kept:
            return self.kept
        console.say(
            "No digit is kept on the pad, so here are ten sample digits. For your own, draw one, choose its label "
            'beside "this was a", and so on; then run the cells from this one on.'
        )
        return [{"label": label, "lines": paper.sample(label)} for label in range(10)]

    def _read(self, lines):
        """What there is to say about lines: the remark, the networks' picture, and each network's answer by its name.

        An answer is ten probabilities, or a text that says why there are none.
        """
        text, readable = paper.remark(paper.paint(lines))
        if not readable:
            return text, None, {}
        image = _image(json.dumps(lines))
        answers = {name: _ask(read, image[np.newaxis]) for name, read in self._readers.items()}
        return text, image, {name: answer if isinstance(answer, str) else answer[0] for name, answer in answers.items()}

    @traitlets.observe("lines", "_asked")
    def _respond(self, _change):
        question = (self._asked, json.dumps(self.lines))
        if question == self._answered:
            return  # both came at once
        self._answered = question
        text, image, answers = self._read(self.lines)
        pixels = None if image is None else (255 * image).round().astype(int).ravel().tolist()
        networks = [answer if isinstance(answer, str) else answer.tolist() for answer in answers.values()]
        self._answer = {"number": self._asked, "remark": text, "image": pixels, "networks": networks}

    @traitlets.observe("kept")
    def _count_again(self, _change):
        self._held.update(map(kept_file.text, self.kept))
        self._tally = self._told()

    def _told(self):
        """How many of the digits that were kept each network reads right, in words."""
        count = len(self.kept)
        if not count:
            return ""
        if not self._readers:
            return f"{_count(self.kept)} kept."
        images, labels = _images(self.kept), np.array([digit["label"] for digit in self.kept])
        parts = []
        for name, read in self._readers.items():
            answer = _ask(read, images)
            if isinstance(answer, str):
                parts.append(f"{name} none ({answer})")
            else:
                right = int((answer.argmax(axis=1) == labels).sum())
                parts.append(f"{name} {right} of {count} ({_interval(right, count)})")
        return " ".join([f"Read right of your {_count(self.kept)}: {', '.join(parts)}.", *_hint(count)])

    @traitlets.validate("lines")
    def _check_lines(self, proposal):
        try:
            paper.check_lines(proposal.value)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None
        return proposal.value

    @traitlets.validate("kept")
    def _check_kept(self, proposal):
        if not all(map(kept_file.is_digit, proposal.value)):
            raise traitlets.TraitError(
                "kept holds something else than digits; expected are dictionaries such as "
                '{"label": 1, "lines": [[[0.5, 0.1], [0.5, 0.9]]]}.'
            )
        return proposal.value

    def _repr_mimebundle_(self, **options):
        data, metadata = super()._repr_mimebundle_(**options)
        lines = self.lines or paper.sample(SAMPLE_DIGIT)
        _, image, answers = self._read(lines)
        picture, described = paper.picture(paper.paint(lines), image, answers, not self.lines).bundle()
        return data | picture, metadata | described


@functools.lru_cache(maxsize=1000)
def _image(lines):
    """The prepared image of lines, which are JSON here so that they can be found again."""
    picture = paper.paint(json.loads(lines))
    return ink.prepare(np.pad(picture, 1))  # paper around it, also where the pad is full of ink


def _images(digits):
    return np.stack([_image(json.dumps(digit["lines"])) for digit in digits])


def _ask(read, images):
    """A network's answer to images; where it fails, a text that says why, since the pad must go on."""
    try:
        return read(images)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def _interval(right, count):
    low, high = readers.wilson(right, count)
    return f"{100 * low:.0f}–{100 * high:.0f} %"


def _hint(count):
    """What to keep in mind about so few digits: a list of one text, or of none."""
    if count >= FEW:
        return []
    return ["So few digits say little: of many more, a network's share may be anywhere in its range."]


def _count(digits):
    return "1 digit" if len(digits) == 1 else f"{len(digits)} digits"
