"""Networks that read single digits: checked when they come, quick when they answer."""

import numpy as np


def readers(networks):
    """Makes of networks what answers at once; they are left as they are, and may be trained on.

    Args:
        networks: a Keras model that takes images `[28, 28, 1]` and returns ten probabilities; or a dictionary from
            names to such models; or `None` for none.

    Returns:
        A dictionary from each name to a function from float32 `[count, 28, 28, 1]` to float32 `[count, 10]`. A single
        model is called "network". The functions use the weights that a model has when they are called.

    Raises:
        TypeError: something is no model.
        ValueError: a model takes other inputs or returns something else than ten probabilities.

    Example:

    >>> read = readers.readers({"one layer": model})["one layer"]
    >>> read(images[:1])
    """
    if networks is None:
        return {}
    if not isinstance(networks, dict):
        networks = {"network": networks}
    if not networks:
        raise ValueError('The dictionary of networks is empty; expected is at least one, such as {"one layer": model}.')
    names = {}
    for name, model in networks.items():
        if not isinstance(name, str) or not name.strip():
            raise TypeError(f'A network is named {name!r}; expected is a text, such as {{"one layer": model}}.')
        same = names.setdefault(id(model), name)
        if same != name:
            raise ValueError(
                f"{same!r} and {name!r} are the same model. To compare a model before and after more training, copy it "
                "first: keras.models.clone_model, then set_weights."
            )
    return {name: _reader(name, model) for name, model in networks.items()}


def wilson(right, count):
    """The 95 % interval of a share, by Wilson's formula.

    E. B. Wilson: Probable Inference, the Law of Succession, and Statistical Inference. Journal of the American
    Statistical Association 22 (1927), 209-212. Unlike the usual "share plus or minus", it is right for few digits, too.

    Args:
        right: how many of them were read right.
        count: how many digits, at least 1.

    Returns:
        `(low, high)`, two fractions from 0 to 1.

    Example:

    >>> readers.wilson(9, 12)
    (0.4676948..., 0.9110590...)
    """
    z = 1.959964  # 95 % of a normal distribution lie within so many standard deviations
    share = right / count
    middle = share + z**2 / (2 * count)
    spread = z * (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    low, high = ((middle + sign * spread) / (1 + z**2 / count) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)


def _reader(name, model):
    """A function from images to probabilities, tried once."""
    import keras  # here, since a pad without networks does without
    import tensorflow as tf

    if not isinstance(model, keras.Model):
        raise TypeError(
            f"{name!r} is of the type {type(model).__name__}; expected is a Keras model. (What fit returns is its "
            'history.) Pass the model, as in draw.Pad(model) or draw.Pad({"one layer": model}).'
        )
    if not model.built:
        raise ValueError(
            f"The shape of {name!r} isn't known yet. Begin the model with keras.Input(shape=[28, 28, 1]), or train it "
            "first."
        )
    shape = getattr(model, "input_shape", (None, 28, 28, 1))
    fits = isinstance(shape, tuple) and len(shape) == 4
    if not fits or any(side not in (None, wanted) for side, wanted in zip(shape, (None, 28, 28, 1), strict=True)):
        raise ValueError(
            f"{name!r} takes inputs of the shape {shape}; expected is (None, 28, 28, 1), as the datasets give images. "
            "Begin the model with keras.Input(shape=[28, 28, 1]), and with layers.Flatten() before a dense layer."
        )

    # Four networks take 3 ms so, 18 ms as model(images); and unlike predict, it leaves the model as it is. The
    # number of images is left open, so that the function is made only once.
    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28, 1], tf.float32)])
    def answer(images):
        return model(images, training=False)

    def read(images):
        # Called directly, several such functions would make TensorFlow warn of one that is made again and again.
        values = np.asarray(answer.get_concrete_function()(tf.constant(images)), np.float32)
        if not np.isfinite(values).all():
            raise ValueError(
                f"{name!r} answers with {values[~np.isfinite(values)][0]}, which is no number: its training went "
                "astray. Build it anew and train it at a lower learning rate."
            )
        return values

    try:
        values = read(np.zeros((2, 28, 28, 1), np.float32))
    except ValueError as error:
        if "is no number" in str(error):
            raise
        raise ValueError(_cannot_read(name, error)) from error
    except Exception as error:
        raise ValueError(_cannot_read(name, error)) from error
    if values.shape != (2, 10):
        raise ValueError(
            f"{name!r} returns outputs of the shape {(None, *values.shape[1:])}; expected is (None, 10), a probability "
            'for each digit from 0 to 9. End the model with layers.Dense(10, activation="softmax").'
        )
    if values.min() < -0.01 or np.abs(values.sum(axis=1) - 1).max() > 0.01:
        raise ValueError(
            f"The outputs of {name!r} are no probabilities: they go from {values.min():.3g} to {values.max():.3g} and "
            f'their sum is {values[0].sum():.3g}. End the model with layers.Dense(10, activation="softmax").'
        )
    return read


def _cannot_read(name, error):
    first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"{name!r} fails on an image of the shape [28, 28, 1]: {first_line}"
