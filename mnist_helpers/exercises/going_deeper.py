"""The exercises of notebook 05: a fourth layer, a softmax for large logits, first weights."""

import numpy as np

from mnist_helpers.exercises.answers import call, outputs, to_array, to_model, to_number
from mnist_helpers.exercises.exercise import exercise


@exercise(
    hints=[
        "The new layer has 60 neurons, and each gets the 60 outputs of the layer before.",
        "Each of its neurons has a weight for every input, and a bias. What do the other layers keep?",
        "To build it, copy the `Sequential` of `build` and repeat the line of 60 neurons.",
    ],
    solution="""
        my_parameters = 173_330
        my_model = keras.Sequential(
            [
                keras.Input(shape=[28, 28, 1]),
                layers.Flatten(),
                layers.Dense(200, activation="relu"),
                layers.Dense(60, activation="relu"),
                layers.Dense(60, activation="relu"),
                layers.Dense(10, activation="softmax"),
            ]
        )
    """,
    why="The new layer brings 60 × 60 weights and 60 biases, 3,660 more than 169,670. The last layer still gets "
    "60 numbers, so it stays as it was.",
)
def four_layers(parameters, model):
    parameters = to_number(parameters, "Your number")
    problem = judge_parameters(parameters)
    if model is ...:
        return problem or f"{parameters:,} is right. Now build the network, and see whether it agrees."
    model_problem = judge_network(to_model(model))
    if problem and model_problem:
        return f"{problem} And the network: {model_problem}"
    if problem:
        return f"{problem} Your network itself is built as asked."
    return f"Your number is right. The network: {model_problem}" if model_problem else None


def judge_parameters(parameters):
    """Says what is off in the predicted number of parameters; `None` where it is right."""
    came = f"Your number is {parameters:,}."
    messages = {
        173_330: None,
        169_670: f"{came} That's the network of three layers. What does the fourth add?",
        3_660: f"{came} That's what the new layer adds. How many are there in all?",
        173_270: f"{came} The weights of the new layer are in it. And its biases?",
        173_000: f"{came} These are all the weights. Each neuron has a bias, too.",
        181_730: f"{came} The new layer comes after that of 60: each of its neurons gets 60 numbers, not 200.",
        181_670: f"{came} The new layer gets 60 numbers, not 200; and its neurons have biases.",
    }
    return messages.get(
        parameters, f"{came} That's too {'many' if parameters > 173_330 else 'few'}. Count layer by layer."
    )


def judge_network(model):
    """Says what is off in the network of four layers; `None` where it is right."""
    answers = outputs(model, np.random.default_rng(0).random((4, 28, 28, 1), dtype=np.float32))
    if answers.shape != (4, 10):
        return f"for one image its output has the shape {list(answers.shape[1:])}; expected is [10]."
    if answers.min() < 0 or not np.allclose(answers.sum(axis=1), 1, atol=0.01):  # in bfloat16 they are rounded
        return "its ten outputs are no probabilities. Which activation does the last layer need?"
    count = model.count_params()
    if count == 169_670:
        return "it has 169,670 parameters, as the one of three layers. The fourth is missing."
    if count == 209_870:
        return "it has 209,870 parameters: the new layer has 200 neurons. Give it 60, after the layer of 60."
    return None if count == 173_330 else f"it has {count:,} parameters, not those of a new layer of 60 neurons."


@exercise(
    hints=[
        "Softmax depends only on the differences between the logits: add the same number to all, and nothing changes.",
        "Exponentials of 0 and of negative numbers never grow too large. Move the logits so that none is above 0.",
        "If the move depends on the row, one logit becomes exactly 0, and the sum can't vanish either.",
    ],
    solution="""
        def my_softmax(logits):
            exponentials = np.exp(logits - np.max(logits))
            return exponentials / np.sum(exponentials)
    """,
    why="With the largest subtracted, the largest exponent is 0, and its exponential 1: no overflow, and the sum is at "
    "least 1. A common shift cancels out in the division.",
)
def stable_softmax(function):
    for row in ([2, 1, 0], [-3, 0.5], [50, 40], [1000, 0], [1000, 999], [-1000, -1000], [-1000, -1001]):
        logits = np.array(row, dtype=np.float32)
        right = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        scaled = np.exp(logits / logits.max()) / np.exp(logits / logits.max()).sum()
        result = to_array(call(function, logits=logits), "Your function's result", [len(row)], finite=False)
        if np.allclose(result, right, atol=1e-4):
            continue
        came = f"For the logits {row} your function returns {rounded(result)}"
        if not np.isfinite(result).all():
            if max(row) < 50:
                return f"{came}: all exponentials became 0, and 0 divided by 0 is not a number."
            return f"{came}: an exponential left the computer's range. Make the logits smaller before, all by the same."
        if np.allclose(result, scaled, atol=1e-4):
            return f"{came}. You divide by the largest logit, and that changes the differences. What leaves them alone?"
        if np.isclose(result[0], result[-1]):
            return f"{came}, equal numbers for unequal logits. A limit for large logits makes them all the same."
        if not np.isclose(result.sum(), 1, atol=1e-3):
            return f"{came}. They add up to {result.sum():.3f}; probabilities add up to 1."
        return f"{came}; softmax gives {rounded(right)}."
    return None


def rounded(row):
    """Writes a row of numbers with three decimals."""
    return f"[{', '.join(f'{number:.3f}' for number in row)}]"


@exercise(
    hints=[
        "`np.random.default_rng().normal(...)` takes a mean, a standard deviation and a shape.",
        "The more inputs a neuron adds up, the smaller each weight must be. Use `inputs` for the standard deviation.",
        "The standard deviation is a square root; without the root it would be the variance.",
    ],
    solution="""
        def my_initializer(inputs, units):
            return np.random.default_rng().normal(0, np.sqrt(2 / inputs), [inputs, units])
    """,
    why="Then a neuron's sum is about as large as its inputs, however many there are; the 2 makes up for the half that "
    "ReLU sets to 0. This recipe is He's: https://arxiv.org/abs/1502.01852",
)
def first_weights(function):
    inputs, units = 600, 300
    weights = to_array(call(function, inputs=inputs, units=units), "Your function's result")
    if weights.shape == (units, inputs):
        return f"Your weights have the shape {list(weights.shape)}; expected are {inputs} rows, one for each input."
    weights = to_array(weights, "Your function's result", [inputs, units])
    mean, deviation, right = weights.mean(), weights.std(), np.sqrt(2 / inputs)
    if (weights == 0).all():
        return "All weights are 0. Then all neurons do the same, get the same gradient, and stay the same."
    if deviation < 1e-6:
        return f"All weights are {weights[0, 0]:.4g}. Neurons that begin alike stay alike: draw random numbers."
    if weights.min() >= 0:
        return "No weight is negative. Random numbers around a mean of 0 fall to both sides of it."
    if abs(mean) > 0.03 * deviation:
        return f"The mean of your weights is {mean:.4f}; expected is 0."
    if np.isclose(deviation, right, rtol=0.03):
        return None
    came = f"With {inputs} inputs and {units} units the standard deviation of your weights is {deviation:.4f}."
    for wrong, message in (
        (1, "It doesn't shrink with the number of inputs, so sums of many inputs explode."),
        (2 / inputs, "That would be the variance; the standard deviation is its square root."),
        (np.sqrt(1 / inputs), "That's the square root of 1 / `inputs`. The 2 makes up for what ReLU sets to 0."),
        (np.sqrt(2 / 784), "That fits 784 inputs. Use `inputs`, whatever it is."),
        (np.sqrt(2 / units), "That's the square root of 2 / `units`. Which number does a neuron add up?"),
    ):
        if np.isclose(deviation, wrong, rtol=0.03):
            return f"{came} {message}"
    return f"{came} That's too {'large' if deviation > right else 'small'}. Put 2 / `inputs` under a square root."
