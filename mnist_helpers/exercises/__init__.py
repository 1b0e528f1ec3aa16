"""The exercises at the end of each notebook: `exercises.NAME.check(...)`, `.hint()` and `.solution()`."""

from mnist_helpers.exercises.augmentation import moving_weights, shift_right
from mnist_helpers.exercises.clinic import (
    patient_1,
    patient_2,
    patient_3,
    patient_4,
    patient_5,
    patient_6,
    patient_7,
    patient_8,
    patient_9,
)
from mnist_helpers.exercises.convolutions import lower_edge, output_shape, small_network
from mnist_helpers.exercises.feed_the_network import first_byte, pipeline_order, training_pipeline
from mnist_helpers.exercises.from_drawn_digits import balanced_choice, ink, most_confused
from mnist_helpers.exercises.going_deeper import first_weights, four_layers, stable_softmax
from mnist_helpers.exercises.how_it_learns import cross_entropy, diverging_rate, layer_gradient
from mnist_helpers.exercises.how_it_predicts import dense_layer, softmax, weight_shapes
from mnist_helpers.exercises.more_machines import average_gradient, ring_bytes
from mnist_helpers.exercises.ninety_nine_percent import batch_norm, coin_tosses, how_many_digits, place_normalization
from mnist_helpers.exercises.one_epoch import one_cycle, relu_numbers
from mnist_helpers.exercises.out_of_the_notebook import same_network, saved_bytes
from mnist_helpers.exercises.overfitting import dropout, dropout_curve, step_decay
from mnist_helpers.exercises.start_here import average_three, one_hot_label, photo_batch
from mnist_helpers.exercises.watch_it_train import five_classes, steps, weakest_digit
from mnist_helpers.exercises.your_own_digits import center_of_mass, contrast

__all__ = [
    "average_gradient",
    "average_three",
    "balanced_choice",
    "batch_norm",
    "center_of_mass",
    "coin_tosses",
    "contrast",
    "cross_entropy",
    "dense_layer",
    "diverging_rate",
    "dropout",
    "dropout_curve",
    "first_byte",
    "first_weights",
    "five_classes",
    "four_layers",
    "how_many_digits",
    "ink",
    "layer_gradient",
    "lower_edge",
    "most_confused",
    "moving_weights",
    "one_cycle",
    "one_hot_label",
    "output_shape",
    "patient_1",
    "patient_2",
    "patient_3",
    "patient_4",
    "patient_5",
    "patient_6",
    "patient_7",
    "patient_8",
    "patient_9",
    "photo_batch",
    "pipeline_order",
    "place_normalization",
    "relu_numbers",
    "ring_bytes",
    "same_network",
    "saved_bytes",
    "shift_right",
    "small_network",
    "softmax",
    "stable_softmax",
    "step_decay",
    "steps",
    "training_pipeline",
    "weakest_digit",
    "weight_shapes",
]
