"""The cheat sheet: it quotes what each network of the series says to an image that lacks its batch axis."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import tensorflow as tf

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parents[1] / "notebooks"
MAKING = ("imports", "parameters", "build", "model")  # the ids of the cells that lead to a network
IMAGE = np.random.default_rng(0).random([28, 28, 1], np.float32)


def cells(path):
    return {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}


NUMBERED = sorted(FOLDER.glob("[0-9]*.ipynb"))
NETWORKS = [path for path in NUMBERED if "model" in cells(path) and "shape=[784]" not in cells(path)["model"]]
RECORDED = [path for path in NUMBERED if "scoreboard.record(" in path.read_text(encoding="utf-8")]


def network(path):
    """A notebook's network, untrained, from the notebook's own cells."""
    namespace = {"images": IMAGE[np.newaxis]}  # one of them draws its network with an image
    for cell_id, source in cells(path).items():
        if cell_id in MAKING:
            exec(source, namespace)
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
    assert len(NETWORKS) >= 9 and set(RECORDED) <= set(NETWORKS)


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_messages_on_a_missing_batch_axis_are_quoted(path):
    model = network(path)
    images = (IMAGE, IMAGE[:, :, 0])
    messages = [message(model.predict, single, verbose=0) for single in images]
    assert model.predict(IMAGE[np.newaxis], verbose=0).shape == (1, 10)
    messages += [message(model.predict, single, verbose=0) for single in images]  # others, once a batch was predicted
    if not tf.config.list_physical_devices("GPU"):  # there the layers have their own words
        messages += [message(model, single) for single in images]
    for text in messages:
        assert any(piece in text for piece in quoted()), text
