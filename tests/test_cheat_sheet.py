"""The cheat sheet: it quotes what each network of the series says to an image that lacks its batch axis."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import tensorflow as tf

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parents[1] / "notebooks"
MAKING = ("imports", "parameters", "nutshell-model", "build", "model")  # the ids of the cells that lead to a network


def cells(path):
    return {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}


def making_line(path):
    """The line that makes a notebook's network, or None."""
    return re.search(r"^model = .+$", "\n".join(cells(path).values()), re.MULTILINE)


NETWORKS = [path for path in sorted(FOLDER.glob("[0-9]*.ipynb")) if making_line(path)]


def network(path):
    """A notebook's network, untrained, from the notebook's own cells."""
    namespace = {}
    for cell_id, source in cells(path).items():
        if cell_id in MAKING:
            exec(source, namespace)
    if "model" not in namespace:  # a function was defined; it is called in the cell that trains
        exec(making_line(path)[0], namespace)
    return namespace["model"]


def quoted():
    """The pieces of messages in the sheet's row on the batch axis; names of code have no space."""
    (row,) = [line for line in cells(FOLDER / "cheat_sheet.ipynb")["code"].splitlines() if "batch axis" in line]
    return [piece for piece in re.findall("`([^`]+)`", row.split("|")[1]) if " " in piece]


def message(call, *arguments, **options):
    with pytest.raises((ValueError, tf.errors.OpError)) as raised:
        call(*arguments, **options)
    return str(raised.value)


def test_all_networks_take_part():
    assert [path.name[:2] for path in NETWORKS] == [f"{number:02}" for number in range(1, 11)]


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_messages_on_a_missing_batch_axis_are_quoted(path):
    model = network(path)
    image = np.random.default_rng(0).random([28, 28, 1], np.float32)
    images = (image, image[:, :, 0])
    messages = [message(model.predict, single, verbose=0) for single in images]
    assert model.predict(image[np.newaxis], verbose=0).shape == (1, 10)
    messages += [message(model.predict, single, verbose=0) for single in images]  # others, once a batch was predicted
    if not tf.config.list_physical_devices("GPU"):  # there the layers have their own words
        messages += [message(model, single) for single in images]
    for text in messages:
        assert any(piece in text for piece in quoted()), text
