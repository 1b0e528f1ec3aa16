"""The exercises: right answers are right, each typical mistake hears of itself, and nonsense never stops a notebook."""

import math
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from mnist_helpers import exercises
from mnist_helpers.exercises.exercise import Exercise

RANDOM = np.random.default_rng(0)
CLASSES = np.arange(200) % 10
STRIPES = np.zeros((200, 28, 28, 1), np.float32)
for _index, _digit in enumerate(CLASSES):  # a digit is the place of a stripe, so a network learns it in no time
    STRIPES[_index, 2 * _digit + 3 : 2 * _digit + 6] = 1
IMAGES = 0.9 * STRIPES + RANDOM.random(STRIPES.shape, np.float32) / 10
DRAWN = (RANDOM.random((30, 28, 28, 1), np.float32) - 0.7).clip(0)
REAL = (RANDOM.random((40, 28, 28, 1), np.float32) - 0.5).clip(0)

# Right class, predicted class: 8 has the largest share of mistakes (2 of 4), 2 the most (4 of 40), and 6 is the answer
# most often given in error (7 times). 4 is read without a mistake.
PAIRS = [(8, 3), (8, 5), (8, 8), (8, 8), (2, 6), (2, 6), (2, 6), (2, 0), (5, 6), (7, 6), (0, 6), (6, 2), (6, 2), (1, 6)]
PAIRS += [(digit, digit) for digit in (0, 1, 3, 4, 5, 6, 7, 9) for _ in range(20)] + [(2, 2)] * 36
RIGHT_CLASSES, PREDICTIONS = np.array(PAIRS).T
PROBABILITIES = np.eye(10, dtype=np.float32)[PREDICTIONS]

NOTEBOOK = {
    "math": math,
    "np": np,
    "tf": tf,
    "keras": keras,
    "layers": layers,
    "images": tf.constant(IMAGES[:64]),
    "classes": CLASSES[:64],
    "train_dataset": tf.data.Dataset.from_tensor_slices((IMAGES, np.eye(10, dtype=np.float32)[CLASSES]))
    .repeat(5)
    .batch(20),
    "validation_classes": RIGHT_CLASSES,
    "probabilities": PROBABILITIES,
    "real_classes": RIGHT_CLASSES,
    "drawn_images": DRAWN,
    "real_images": REAL,
    "predictions": PREDICTIONS,
    "striped_images": IMAGES,
    "striped_classes": CLASSES,
}
CHECKS = {
    "photo_batch": "photo_batch",
    "one_hot_label": "one_hot_label",
    "average_three": "average_three, images, classes",
    "steps": "steps",
    "weakest_digit": "weakest_digit, validation_classes, predictions",
    "five_classes": "my_model",
    "dense_layer": "my_layer",
    "softmax": "my_softmax",
    "weight_shapes": "weight_shapes",
    "cross_entropy": "my_cross_entropy",
    "layer_gradient": "my_gradient",
    "diverging_rate": "rate",
    "first_byte": "first_byte",
    "training_pipeline": "my_pipeline",
    "pipeline_order": "steps_in_order",
    "four_layers": "my_parameters, my_model",
    "stable_softmax": "my_softmax",
    "first_weights": "my_initializer",
    "dropout": "my_dropout",
    "dropout_curve": "dropout_curve",
    "step_decay": "my_schedule",
    "output_shape": "output_shape",
    "small_network": "my_model, striped_images, striped_classes",
    "lower_edge": "lower_edge",
    "batch_norm": "my_batch_norm",
    "place_normalization": "my_model",
    "how_many_digits": "number",
    "coin_tosses": "p_value",
    "one_cycle": "my_schedule",
    "relu_numbers": "relu_numbers",
    "shift_right": "my_shift",
    "moving_weights": "my_average",
    "most_confused": "right_class, predicted_class, real_classes, predictions",
    "ink": "drawn_mean, real_mean, drawn_images, real_images",
    "balanced_choice": "my_balanced",
    "center_of_mass": "my_center",
    "contrast": "my_contrast",
    "saved_bytes": "saved_bytes",
    "same_network": "are_same",
    "average_gradient": "my_average",
    "ring_bytes": "ring_bytes",
    **{f"patient_{number}": "diagnosis" for number in range(1, 10)},
}
FUNCTIONS = {name for name, answers in CHECKS.items() if answers.startswith("my_") and "model" not in answers}


def get(name):
    return getattr(exercises, name)


@pytest.fixture(scope="session")
def solved():
    """For an exercise's name the answers that its solution makes; each solution runs once."""
    known = {}

    def answers(name):
        if name not in known:
            keras.utils.set_random_seed(0)
            namespace = dict(NOTEBOOK)
            exec(get(name).solution().message, namespace)
            known[name] = eval(f"[{CHECKS[name]}]", namespace)
        return known[name]

    return answers


def dense(*units, shape=(20, 30, 1), last="softmax", flatten=True, use_bias=True):
    model = keras.Sequential([keras.Input(shape=shape)])
    if flatten:
        model.add(layers.Flatten())
    for count in units[:-1]:
        model.add(layers.Dense(count, activation="relu"))
    model.add(layers.Dense(units[-1], activation=last, use_bias=use_bias))
    return model


def deep(*units):
    return dense(*units, shape=(28, 28, 1))


def guessing():
    """A network that says 0 to everything: an untrained one with small numbers may be right by chance."""
    model = deep(10)
    model.set_weights([np.zeros_like(weights) for weights in model.get_weights()])
    return model


def functional(*units):
    """The network of `deep`, with ReLU as an operation instead of a layer."""
    values = inputs = keras.Input(shape=(28, 28, 1))
    values = layers.Flatten()(values)
    for count in units[:-1]:
        values = keras.ops.relu(layers.Dense(count)(values))
    return keras.Model(inputs, layers.Dense(units[-1], activation="softmax")(values))


class FiveClasses(keras.Model):
    def __init__(self):
        super().__init__()
        self.flatten, self.dense = layers.Flatten(), layers.Dense(5, activation="softmax")

    def call(self, images):
        return self.dense(self.flatten(images))


def called(model, *shape):
    """A network that has learned its input from a first call."""
    model(np.zeros((1, *shape), np.float32))
    return model


def normalized(*names, padding="same", bias=False, scale=False, center=True, filters=8):
    model = keras.Sequential([keras.Input(shape=(28, 28, 1))])
    model.add(layers.Conv2D(filters, 3, padding=padding, use_bias=bias))
    for name in names:
        if name == "normalize":
            model.add(layers.BatchNormalization(scale=scale, center=center))
        else:
            model.add(layers.Activation(name))
    return model


def softmax_rows(logits):
    return np.exp(logits) / np.exp(logits).sum()


def drop(values, kept, factor):
    return np.where(kept, values * factor, 0)


def drop_in_place(values, rate, random):
    values[random.random(len(values)) < rate] = 0
    values /= 1 - rate
    return values


def center(image):
    """The center of mass, term by term."""
    total = sum(pixel for row in image for pixel in row)
    rows = sum(number * pixel for number, row in enumerate(image) for pixel in row)
    columns = sum(number * pixel for row in image for number, pixel in enumerate(row))
    return np.array([rows, columns]) / total


def normalize(maps, axis, power=0.5):
    return (maps - maps.mean(axis, keepdims=True)) / (maps.var(axis, keepdims=True) + 0.001) ** power


def random_weights(deviation, mean=0):
    return lambda inputs, units: np.random.default_rng(1).normal(mean, deviation(inputs, units), (inputs, units))


def lines(steps, rates):
    """A schedule of straight lines between the given steps."""
    return lambda step: np.interp(step, steps, rates)


def half_cosine(step):
    return step / 78 * 0.009 + 0.001 if step < 78 else 0.005 * (1 + math.cos(math.pi * (step - 78) / 313))


def shifted(image, pixels, moved=lambda row, column, pixels: (row, column + pixels)):
    """The image moved pixel by pixel; what has no place is lost."""
    result = np.zeros((28, 28))
    for row, column in np.ndindex(28, 28):
        to = moved(row, column, pixels)
        if 0 <= min(to) and max(to) < 28:
            result[to] = image[row, column]
    return result


def shift_in_place(image, pixels):
    image[:] = shifted(image, pixels)
    return image


def each_class(choose):
    """A choice made class by class: `choose` gets the places of a class, the count and the generator."""
    return lambda classes, count, random: np.concatenate(
        [choose(np.flatnonzero(classes == digit), count, random) for digit in range(10)]
    )


def without_repeating(places, count, random):
    return random.choice(places, count, replace=False)


def shift_without_zero(image, pixels):
    result = np.zeros_like(image)
    result[:, pixels:] = image[:, :-pixels]
    return result


def stuck(image, pixels):
    return np.concatenate([np.zeros((28, pixels)), image[:, :-pixels]], axis=1)


def gray_border(image, pixels):
    return np.pad(image, [(0, 0), (pixels, 0)], constant_values=0.5)[:, :28]


def average_in_place(average, weight, momentum):
    average *= momentum
    average += (1 - momentum) * weight
    return average


def weight_in_place(average, weight, momentum):
    weight *= 1 - momentum
    return momentum * average + weight


# Exercise, answers, words of the message. A data argument that follows the answers is the notebook's own.
WRONG = [
    ("photo_batch", [[64, 256, 192, 3]], "swapped"),
    ("photo_batch", [(64, 3, 192, 256)], "last axis"),
    ("photo_batch", [[64, 192, 256]], "colors"),
    ("photo_batch", [[192, 256, 3]], "one photo"),
    ("photo_batch", [[64, 192, 256, 1]], "gray"),
    ("photo_batch", [[192, 256, 64, 3]], "another order"),
    ("photo_batch", [[128, 192, 256, 3]], "four numbers"),
    ("photo_batch", [["64", "192", "256", "3"]], "a list of 4 with the text '64' in it"),
    ("photo_batch", [[64.5, 192, 256, 3]], "holds 64.5"),
    ("photo_batch", [[64, 192, 256, ...]], "with `...` in it"),
    ("photo_batch", [{64, 192, 256, 3}], "type `set`"),
    ("one_hot_label", [[0, 0, 1, 0, 0]], "count from 1"),
    ("one_hot_label", [np.eye(10)[3]], "ten numbers"),
    ("one_hot_label", [3], "single number"),
    ("one_hot_label", [[0, 0, 3, 0, 0]], "One number should be 1"),
    ("one_hot_label", [[1, 0, 0, 0, 0]], "that is class 0"),
    ("one_hot_label", [[0, 0, 0, 1]], "five classes"),
    ("one_hot_label", [[[0, 0, 0, 1, 0]]], "one axis"),
    ("average_three", [IMAGES[:64].mean(axis=0)], "all 64 digits"),
    ("average_three", [IMAGES[:64][CLASSES[:64] == 3].mean(axis=1)], "Along which axis"),
    ("average_three", [IMAGES[:64][CLASSES[:64] == 5].mean(axis=0)], "another digit: 5"),
    ("average_three", [IMAGES[:64][CLASSES[:64] == 3].sum(axis=0)], "sum of the threes"),
    ("average_three", [np.full((28, 28, 1), np.nan)], "NaN"),
    ("average_three", [IMAGES[3] * 0], "isn't the average"),
    ("steps", [781], "other 16"),
    ("steps", [781.25], "whole one"),
    ("steps", [391], "batches of 128"),
    ("steps", [64], "how many digits a step takes"),
    ("steps", [938], "60,000"),
    ("steps", [800], "51,200"),
    ("steps", [-3], "larger than 0"),
    ("weakest_digit", [2], "in number"),
    ("weakest_digit", [6], "given in error"),
    ("weakest_digit", [4], "reads best"),
    ("weakest_digit", [5], "Another digit has a larger share"),
    ("weakest_digit", [0.5], "the share"),
    ("weakest_digit", [11], "0 to 9"),
    ("weakest_digit", [8, RIGHT_CLASSES, PROBABILITIES], "argmax"),
    ("weakest_digit", [8, RIGHT_CLASSES, RIGHT_CLASSES], "nothing is misread"),
    ("five_classes", [dense(5, flatten=False)], "each pixel"),
    ("five_classes", [dense(5, last=None)], "negative"),
    ("five_classes", [dense(10)], "ten numbers"),
    ("five_classes", [dense(30, 5)], "another layer"),
    ("five_classes", [dense(5, last="sigmoid")], "add up to"),
    ("five_classes", [dense(5, use_bias=False)], "bias"),
    ("five_classes", [dense(5, shape=(30, 20, 1))], "20 rows"),
    ("five_classes", [dense(5, shape=(28, 28, 1))], "[20, 30, 1]: its `keras.Input` has the shape [28, 28, 1]"),
    ("five_classes", [keras.Sequential([layers.Flatten(), layers.Dense(5)])], "keras.Input"),
    ("dense_layer", [lambda pixels, weights, biases: pixels @ weights + biases], "What does ReLU do"),
    ("dense_layer", [lambda pixels, weights, biases: pixels @ weights], "sums alone"),
    ("dense_layer", [lambda pixels, weights, biases: np.maximum(0, pixels @ weights)], "biases are missing"),
    ("dense_layer", [lambda pixels, weights, biases: np.maximum(0, pixels @ weights) + biases], "after ReLU"),
    ("dense_layer", [lambda pixels, weights, biases: np.maximum(0, pixels @ weights - biases)], "subtract"),
    ("dense_layer", [lambda pixels, weights, biases: np.abs(pixels @ weights + biases)], "became positive"),
    ("dense_layer", [lambda pixels, weights, biases: keras.ops.sigmoid(pixels @ weights + biases)], "sigmoid"),
    ("dense_layer", [lambda pixels, weights, biases: weights @ pixels], "ValueError"),
    ("dense_layer", [lambda pixels, weights, biases: (pixels[0] @ weights + biases).clip(0)], "shape [4]"),
    ("dense_layer", [lambda pixels, weights, biases: 2 * (pixels @ weights + biases).clip(0)], "Your first number"),
    ("softmax", [np.exp], "doesn't add up to 1 yet"),
    ("softmax", [softmax_rows], "of the batch together"),
    ("softmax", [lambda logits: np.exp(logits) / np.exp(logits).sum(axis=0)], "columns add up"),
    ("softmax", [lambda logits: logits / logits.sum(axis=1, keepdims=True)], "divide the logits"),
    ("softmax", [lambda logits: np.exp(logits) / np.exp(logits).sum(axis=1)], "ValueError"),
    ("softmax", [lambda logits: softmax_rows(logits[0])], "shape [10]"),
    ("softmax", [lambda logits: keras.ops.softmax(2 * logits)], "but the first probability"),
    ("softmax", [lambda logits: 1 / (1 + np.exp(-logits))], "first row adds up"),
    ("weight_shapes", [[[50, 600], [20, 50], [5, 20]]], "swapped"),
    ("weight_shapes", [[[64, 50], [64, 20], [64, 5]]], "what the layers output"),
    ("weight_shapes", [[[64, 600, 50], [64, 50, 20], [64, 20, 5]]], "size of a batch"),
    ("weight_shapes", [[[784, 50], [50, 20], [20, 5]]], "those of MNIST"),
    ("weight_shapes", [[[20, 30], [50, 20], [20, 5]]], "one row of pixels"),
    ("weight_shapes", [[[600, 50], [600, 20], [600, 5]]], "layer 2, [600, 20]"),
    ("weight_shapes", [[[600, 50], [50, 20]]], "has 2 entries; expected are three"),
    ("weight_shapes", [[600, 50, 20]], "three shapes"),
    ("weight_shapes", [42], "a list of three shapes"),
    ("cross_entropy", [lambda label, p: (label * np.log(p)).sum()], "turn the sign"),
    ("cross_entropy", [lambda label, p: -(label * np.log(p)).mean()], "a tenth"),
    ("cross_entropy", [lambda label, p: -(label * np.log10(p)).sum()], "base 10"),
    ("cross_entropy", [lambda label, p: -(label * np.log2(p)).sum()], "base 2"),
    ("cross_entropy", [lambda label, p: 1 - (label * p).sum()], "missing to 1"),
    ("cross_entropy", [lambda label, p: -(label * p).sum()], "minus that probability"),
    ("cross_entropy", [lambda label, p: ((label - p) ** 2).sum()], "the squared error"),
    ("cross_entropy", [lambda label, p: -np.log(p).sum()], "all classes"),
    ("cross_entropy", [lambda label, p: -label * np.log(p)], "ten numbers"),
    ("cross_entropy", [lambda label, p: -(p * np.log(label)).sum()], "logarithm of 0"),
    ("cross_entropy", [lambda label, p: -np.log(p[3])], "the cross-entropy is"),
    ("layer_gradient", [lambda x, p, y: x.T @ (p - y)], "the loss is their mean"),
    ("layer_gradient", [lambda x, p, y: x.T @ (y - p) / len(x)], "point downhill"),
    ("layer_gradient", [lambda x, p, y: x.T @ (y - p)], "the sum, and they point downhill"),
    ("layer_gradient", [lambda x, p, y: x.T @ (p - y) / 10], "over the images"),
    ("layer_gradient", [lambda x, p, y: x.T @ (p - y) / (p - y).size], "factor of 10"),
    ("layer_gradient", [lambda x, p, y: (p - y).T @ x / len(x)], "turn it around"),
    ("layer_gradient", [lambda x, p, y: (p - y) / len(x)], "slopes by the logits"),
    ("layer_gradient", [lambda x, p, y: x.T @ p / len(x)], "Where are the labels"),
    ("layer_gradient", [lambda x, p, y: x.T @ (p - y) ** 2 / len(x)], "Nudging the weight"),
    ("layer_gradient", [lambda x, p, y: x.T @ (p - y) @ np.ones(10)], "shape [30]"),
    ("diverging_rate", [0.1], "after 26 steps"),
    ("diverging_rate", [0.5], "after 1 step."),
    ("diverging_rate", [0.001], "is at 0.175"),
    ("diverging_rate", [0.8], "side to side"),
    ("diverging_rate", [1], "for ever"),
    ("diverging_rate", [-0.5], "uphill"),
    ("diverging_rate", [0], "stays at 0"),
    ("training_pipeline", [lambda dataset: dataset.batch(32)], "come in order"),
    ("training_pipeline", [lambda dataset: dataset.batch(32).shuffle(1000)], "Which step must come first"),
    ("training_pipeline", [lambda dataset: dataset.shuffle(50).batch(32)], "small buffer"),
    ("training_pipeline", [lambda dataset: dataset.shuffle(1000).repeat().batch(32)], "never ends"),
    ("training_pipeline", [lambda dataset: dataset.shuffle(1000).batch(32, drop_remainder=True)], "last 8"),
    ("training_pipeline", [lambda dataset: dataset.shuffle(1000).batch(128)], "holds 128"),
    ("training_pipeline", [lambda dataset: dataset.shuffle(1000)], "single numbers"),
    (
        "training_pipeline",
        [lambda data: data.shuffle(1000, reshuffle_each_iteration=False).batch(32)],
        "order of the first",
    ),
    ("training_pipeline", [lambda dataset: dataset.shuffle(1000).repeat(2).batch(32)], "2,000 numbers"),
    ("training_pipeline", [lambda dataset: list(dataset)], "list of 1000"),
    ("training_pipeline", [lambda dataset: dataset.batch(2).batch(32)], "one axis"),
    ("first_byte", [784_000], "no header"),
    ("first_byte", [784_008], "header of a label file"),
    ("first_byte", [783_232], "image number 999"),
    ("first_byte", [784_800], "image number 1,000 ends"),
    ("first_byte", [1_016], "1 byte a record"),
    ("first_byte", [1_008], "place of its label"),
    ("first_byte", [784_015], "last byte of image number 999"),
    ("first_byte", [784_017], "second byte"),
    ("first_byte", [3_136_016], "4 bytes a pixel"),
    ("first_byte", [6_272_128], "in bits"),
    ("first_byte", [28_016], "28 rows of 28"),
    ("first_byte", [16 + 500 * 784], "image number 500, its first"),
    ("first_byte", [16 + 500 * 784 + 3], "image number 500, 3 bytes after"),
    ("first_byte", [12], "in the header"),
    ("first_byte", [-1], "a whole number from 0 on"),
    ("first_byte", [784_016.5], "a whole number from 0 on"),
    ("first_byte", ["784,016"], "the text"),
    ("pipeline_order", [["shuffle", "cache", "batch", "map", "prefetch"]], "the mixed order itself is kept"),
    ("pipeline_order", [["cache", "batch", "shuffle", "map", "prefetch"]], "whole batches change places"),
    ("pipeline_order", [["cache", "shuffle", "map", "batch", "prefetch"]], "50,000 calls"),
    ("pipeline_order", [["prefetch", "cache", "shuffle", "batch", "map"]], "After prefetch comes cache"),
    ("pipeline_order", [["cache", "shuffle", "batch", "map"]], "prefetch 0 times"),
    ("pipeline_order", [["cache", "cache", "shuffle", "batch", "map", "prefetch"]], "cache 2 times"),
    ("pipeline_order", [["zip", "cache", "shuffle", "batch", "map", "prefetch"]], "the text 'zip'"),
    ("pipeline_order", [["cache", 2]], "holds `2`"),
    ("pipeline_order", ["cache, shuffle, batch, map, prefetch"], "expected is a list of five names"),
    ("four_layers", [173_270, deep(200, 60, 60, 10)], "And its biases?"),
    ("four_layers", [173_000, deep(200, 60, 60, 10)], "all the weights"),
    ("four_layers", [169_670, deep(200, 60, 60, 10)], "Your network itself is built as asked"),
    ("four_layers", [181_730, deep(200, 60, 60, 10)], "not 200"),
    ("four_layers", [181_670, deep(200, 60, 60, 10)], "not 200; and its neurons have biases"),
    ("four_layers", [3_660, deep(200, 60, 60, 10)], "what the new layer adds"),
    ("four_layers", [173_331, deep(200, 60, 60, 10)], "too many"),
    ("four_layers", [173_330, deep(200, 60, 10)], "The fourth is missing"),
    ("four_layers", [173_330, deep(200, 200, 60, 10)], "the new layer has 200 neurons"),
    ("four_layers", [173_330, deep(200, 60, 30, 10)], "not those of a new layer"),
    ("four_layers", [173_330, deep(200, 60, 60, 5)], "expected is [10]"),
    ("four_layers", [173_330, ...], "Now build the network"),
    ("four_layers", [169_670, deep(200, 60, 10)], "And the network: it has 169,670"),
    ("stable_softmax", [softmax_rows], "left the computer's range"),
    ("stable_softmax", [lambda logits: softmax_rows(np.clip(logits, -80, 80))], "equal numbers for unequal logits"),
    ("stable_softmax", [lambda logits: softmax_rows(logits / logits.max())], "divide by the largest"),
    ("stable_softmax", [lambda logits: np.exp(logits - logits.max())], "add up to 1.503"),
    ("stable_softmax", [lambda logits: keras.ops.softmax(2 * logits)], "softmax gives"),
    ("stable_softmax", [lambda logits: softmax_rows(logits - 1000)], "all exponentials became 0"),
    (
        "stable_softmax",
        [lambda logits: softmax_rows(logits - max(logits.max(), 0))],
        "0 divided by 0",
    ),
    ("first_weights", [lambda inputs, units: np.zeros((inputs, units))], "All weights are 0"),
    ("first_weights", [lambda inputs, units: np.full((inputs, units), 0.1)], "All weights are 0.1"),
    ("first_weights", [random_weights(lambda inputs, units: 1)], "doesn't shrink"),
    ("first_weights", [random_weights(lambda inputs, units: 2 / inputs)], "variance"),
    ("first_weights", [random_weights(lambda inputs, units: np.sqrt(1 / inputs))], "The 2 makes up"),
    ("first_weights", [random_weights(lambda inputs, units: np.sqrt(2 / units))], "does a neuron add up"),
    ("first_weights", [random_weights(lambda inputs, units: np.sqrt(2 / 784))], "That fits 784 inputs"),
    ("first_weights", [random_weights(lambda inputs, units: 0.2)], "too large"),
    ("first_weights", [random_weights(lambda inputs, units: np.sqrt(2 / inputs), 0.05)], "expected is 0"),
    ("first_weights", [lambda inputs, units: RANDOM.normal(0, 0.07, (units, inputs))], "600 rows"),
    ("first_weights", [lambda inputs, units: np.abs(RANDOM.normal(0, 0.07, (inputs, units)))], "No weight is negative"),
    ("dropout", [lambda values, rate, random: drop(values, random.random(10_000) >= rate, 1)], "so the sum shrinks"),
    ("dropout", [lambda values, rate, random: drop(values, random.random(10_000) < rate, 4)], "keep the ones that"),
    ("dropout", [lambda values, rate, random: drop(values, random.random(10_000) >= rate, 4)], "share that is gone"),
    ("dropout", [lambda values, rate, random: drop(values, random.random(10_000) >= rate, 2)], "multiplied by 2.000"),
    ("dropout", [lambda values, rate, random: drop(values, random.random(10_000) >= 0.5, 2)], "expected are about 25%"),
    (
        "dropout",
        [lambda values, rate, random: drop(values, np.random.default_rng(7).random(10_000) >= rate, 4 / 3)],
        "same values as the first",
    ),
    ("dropout", [drop_in_place], "changes the array"),
    (
        "dropout",
        [lambda values, rate, random: values * (random.random() >= rate) / (1 - rate)],
        "No value became 0. Did you draw one",
    ),
    ("dropout", [lambda values, rate, random: values.copy()], "Which ones are switched off"),
    ("dropout", [lambda values, rate, random: drop(values, random.random(10_000) >= rate, values)], "same number"),
    ("dropout_curve", ["lower"], "lower training loss"),
    ("dropout_curve", [" Equal"], "don't matter"),
    ("dropout_curve", ["maybe"], "'maybe'"),
    ("dropout_curve", [42], "`42`"),
    ("step_decay", [lambda step: 0.002 * 0.5**step], "each step"),
    ("step_decay", [lambda step: 0.002 * (1 - step / 4000)], "straight line"),
    ("step_decay", [lambda step: 0.002 * 0.5 ** (step / 391)], "smooth curve"),
    ("step_decay", [lambda step: 0.001 * 0.5 ** (step // 391)], "At step 0"),
    ("step_decay", [lambda step: 0.002], "still 0.002"),
    ("step_decay", [lambda step: 0.002 * 0.1 ** (step // 391)], "half of 0.002"),
    ("step_decay", [lambda step: 0.002 * 0.5 ** (step // 390)], "At step 390, in epoch 1"),
    ("step_decay", [lambda step: 0.002 / (1 + step // 391)], "At step 782, in epoch 3"),
    ("output_shape", [[14, 14, 12]], "`same`"),
    ("output_shape", [[24, 24, 12]], "the stride"),
    ("output_shape", [(None, 12, 12, 1)], "How many maps"),
    ("output_shape", [[12, 12]], "How many channels"),
    ("output_shape", [[28, 28, 12]], "shrinks them further"),
    ("output_shape", [[12, 12, 5]], "not their size"),
    ("output_shape", [[7, 7, 12]], "every second"),
    ("output_shape", [[144]], "three numbers"),
    ("small_network", [guessing()], "has it been trained"),
    ("small_network", [deep(100, 10)], "79,510"),
    ("small_network", [deep(5)], "number for each digit"),
    ("small_network", [dense(10)], "can't read images"),
    ("lower_edge", [[[-1, -1, -1], [0, 0, 0], [1, 1, 1]]], "upper edges"),
    ("lower_edge", [[[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]], "quarter"),
    ("lower_edge", [[[1, 1, 1], [1, 1, 1], [-1, -1, -1]]], "not 0"),
    ("lower_edge", [[[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]], "thin lines"),
    ("lower_edge", [[[2, 1, 0], [1, 0, -1], [0, -1, -2]]], "as strongly"),
    ("lower_edge", [np.zeros((3, 3))], "All weights are 0"),
    ("lower_edge", [[1, 0, -1]], "shape [3]"),
    ("batch_norm", [lambda maps: normalize(maps, 0)], "over the images alone"),
    ("batch_norm", [lambda maps: normalize(maps, None)], "over everything"),
    ("batch_norm", [lambda maps: normalize(maps, (1, 2))], "for each image"),
    ("batch_norm", [lambda maps: normalize(maps, 3)], "over the channels"),
    ("batch_norm", [lambda maps: normalize(maps, (0, 1, 2), power=1)], "by the variance"),
    ("batch_norm", [lambda maps: normalize(maps, (0, 1, 2), power=0)], "Divide, too"),
    ("batch_norm", [lambda maps: maps / maps.std((0, 1, 2))], "Subtract it first"),
    ("batch_norm", [lambda maps: (maps - maps.mean((0, 1, 2))) / maps.std((0, 1, 2))], "divide by 0"),
    ("batch_norm", [lambda maps: 2 * normalize(maps, (0, 1, 2))], "expected are 0 and 1"),
    ("batch_norm", [lambda maps: (maps - maps.mean((0, 1, 2))) / (maps.std((0, 1, 2)) + 0.001)], "to the standard"),
    ("batch_norm", [lambda maps: (maps - maps.mean((0, 1, 2))) / (maps.var((0, 1, 2)) + 1e-5) ** 0.5], "small numbers"),
    ("place_normalization", [normalized("normalize", "relu", bias=True)], "8 too many"),
    ("place_normalization", [normalized("normalize", "relu", scale=True)], "8 too many"),
    ("place_normalization", [normalized("normalize", "relu", bias=True, scale=True)], "16 too many"),
    ("place_normalization", [normalized("relu", "normalize")], "ReLU comes before"),
    ("place_normalization", [normalized("relu")], "Where is the normalization"),
    ("place_normalization", [normalized("normalize")], "Which activation"),
    ("place_normalization", [normalized("normalize", "sigmoid")], "No output is 0"),
    ("place_normalization", [normalized("normalize", "relu", center=False)], "too few"),
    ("place_normalization", [normalized("relu", "normalize", "relu")], "What enters ReLU"),
    ("place_normalization", [normalized("normalize", "relu", padding="valid")], "Which padding"),
    ("place_normalization", [normalized("normalize", "relu", filters=4)], "expected is [28, 28, 8]"),
    ("how_many_digits", [19_900], "one standard error"),
    ("how_many_digits", [39.8], "square missing"),
    ("how_many_digits", [7.96], "a point is a hundredth"),
    ("how_many_digits", [10_000], "that you have"),
    ("how_many_digits", [28_000], "± 0.084"),
    ("how_many_digits", [70_000], "coarser than asked"),
    ("how_many_digits", [318_400], "half as wide"),
    ("how_many_digits", [500_000], "finer than asked"),
    ("how_many_digits", [-5], "number of digits"),
    ("coin_tosses", [0.0392], "one side"),
    ("coin_tosses", [0.0259], "6 heads exactly"),
    ("coin_tosses", [0.0518], "6 heads or 15 exactly"),
    ("coin_tosses", [0.0266], "left out 6 heads"),
    ("coin_tosses", [2 / 7], "share of the 21 digits"),
    ("coin_tosses", [164_320], "from 0 to 1"),
    ("coin_tosses", [0.5], "0 to 6 heads"),
    ("one_cycle", [lines([0, 391], [0.01, 0])], "starts at the peak"),
    ("one_cycle", [lines([0, 78], [0.001, 0.01])], "still 0.01"),
    ("one_cycle", [lines([0, 390], [0.001, 0.01])], "still 0.01"),
    ("one_cycle", [lines([0, 78, 391], [0.001, 0.01, 0.001])], "At step 390, the last, your rate is 0.00103"),
    ("one_cycle", [lines([0, 196, 391], [0.001, 0.01, 0])], "highest at step 196"),
    ("one_cycle", [lines([0, 82, 391], [0.001, 0.01, 0])], "highest at step 82"),
    ("one_cycle", [lines([0, 78, 391], [0.001, 0.02, 0])], "The highest rate is 0.02, at step 78"),
    ("one_cycle", [lines([0, 78, 391], [0.001, 0.009, 0])], "The highest rate is 0.009, at step 78"),
    ("one_cycle", [half_cosine], "from step 78 to step 391 it isn't a straight line"),
    ("one_cycle", [lines([0, 39, 78, 391], [0.001, 0.001, 0.01, 0])], "from step 0 to step 78 it isn't"),
    ("one_cycle", [lines([0, 78, 391], [0, 0.01, 0])], "learns next to nothing"),
    ("one_cycle", [lines([0, 78, 391], [0.005, 0.01, 0])], "At step 0 your rate is 0.005"),
    ("one_cycle", [lines([0, 78, 390], [0.001, 0.01, 0])], "is already 0"),
    ("one_cycle", [lambda step: lines([0, 78, 391], [0.001, 0.01, 0])(step // 391)], "not epochs"),
    ("one_cycle", [lambda step: lines([0, 78, 391], [0.001, 0.01, 0])(step / 391)], "not epochs"),
    ("one_cycle", [lambda step: [step, step]], "for step 0 holds 2 numbers"),
    ("relu_numbers", [[3_136, 12_544]], "swapped"),
    ("relu_numbers", [(784, 196)], "one feature map"),
    ("relu_numbers", [[12_544, 6_272]], "and the columns, too"),
    ("relu_numbers", [[12_544, 12_544]], "does pooling leave"),
    ("relu_numbers", [[1_605_632, 401_408]], "batch of 128"),
    ("relu_numbers", [[26 * 26 * 16, 13 * 13 * 16]], "without padding"),
    ("relu_numbers", [[12_544, 784]], "The first is right. The second should"),
    ("relu_numbers", [[100, 3_136]], "The first should"),
    ("relu_numbers", [12_544], "is one number, 12544; expected is an array of shape [2]"),
    ("shift_right", [lambda image, pixels: np.roll(image, pixels, axis=1)], "comes back"),
    ("shift_right", [lambda image, pixels: shifted(image, -pixels)], "moves to the left"),
    ("shift_right", [lambda image, pixels: np.roll(image, -pixels, axis=1)], "moves to the left"),
    ("shift_right", [lambda *given: shifted(*given, lambda row, column, by: (row + by, column))], "moves down"),
    ("shift_right", [lambda image, pixels: np.roll(image, pixels, axis=0)], "moves down"),
    ("shift_right", [lambda *given: shifted(*given, lambda row, column, by: (row - by, column))], "moves up"),
    ("shift_right", [lambda image, pixels: np.pad(image, [(0, 0), (pixels, 0)])], "31 columns"),
    ("shift_right", [lambda image, pixels: image[:, :-pixels]], "shape [28, 25]"),
    ("shift_right", [shift_in_place], "changes the image"),
    (
        "shift_right",
        [shift_without_zero],
        "not by 0. Your function, called with `image`, `pixels`, stops with ValueError",
    ),
    ("shift_right", [stuck], "not by 0. The result has the shape [28, 0]"),
    ("shift_right", [lambda image, pixels: image.copy()], "by 0 pixels where"),
    ("shift_right", [lambda image, pixels: shifted(image, 1)], "by 1 pixel where"),
    ("shift_right", [lambda image, pixels: shifted(image, 2 * pixels)], "by 6 pixels where"),
    ("shift_right", [lambda image, pixels: shifted(image, 3)], "but not by 1."),
    ("shift_right", [gray_border], "aren't black"),
    ("shift_right", [lambda image, pixels: shifted(image, pixels) * (np.arange(28) != 20)], "column 20"),
    (
        "moving_weights",
        [lambda average, weight, momentum: (1 - momentum) * average + momentum * weight],
        "swapped the shares",
    ),
    ("moving_weights", [lambda average, weight, momentum: (average + weight) / 2], "plain mean"),
    ("moving_weights", [lambda average, weight, momentum: momentum * average + weight], "weights count in full"),
    (
        "moving_weights",
        [lambda average, weight, momentum: average + (1 - momentum) * weight],
        "average counts in full",
    ),
    ("moving_weights", [lambda average, weight, momentum: average + weight], "That's the sum"),
    ("moving_weights", [lambda average, weight, momentum: weight.copy()], "old average? (The momentum was 0.9.)"),
    ("moving_weights", [lambda average, weight, momentum: (1 - momentum) * weight], "weights have their share"),
    ("moving_weights", [lambda average, weight, momentum: average.copy()], "as it was"),
    ("moving_weights", [lambda average, weight, momentum: momentum * average], "old average has its share"),
    ("moving_weights", [lambda average, weight, momentum: 0.9 * average + 0.1 * weight], "with 0.99 it isn't"),
    ("moving_weights", [lambda average, weight, momentum: 3 * average], "you get"),
    ("moving_weights", [average_in_place], "changes an array"),
    ("moving_weights", [weight_in_place], "changes an array"),
    ("most_confused", [6, 2], "read as 2: 2. The other way round"),
    ("most_confused", [2, 2], "is right"),
    ("most_confused", [8, 3], "read as 3: 1. Another"),
    ("most_confused", [2, 11], "0 to 9"),
    ("most_confused", [2, 6, RIGHT_CLASSES, RIGHT_CLASSES], "nothing is misread"),
    ("ink", [REAL.mean(), DRAWN.mean()], "swapped"),
    ("ink", [DRAWN.sum(), REAL.mean()], "the drawn digits you found"),
    ("ink", [DRAWN.mean(), REAL.sum()], "the real digits you found"),
    ("ink", [DRAWN[DRAWN > 0].mean(), REAL[REAL > 0].mean()], "with ink"),
    ("ink", [255 * DRAWN.mean(), 255 * REAL.mean()], "0 to 255"),
    ("ink", [DRAWN.mean() + 0.01, REAL.mean()], "smaller"),
    ("ink", [DRAWN.mean(), -2], "between 0 and 1"),
    ("balanced_choice", [each_class(lambda places, count, random: places[:count])], "the same places"),
    ("balanced_choice", [each_class(lambda places, count, random: random.choice(places, count))], "chosen twice"),
    ("balanced_choice", [lambda classes, count, random: random.permutation(len(classes))[: 10 * count]], "Of class"),
    ("balanced_choice", [lambda classes, count, random: random.permutation(len(classes))[:count]], "chose 4 in all"),
    ("balanced_choice", [each_class(lambda places, count, random: places)], "You chose 425 places"),
    ("balanced_choice", [lambda classes, count, random: np.repeat(np.arange(10), count)], "These are classes"),
    ("balanced_choice", [lambda classes, count, random: 1000 + np.arange(10 * count)], "from 0 to 424"),
    (
        "balanced_choice",
        [lambda *given: each_class(without_repeating)(*given).reshape(10, -1)],
        "shape [10, 4]; expected is an array of shape [any]",
    ),
    ("balanced_choice", [each_class(lambda places, count, random: without_repeating(places, 4, random))], "with 7"),
    (
        "balanced_choice",
        [each_class(lambda places, count, random: without_repeating(places, count, np.random.default_rng()))],
        "equal generator",
    ),
    ("center_of_mass", [lambda image: center(image)[::-1]], "swapped"),
    ("center_of_mass", [lambda image: center(image) * image.sum()], "Divide"),
    ("center_of_mass", [lambda image: center(image > 0)], "count each pixel"),
    ("center_of_mass", [lambda image: np.array([13.5, 14.5])], "the box"),
    ("center_of_mass", [lambda image: center(image) + 0.5], "Half a pixel"),
    ("center_of_mass", [lambda image: center(image) + 1], "A pixel too far"),
    ("center_of_mass", [lambda image: center(image).round()], "Don't round"),
    ("center_of_mass", [lambda image: (14, 14)], "middle of the image"),
    ("center_of_mass", [lambda image: (0, 0)], "you found [0, 0]"),
    ("contrast", [lambda photo, paper: 1 - photo / paper], "The smallest number is -0.10"),
    ("contrast", [lambda photo, paper: photo / paper], "Paper is 1"),
    ("contrast", [lambda photo, paper: np.minimum(photo / paper, 1)], "Paper is 1"),
    ("contrast", [lambda photo, paper: np.clip(paper - photo, 0, None)], "The same ink is 0.61 in the light and 0.22"),
    ("contrast", [lambda photo, paper: paper - photo], "The same ink is 0.61 in the light and 0.22"),
    ("contrast", [lambda photo, paper: 1 - photo], "Paper in the shadow"),
    ("contrast", [lambda photo, paper: photo < 0.5 * paper], "how dark it is, too"),
    ("contrast", [lambda photo, paper: np.clip(1 - photo / paper.max(), 0, None)], "you make"),
    ("saved_bytes", [200_000], "the parameters alone"),
    ("saved_bytes", [600_000], "Adam's file"),
    ("saved_bytes", [100_000], "How many bytes does each take?"),
    ("saved_bytes", [3_200_000], "in bits"),
    ("saved_bytes", [400], "In thousands of bytes"),
    ("saved_bytes", [50_000], "50,000 bytes aren't it"),
    ("same_network", [lambda model, loaded, images: model is loaded], "differs from itself"),
    (
        "same_network",
        [lambda model, loaded, images: (model.predict(images) == loaded.predict(images)).all()],
        "Let differences up to 0.00001 pass",
    ),
    ("same_network", [lambda model, loaded, images: True], "perhaps negative"),
    (
        "same_network",
        [
            lambda model, loaded, images: (
                model.predict(images).argmax(axis=1) == loaded.predict(images).argmax(axis=1)
            ).all()
        ],
        "if they read the same digits",
    ),
    ("same_network", [lambda model, loaded, images: model.predict(images)], "expected is `True` or `False`"),
    ("average_gradient", [lambda first, second: (first + second) / 2], "count both alike"),
    ("average_gradient", [lambda first, second: first + second], "the sum. The"),
    ("average_gradient", [lambda first, second: (48 * first + 80 * second) / 128], "the other's weight"),
    ("average_gradient", [lambda first, second: 80 * first + 48 * second], "Make a mean"),
    ("average_gradient", [lambda first, second: first], "isn't the gradient"),
    ("ring_bytes", [4_000_000], "are the gradient"),
    ("ring_bytes", [3_500_000], "one way around"),
    ("ring_bytes", [8_000_000], "all the way"),
    ("ring_bytes", [1_750_000], "How many bytes does each take?"),
    ("ring_bytes", [56_000_000], "all eight send together"),
    ("ring_bytes", [1_000_000], "1,000,000 bytes aren't it"),
    ("patient_1", ["rate too low"], "make a smooth curve"),
    ("patient_1", ["dead ReLUs"], "what throws them back"),
    ("patient_1", ["labels shuffled"], "reads more than half"),
    ("patient_1", ["no softmax"], "don't add up to 1"),
    ("patient_1", ["fever"], "the text 'fever'; expected is one of \"rate too high\""),
    ("patient_2", ["Dead ReLU"], "This loss falls at every epoch"),
    ("patient_2", ["learning rate too high"], "smoothest"),
    ("patient_2", ["labels  shuffled"], "keeps pace with training"),
    ("patient_2", [0.001], "`0.001`; expected is one of"),
    ("patient_3", ["rate too low"], "exactly the same bars, which"),
    ("patient_3", ["labels shuffled"], "would differ from digit to digit"),
    ("patient_3", ["pixels not divided"], "2.30 from the start"),
    ("patient_4", ["dead ReLUs"], "What killed them?"),
    ("patient_4", ["rate too high"], "What else makes a step long?"),
    ("patient_4", ["memorizing"], "nearly perfect"),
    ("patient_5", ["dead ReLUs"], "stands far above"),
    ("patient_5", ["pixels not divided"], "This one stays large"),
    ("patient_5", ["NaN"], "Keras keeps its own loss from that"),
    ("patient_6", ["memorizing"], "Why does nothing carry over?"),
    ("patient_6", ["dead ReLUs"], "exactly the same bars"),
    ("patient_6", ["rate too low"], "Here its loss rises"),
    ("patient_7", ["labels shuffled"], "reads most of the other digits"),
    ("patient_7", ["test digits leaked"], "stays far behind"),
    ("patient_7", ["rate too low"], "It's done"),
    ("patient_8", ["memorizing"], "looks too good"),
    ("patient_8", ["labels shuffled"], "by guessing"),
    ("patient_8", ["rate too high"], "should worry you"),
    ("patient_9", ["rate too high"], "which line can't bear"),
    ("patient_9", ["pixels not divided"], "learns well for some epochs"),
    ("patient_9", ["dead ReLUs"], "This one is none"),
]


class Rude:
    """Refuses to be anything."""

    def __array__(self, *_, **__):
        raise RuntimeError("no")

    __call__ = __len__ = __iter__ = __array__


def raises(*_):
    raise ValueError("<b>bold</b> & more")


def leaves(*_):
    raise SystemExit


NONSENSE = {
    "text": "seven",
    "no text": "",
    "bytes": b"seven",
    "None": None,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "too large": 10**5000,
    "complex": 1j,
    "true": True,
    "negative": -1,
    "object": object(),
    "class": dict,
    "module": np,
    "empty list": [],
    "seven numbers": [1, 2, 3, 4, 5, 6, 7],
    "ragged list": [1, [2, 3]],
    "list of None": [None] * 5,
    "list with dots": [...],
    "NaNs": np.full((3, 3), np.nan),
    "dictionary": {"a": 1},
    "set": {"a"},
    "text tensor": tf.constant(["seven"]),
    "rude object": Rude(),
    "model class": keras.Sequential,
    "empty model": keras.Sequential(),
    "model of two numbers": keras.Sequential([keras.Input(shape=[2]), layers.Dense(1)]),
    "layer": layers.Dense(3),
    "dataset": tf.data.Dataset.range(3),
    "function without arguments": lambda: 1,
    "function that raises": raises,
    "function that leaves": leaves,
    "function of text": lambda *_: "seven",
    "function of an object": lambda *_: object(),
    "function of NaN": lambda *_: math.nan,
    "function of nothing": lambda *_: None,
    "function of a class": lambda *_: int,
    "function of a rude object": lambda *_: Rude(),
    "function of a function": lambda *_: print,
}


@pytest.fixture
def fresh(monkeypatch):
    """Sets the hints of an exercise back to the first."""

    def reset(name):
        monkeypatch.setattr(get(name), "shown", 0)
        return get(name)

    return reset


def same(first, second):
    return first.keys() == second.keys() and all(first[key].tobytes() == second[key].tobytes() for key in first)


def contents(answers):
    """All numbers that a reader's answers hold."""
    numbers = {}
    for index, answer in enumerate(answers):
        if isinstance(answer, keras.Model):
            numbers |= {(index, place): variable.numpy() for place, variable in enumerate(answer.variables)}
        elif not callable(answer) and answer is not ...:
            numbers[index, 0] = np.array(answer)
    return numbers


def test_every_exercise_is_exported_and_known_here():
    found = {name for name, value in vars(exercises).items() if isinstance(value, Exercise)}
    assert found == set(exercises.__all__) == set(CHECKS)
    assert all(get(name).name == name for name in CHECKS)


def test_importing_them_loads_no_tensorflow():
    code = "import sys; from mnist_helpers import exercises; exercises.steps.check(781); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded and not {"tensorflow", "keras", "matplotlib"} & set(loaded)


@pytest.mark.parametrize("name", CHECKS)
def test_the_solution_is_right(name, solved):
    outcome = get(name).check(*solved(name))
    assert (outcome.status, outcome.heading) == ("right", "✓ Right."), outcome
    assert len(outcome.message) > 30


@pytest.mark.parametrize("name", [name for name in CHECKS if "layers." in get(name).solution().message])
def test_the_solution_is_right_in_bfloat16(name):
    keras.config.set_dtype_policy("mixed_bfloat16")
    keras.utils.set_random_seed(0)
    namespace = dict(NOTEBOOK)
    exec(get(name).solution().message, namespace)
    outcome = get(name).check(*eval(f"[{CHECKS[name]}]", namespace))
    assert outcome.status == "right", outcome


@pytest.mark.parametrize(("name", "answers", "words"), WRONG, ids=[f"{name}: {words}" for name, _, words in WRONG])
def test_a_typical_mistake_is_told(name, answers, words, solved):
    answers = answers + solved(name)[len(answers) :]
    before = contents(answers)
    outcome = get(name).check(*answers)
    assert outcome.status == "not yet"
    assert words in outcome.message
    assert same(contents(answers), before)


@pytest.mark.parametrize("name", CHECKS)
def test_mistakes_are_told_apart(name, solved):
    mistakes = [(answers, words) for wrong, answers, words in WRONG if wrong == name]
    assert len(mistakes) >= 3
    messages = {get(name).check(*answers, *solved(name)[len(answers) :]).message for answers, _ in mistakes}
    assert len(messages) >= len({words for _, words in mistakes})


@pytest.mark.parametrize("kind", NONSENSE)
@pytest.mark.parametrize("name", CHECKS)
def test_nonsense_is_not_yet(name, kind, solved):
    answers = solved(name)
    for position in range(len(answers)):
        given = [NONSENSE[kind] if index == position else answer for index, answer in enumerate(answers)]
        outcome = get(name).check(*given)
        assert outcome.status == "not yet", (position, outcome)
        assert outcome.message and "Error" not in outcome.message.split("stops with")[0].split("can't read")[0]
        outcome._repr_html_()


@pytest.mark.parametrize("name", CHECKS)
def test_solving_changes_nothing_of_the_readers(name, solved):
    before = contents(solved(name))
    get(name).check(*solved(name))
    assert same(contents(solved(name)), before)


@pytest.mark.parametrize("name", CHECKS)
def test_dots_are_not_attempted(name, solved):
    outcome = get(name).check(..., *solved(name)[1:])
    assert (outcome.status, outcome.heading) == ("not attempted", "○ Not attempted.")
    for words in ("`...`", f"exercises.{name}.hint()", f"exercises.{name}.solution()"):
        assert words in outcome.message


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_body_of_dots_is_not_attempted(name):
    assert get(name).check(lambda *_: ...).status == "not attempted"


@pytest.mark.parametrize("name", ["ink", "most_confused"])
def test_half_an_attempt_is_not_attempted(name, solved):
    assert get(name).check(solved(name)[0], ..., *solved(name)[2:]).status == "not attempted"


@pytest.mark.parametrize("answers", [(..., ...), [12_544, ...], (..., 3_136)])
def test_half_a_pair_is_not_attempted(answers):
    assert exercises.relu_numbers.check(answers).status == "not attempted"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_readers_exception_is_told_and_escaped(name):
    outcome = get(name).check(raises)
    assert outcome.status == "not yet" and "ValueError: <b>bold</b> & more" in outcome.message
    assert "ValueError: &lt;b&gt;bold&lt;/b&gt; &amp; more" in outcome._repr_html_()
    assert "<b>" not in outcome._repr_html_()
    assert "does it end with `return`?" in get(name).check(lambda *_: None).message


@pytest.mark.parametrize("name", CHECKS)
def test_hints_come_one_at_a_time(name, fresh):
    exercise = fresh(name)
    total = len(exercise.hints)
    assert total >= 2
    for number, text in enumerate(exercise.hints, start=1):
        shown = str(exercise.hint())
        assert shown.startswith(f"Hint {number} of {total}: {text}")
        assert ("again for the next" in shown) == (number < total)
    assert str(exercise.hint()) == shown


@pytest.mark.parametrize("name", CHECKS)
def test_hints_do_not_tell_the_solution(name, fresh):
    lines = [line.strip() for line in get(name).solution().message.splitlines()]
    secrets = [line.split(" = ")[-1].removeprefix("return ") for line in lines if " = " in line or "return " in line]
    assert secrets
    for hint in fresh(name).hints:
        assert not any(secret.strip('"') in hint for secret in secrets if secret != "my_model")


def test_a_wrong_number_of_values_is_told():
    assert "exercises.steps.check(steps)" in exercises.steps.check().message
    assert exercises.ink.check(0.1, 0.1).status == "not yet"


def test_outcomes_are_shown_as_text_and_as_html():
    right, wrong, open_, solution = (
        exercises.steps.check(782),
        exercises.steps.check(781),
        exercises.steps.check(...),
        exercises.steps.solution(),
    )
    assert repr(wrong) == str(wrong) == f"✗ Not yet. {wrong.message}"
    assert str(solution) == "Solution:\nsteps = 782"
    assert "<pre>steps = 782</pre>" in solution._repr_html_()
    assert "<code>exercises.steps.hint()</code>" in open_._repr_html_()
    for outcome, sign in ((right, "✓ Right."), (wrong, "✗ Not yet."), (open_, "○ Not attempted.")):
        page = outcome._repr_html_()
        assert sign in page and page.count("<div") == page.count("</div>") == 1
        assert "background" not in page and " color:" not in page  # readable in a light and in a dark notebook


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("photo_batch", [(np.int64(64), 192.0, 256, tf.constant(3))]),
        ("photo_batch", [tf.TensorShape([64, 192, 256, 3])]),
        ("photo_batch", [tf.constant([64, 192, 256, 3])]),
        ("one_hot_label", [tf.one_hot(3, 5)]),
        ("one_hot_label", [np.eye(5)[3]]),
        ("average_three", [IMAGES[:64][CLASSES[:64] == 3].mean(axis=0)[:, :, 0]]),
        ("steps", [tf.constant(782)]),
        ("steps", [math.ceil(50_000 / 64)]),
        ("weakest_digit", [np.int64(8)]),
        ("five_classes", [dense(5, shape=(20, 30))]),
        ("five_classes", [called(FiveClasses(), 20, 30, 1)]),
        ("dense_layer", [lambda pixels, weights, biases: keras.ops.relu(pixels @ weights + biases)]),
        ("weight_shapes", [[np.array([600, 50]), (50, 20), tf.TensorShape([20, 5])]]),
        ("weight_shapes", [((600, 50), (50, 20), (20, 5))]),
        ("softmax", [keras.ops.softmax]),
        ("softmax", [tf.nn.softmax]),
        ("cross_entropy", [keras.losses.categorical_crossentropy]),
        (
            "cross_entropy",
            [lambda label, p: keras.losses.sparse_categorical_crossentropy(np.array([label.argmax()]), p[None])],
        ),
        ("diverging_rate", [np.float32(30)]),
        ("diverging_rate", [1.0001]),
        ("training_pipeline", [lambda data: data.cache().shuffle(5000).batch(32).prefetch(tf.data.AUTOTUNE)]),
        ("first_byte", [np.int64(784_016)]),
        ("pipeline_order", [("Cache", "shuffle ", "batch", "map", "prefetch")]),
        ("four_layers", [np.int32(deep(200, 60, 60, 10).count_params()), deep(200, 60, 60, 10)]),
        ("four_layers", [173_330, functional(200, 60, 60, 10)]),
        ("stable_softmax", [keras.ops.softmax]),
        ("first_weights", [lambda inputs, units: keras.initializers.HeNormal()([inputs, units])]),
        ("first_weights", [lambda inputs, units: keras.initializers.HeUniform()([inputs, units])]),
        ("dropout", [lambda values, rate, random: tf.nn.dropout(values, rate)]),
        ("dropout_curve", ["  HIGHER "]),
        ("step_decay", [keras.optimizers.schedules.ExponentialDecay(0.002, 391, 0.5, staircase=True)]),
        ("output_shape", [layers.Conv2D(12, 5, strides=2, padding="valid").compute_output_shape([None, 28, 28, 1])]),
        ("output_shape", [[128, 12, 12, 12]]),
        ("lower_edge", [[[1, 2, 1], [0, 0, 0], [-1, -2, -1]]]),
        ("lower_edge", [tf.constant([[0, 0, 0], [1.0, 1, 1], [-1, -1, -1]])[:, :, None, None]]),
        ("batch_norm", [lambda maps: layers.BatchNormalization(center=False, scale=False)(maps, training=True)]),
        ("how_many_digits", [80_000]),
        ("one_cycle", [lines([0, 78, 391], [0.001, 0.01, 0])]),
        ("one_cycle", [lambda step: tf.minimum(0.001 + 0.009 * step / 78, 0.01 * (391 - step) / 313)]),
        (
            "one_cycle",
            [([0.001 + k * 0.009 / 78 for k in range(78)] + [k * 0.01 / 313 for k in range(313, 0, -1)]).__getitem__],
        ),
        ("relu_numbers", [np.array([28 * 28 * 16, 14 * 14 * 16])]),
        ("relu_numbers", [(tf.constant(12_544), 3_136.0)]),
        ("shift_right", [shifted]),
        ("shift_right", [lambda image, pixels: np.pad(image, [(0, 0), (pixels, 0)])[:, :28]]),
        ("shift_right", [lambda image, pixels: tf.pad(image, [[0, 0], [pixels, 0]])[:, :28]]),
        ("moving_weights", [lambda average, weight, momentum: average + (1 - momentum) * (weight - average)]),
        ("moving_weights", [lambda average, weight, momentum: tf.constant(weight) + momentum * (average - weight)]),
        ("most_confused", [np.int64(2), tf.constant(6)]),
        ("balanced_choice", [each_class(lambda places, count, random: random.permutation(places)[:count])]),
        ("patient_3", ["  Dead  relus"]),
        ("patient_7", ["memorising"]),
        ("patient_9", ["log of 0"]),
        ("ink", [math.fsum(DRAWN.ravel()) / DRAWN.size, math.fsum(REAL.ravel()) / REAL.size]),
    ],
)
def test_other_right_answers_are_right(name, answers, solved):
    outcome = get(name).check(*answers, *solved(name)[len(answers) :])
    assert outcome.status == "right", outcome


def test_each_patient_has_another_fault_and_tells_all_other_diagnoses_apart(solved):
    patients = [name for name in CHECKS if name.startswith("patient_")]
    faults = [solved(name)[0] for name in patients]
    assert len(set(faults)) == len(patients) == 9
    for name, fault in zip(patients, faults, strict=True):
        outcomes = {other: get(name).check(other) for other in faults if other != fault}
        assert {outcome.status for outcome in outcomes.values()} == {"not yet"}
        assert len({outcome.message for outcome in outcomes.values()}) == len(outcomes)
        assert all(other in outcome.message for other, outcome in outcomes.items())


def test_the_solutions_filter_finds_the_lower_edge_of_a_stroke(solved):
    stroke = np.zeros((1, 9, 9, 1), np.float32)
    stroke[0, 3:6, 2:7] = 1
    kernel = np.array(solved("lower_edge")[0], np.float32)[:, :, None, None]
    feature_map = tf.nn.conv2d(stroke, kernel, strides=1, padding="SAME")[0, :, :, 0].numpy()
    assert feature_map[5, 4] > 0 and feature_map[3, 4] < 0 and feature_map[4, 4] == 0


def test_the_solutions_rate_runs_away(solved):
    (rate,) = solved("diverging_rate")
    weight = tf.Variable(0.0)
    sgd = keras.optimizers.SGD(rate)
    for _ in range(30):
        with tf.GradientTape() as tape:
            loss = (weight - 3) ** 2
        sgd.apply([tape.gradient(loss, weight)], [weight])
    assert abs(weight.numpy() - 3) > 100


def test_the_solutions_number_of_digits_makes_accuracies_that_sure(solved):
    (number,) = solved("how_many_digits")
    accuracies = np.random.default_rng(0).binomial(round(number), 0.995, 20_000) / number
    assert 2 * accuracies.std() == pytest.approx(0.0005, rel=0.02)


def test_the_solutions_p_value_is_how_often_coins_are_as_lopsided(solved):
    (p_value,) = solved("coin_tosses")
    heads = np.random.default_rng(0).binomial(21, 0.5, 200_000)
    assert (np.abs(heads - 10.5) >= 4.5).mean() == pytest.approx(p_value, rel=0.03)


def test_a_batch_without_threes_asks_for_another():
    keep = CLASSES != 3
    assert "no 3" in exercises.average_three.check(IMAGES[0], IMAGES[keep], CLASSES[keep]).message


def test_a_network_that_reads_too_few_digits_hears_how_many(solved):
    (model, images, _), classes = solved("small_network"), CLASSES.copy()
    classes[:20] = (classes[:20] + 1) % 10
    assert "90.00% of the validation digits" in exercises.small_network.check(model, images, classes).message
