"""The exercises at the end of each notebook: `exercises.NAME.check(...)`, `.hint()` and `.solution()`."""

from mnist_helpers.exercises.augmentation import moving_weights, shift_right
from mnist_helpers.exercises.convolutions import lower_edge, output_shape, small_network
from mnist_helpers.exercises.from_drawn_digits import ink, most_confused
from mnist_helpers.exercises.going_deeper import first_weights, four_layers, stable_softmax
from mnist_helpers.exercises.how_it_learns import cross_entropy, diverging_rate, softmax, training_pipeline
from mnist_helpers.exercises.ninety_nine_percent import batch_norm, how_many_digits, place_normalization
from mnist_helpers.exercises.one_epoch import one_cycle, relu_numbers
from mnist_helpers.exercises.out_of_the_notebook import average_gradient, center_of_mass
from mnist_helpers.exercises.overfitting import dropout, dropout_curve, step_decay
from mnist_helpers.exercises.start_here import average_three, one_hot_label, photo_batch
from mnist_helpers.exercises.watch_it_train import five_classes, steps, weakest_digit

__all__ = [
    "average_gradient",
    "average_three",
    "batch_norm",
    "center_of_mass",
    "cross_entropy",
    "diverging_rate",
    "dropout",
    "dropout_curve",
    "first_weights",
    "five_classes",
    "four_layers",
    "how_many_digits",
    "ink",
    "lower_edge",
    "most_confused",
    "moving_weights",
    "one_cycle",
    "one_hot_label",
    "output_shape",
    "photo_batch",
    "place_normalization",
    "relu_numbers",
    "shift_right",
    "small_network",
    "softmax",
    "stable_softmax",
    "step_decay",
    "steps",
    "training_pipeline",
    "weakest_digit",
]
