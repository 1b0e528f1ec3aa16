"""The exercises of notebook 02: a dense layer, softmax, the shapes of a chain of layers."""

import numpy as np

from mnist_helpers.exercises.answers import NotAttempted, NotYet, call, describe, to_array, to_shape
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "Three steps: the weighted sums of all images at once, the biases, the activation.",
        "`@` multiplies matrices: the images on the left, the weights on the right.",
        "ReLU comes last: `np.maximum(0, ...)` of the sums with their biases.",
    ],
    solution="""
        def my_layer(pixels, weights, biases):
            return np.maximum(0, pixels @ weights + biases)
    """,
    why="A matrix product, a row of biases that broadcasting adds to each image, and ReLU: it gives what Keras's "
    '`Dense(..., activation="relu")` gives.',
)
def dense_layer(function):
    random = np.random.default_rng(0)
    pixels, weights = random.random((6, 12)).astype(np.float32), random.normal(size=(12, 4)).astype(np.float32)
    biases = np.array([0.5, -0.7, 1.5, -0.2], np.float32)
    sums = pixels @ weights
    right = np.maximum(0, sums + biases)
    result = to_array(
        call(function, pixels=pixels.copy(), weights=weights.copy(), biases=biases.copy()),
        "Your function's result",
        [6, 4],
    )
    if np.allclose(result, right, atol=1e-4):
        return None
    for wrong, message in (
        (sums + biases, "These are the weighted sums with their biases, some of them negative. What does ReLU do?"),
        (sums, "These are the weighted sums alone. The biases are missing, and then ReLU."),
        (np.maximum(0, sums), "The biases are missing: they are added before ReLU looks at the sums."),
        (np.maximum(0, sums) + biases, "You add the biases after ReLU. A neuron adds its bias first."),
        (np.maximum(0, sums - biases), "You subtract the biases. A neuron adds its bias."),
        (np.abs(sums + biases), "Negative sums became positive. ReLU makes them 0."),
        (1 / (1 + np.exp(-sums - biases)), "This is sigmoid. Asked is a layer with ReLU."),
    ):
        if np.allclose(result, wrong, atol=1e-4):
            return message
    return f"Your first number is {result[0, 0]:.4f}, and a dense layer with ReLU gives {right[0, 0]:.4f}."


@exercise(
    hints=[
        "Two steps: an exponential of every logit, then a division.",
        "Divide each row by its own sum. `sum` takes an axis; which one runs along a row?",
        "With `keepdims=True` the sums keep the shape [batch, 1], so that each row is divided by its own.",
    ],
    solution="""
        def my_softmax(logits):
            exponentials = np.exp(logits)
            return exponentials / exponentials.sum(axis=1, keepdims=True)
    """,
    why="Exponentials are positive, and each row, divided by its own sum, adds up to 1. It gives what Keras's gives.",
)
def softmax(function):
    logits = np.random.default_rng(0).normal(0, 2, (4, 10)).astype(np.float32)
    exponentials, plain_shares = np.exp(logits), logits / logits.sum(axis=1, keepdims=True)
    right = exponentials / exponentials.sum(axis=1, keepdims=True)
    result = to_array(call(function, logits=logits), "Your function's result", [4, 10])
    if np.allclose(result, right, atol=1e-4):
        return None
    if np.allclose(result, exponentials, rtol=1e-4):
        return "These are the exponentials. A row of them doesn't add up to 1 yet."
    if np.allclose(result, exponentials / exponentials.sum(), atol=1e-4):
        return "All numbers of the batch together add up to 1. Each image needs probabilities of its own."
    if np.allclose(result, exponentials / exponentials.sum(axis=0), atol=1e-4):
        return "Your columns add up to 1. A row belongs to an image; a column mixes images."
    if np.allclose(result, plain_shares, rtol=1e-3):
        return (
            "You divide the logits by their sum, so some results are negative. What makes every number positive first?"
        )
    row = result[0].sum()
    if not np.isclose(row, 1, atol=1e-3):
        return f"Your first row adds up to {row:.3f}; probabilities add up to 1."
    return (
        f"Your rows add up to 1, but the first probability is {result[0, 0]:.4f}, and softmax gives {right[0, 0]:.4f}."
    )


@exercise(
    hints=[
        "The weights of a layer have a row for each of its inputs and a column for each of its neurons.",
        "An image arrives as one row of pixels. How many pixels does 20 by 30 make?",
        "The second layer's inputs are the outputs of the first: one for each neuron there.",
    ],
    solution="weight_shapes = [[600, 50], [50, 20], [20, 5]]",
    why="Each matrix has as many rows as the layer before has outputs, so the products fit together: "
    "[64, 600] · [600, 50] · [50, 20] · [20, 5] ends in [64, 5].",
)
def weight_shapes(shapes):
    if shapes is ...:
        raise NotAttempted
    if not isinstance(shapes, list | tuple):
        raise NotYet(f"Your answer is {describe(shapes)}; expected is a list of three shapes.")
    if len(shapes) != 3 or not all(hasattr(shape, "__len__") and not isinstance(shape, str) for shape in shapes):
        came = f"Your list has {len(shapes)} entr{'y' if len(shapes) == 1 else 'ies'}"
        return f"{came}; expected are three shapes, such as [600, 50], one for each layer."
    shapes = [to_shape(shape) for shape in shapes]
    right = [(600, 50), (50, 20), (20, 5)]
    if shapes == right:
        return None
    if shapes == [shape[::-1] for shape in right]:
        return "Rows and columns are swapped: in X · W, the rows of W belong to the inputs."
    if shapes == [(64, 50), (64, 20), (64, 5)]:
        return "These are the shapes of what the layers output. What are those of their weights?"
    if any(64 in shape for shape in shapes):
        return "Weights are the same for every image, so the size of a batch, 64, isn't in their shapes."
    if shapes[0] == (784, 50):
        return "784 pixels are those of MNIST. These images are 20 pixels high and 30 wide."
    if shapes[0] in ((20, 30), (20, 30, 50), (20, 30, 1, 50)):
        return "The first layer gets an image as one row of pixels. How many are they?"
    for number, (shape, expected) in enumerate(zip(shapes, right, strict=True), start=1):
        if shape != expected:
            return f"The shape of layer {number}, {list(shape)}, isn't right: how many inputs has it, how many neurons?"
    return None
