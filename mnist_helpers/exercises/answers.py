"""How a judge reads a reader's numbers, arrays, shapes, functions and models, or says what else came."""

import inspect
import re
import textwrap

import numpy as np

BATCH_SIZE = 500


class NotAttempted(Exception):
    """Raised where an answer is still `...`."""


class NotYet(Exception):
    """Raised where an answer can't be judged; the message says what came and what is expected."""


def describe(value):
    """Says in a few words what a value is, such as "the text 'seven'" or "a list of 3"."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if value is None or isinstance(value, bool | float):
        return f"`{value}`"
    if isinstance(value, int):
        return f"`{value}`" if abs(value) < 10**15 else "a number too large to work with"
    if isinstance(value, str):
        return f"the text {textwrap.shorten(value, 40)!r}"
    if value is ...:
        return "`...`"
    if isinstance(value, list | tuple):
        odd = [item for item in value if isinstance(item, str) or item is ...]
        return f"a {type(value).__name__} of {len(value)}{f' with {describe(odd[0])} in it' if odd else ''}"
    if isinstance(value, type):
        return f"the class `{value.__name__}`"
    if isinstance(value, np.ndarray):
        return f"an array of shape {list(value.shape)}"
    return "a function" if inspect.isroutine(value) else f"something of type `{type(value).__name__}`"


def to_array(value, name="Your answer", shape=None, finite=True):
    """Reads what a reader gives as an array.

    Args:
        value: numbers in a list, a tuple, an array or a tensor; a number.
        name: what the messages call it.
        shape: list of lengths, `None` where any will do; `None` for any shape.
        finite: whether NaN and infinity are refused.

    Returns:
        A NumPy array of numbers; it may share memory with `value`, so don't write to it.

    Raises:
        NotAttempted: `value` is `...`.
        NotYet: it holds no numbers, or is of another shape.

    Example:

    >>> to_array([0, 1], "Your label", shape=[2])
    array([0, 1])
    """
    wanted = "an array of numbers"
    if shape is not None:
        wanted = f"an array of shape [{', '.join('any' if length is None else str(length) for length in shape)}]"
    array = read_numbers(value, name, wanted)
    if shape is not None and not same_shape(array.shape, shape):
        if array.ndim == 0:
            raise NotYet(f"{name} is one number, {array.item():g}; expected is {wanted}.")
        raise NotYet(f"{name} has the shape {list(array.shape)}; expected is {wanted}.")
    if finite and not np.isfinite(array).all():
        raise NotYet(f"{name} holds {array[~np.isfinite(array)][0]}, no number to count with.")
    return array


def read_numbers(value, name, wanted):
    """Makes an array of a value; raises `NotAttempted` where it is `...`, and `NotYet` where it holds no numbers."""
    if value is ...:
        raise NotAttempted
    try:
        array = np.asarray(value)
    except Exception:  # whatever a value's own conversion may raise
        array = np.asarray(None)
    if array.dtype.name == "bfloat16":  # NumPy doesn't count it among the kinds of numbers
        array = array.astype(np.float32)
    if array.dtype.kind not in "biuf":
        raise NotYet(f"{name} is {describe(value)}; expected is {wanted}.")
    return array


def same_shape(shape, expected):
    """Says whether a shape is the expected one, in which `None` stands for any length."""
    return len(shape) == len(expected) and all(
        wanted in (None, length) for length, wanted in zip(shape, expected, strict=True)
    )


def to_number(value, name="Your answer"):
    """Reads what a reader gives as one number, an int where it is whole.

    Raises:
        NotAttempted: `value` is `...`.
        NotYet: it is something else than a finite number.

    Example:

    >>> to_number(np.float32(7))
    7
    """
    array = read_numbers(value, name, "one number")
    if array.size != 1:
        raise NotYet(f"{name} holds {array.size} numbers; expected is one.")
    if array.dtype.kind == "b":
        raise NotYet(f"{name} is {describe(value)}; expected is one number.")
    if not np.isfinite(array).all():
        raise NotYet(f"{name} is {array.item()}; expected is a finite number.")
    number = array.item()
    return int(number) if number == int(number) else number


def to_classes(value, name, count=None):
    """Reads what a reader gives as classes.

    Args:
        value: integers `[count]`, 0 to 9.
        name: what the messages call it.
        count: how many there must be; `None` for any number.

    Returns:
        A NumPy array of ints `[count]`.

    Raises:
        NotAttempted: `value` is `...`.
        NotYet: it is something else.

    Example:

    >>> to_classes([7, 2, 1], "`classes`")
    array([7, 2, 1])
    """
    classes = to_array(value, name)
    if classes.ndim == 2:
        raise NotYet(f"{name} has the shape {list(classes.shape)}: are these probabilities? Take `argmax(axis=1)`.")
    classes = to_array(classes, name, [count])
    strange = classes[~np.isin(classes, range(10))]
    if strange.size:
        raise NotYet(f"{name} holds {strange[0]}; expected are classes, 0 to 9.")
    return classes.astype(int)


def to_shape(value):
    """Reads what a reader gives as a shape, a tuple of ints and `None`s.

    Raises:
        NotAttempted: `value` is `...`.
        NotYet: it is no list of whole numbers.

    Example:

    >>> to_shape([None, 28, 28])
    (None, 28, 28)
    """
    if value is ...:
        raise NotAttempted
    expected = "expected is a shape, a list of whole numbers."
    problem = NotYet(f"Your answer is {describe(value)}; {expected}")
    if isinstance(value, set | dict):  # these would hand out their numbers in any order, or their keys
        raise problem
    try:
        len(value)  # an endless iterator has none
        lengths = tuple(None if length is None else to_number(length) for length in value)
    except Exception as error:  # no list, or one of something else than numbers
        raise problem from error
    for length in lengths:
        if isinstance(length, float):
            raise NotYet(f"Your answer holds {length:g}; {expected}")
    return lengths


def call(function, **arguments):
    """Calls a reader's function.

    Args:
        function: the reader's.
        arguments: what it gets, by position; the names are for the messages.

    Returns:
        What it returns.

    Raises:
        NotAttempted: it returns `...`, or is `...`.
        NotYet: it is no function, stops with an error, or returns nothing.

    Example:

    >>> call(my_softmax, logits=logits)
    """
    if function is ...:
        raise NotAttempted
    names = ", ".join(f"`{name}`" for name in arguments)
    if isinstance(function, type) or not callable(function):
        raise NotYet(f"Your answer is {describe(function)}; expected is a function of {names}.")
    try:
        with np.errstate(all="ignore"):
            result = function(*arguments.values())
    except (Exception, SystemExit) as error:
        raise NotYet(f"Your function, called with {names}, stops with {explain(error)}") from error
    if result is ...:
        raise NotAttempted
    if result is None:
        raise NotYet("Your function returns nothing: does it end with `return`?")
    return result


def explain(error):
    """Says an exception's type and the beginning of its message."""
    message = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # Keras prints in bold
    return ": ".join(filter(None, [type(error).__name__, textwrap.shorten(message, 200, placeholder=" …")]))


def input_shape(model):
    """Returns the shape of one example that a model was built for, a list; `None` where it doesn't say or has several.

    Example:

    >>> input_shape(model)
    [28, 28, 1]
    """
    shape = getattr(model, "input_shape", None)  # a subclass of `keras.Model` has none
    plain = isinstance(shape, tuple) and all(length is None or isinstance(length, int) for length in shape)
    return list(shape[1:]) if plain else None


def to_model(value):
    """Makes sure that what a reader gives is a Keras model that knows its input.

    Raises:
        NotAttempted: `value` is `...`.
        NotYet: it is something else.

    Example:

    >>> to_model(model).count_params()
    7850
    """
    if value is ...:
        raise NotAttempted
    import keras

    if not isinstance(value, keras.Model):
        raise NotYet(f"Your answer is {describe(value)}; expected is a Keras model.")
    if not value.built:
        raise NotYet("Your network doesn't know its input yet: begin it with `keras.Input(shape=...)`.")
    return value


def outputs(model, images, training=False):
    """Lets a reader's network read images, and leaves it as it was.

    Args:
        model: a `keras.Model`.
        images: float array `[count, height, width, channels]`.
        training: whether it works as in training; all images are then one batch.

    Returns:
        A float array `[count, ...]`.

    Raises:
        NotYet: it can't read them, or its output isn't made of numbers.

    Example:

    >>> outputs(model, images[:8]).shape
    (8, 10)
    """
    step = len(images) if training else BATCH_SIZE
    before = [variable.numpy() for variable in model.variables]
    try:
        batches = [
            np.asarray(model(images[start : start + step], training=training)) for start in range(0, len(images), step)
        ]
        result = np.concatenate(batches)
    except Exception as error:
        shape, reason = list(images.shape[1:]), explain(error)
        if input_shape(model) not in (None, shape):
            reason = f"its `keras.Input` has the shape {input_shape(model)}."
        raise NotYet(f"Your network can't read images of shape {shape}: {reason}") from error
    finally:
        for variable, value in zip(model.variables, before, strict=True):  # training moves averages and random states
            variable.assign(value)
    return to_array(result, "Your network's output")
