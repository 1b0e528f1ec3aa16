"""Starts TensorFlow without its start-up messages and says which device will train."""

import contextlib
import os
import platform
import re
import sys
import tempfile
from pathlib import Path

from mnist_helpers import console
from mnist_helpers.files import buckets, cache

NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
CPU_INFO = Path("/proc/cpuinfo")
X86 = ("x86_64", "AMD64")  # as Linux and as Windows call it

# What TensorFlow writes at its start on a healthy machine: information and warnings, and the complaints (at
# level E) of CUDA parts that are registered twice or that find no GPU.
CHATTER = re.compile(
    r"^(\d{4}-\d\d-\d\d [\d:.]+: [IW] |[IW]\d{4} |WARNING: All log messages before absl::InitializeLog"
    r"|To enable the following instructions|Skipping registering GPU devices|\s*$)"
    r"|cuInit|cuda_(dnn|fft|blas|platform|executor|diagnostics)|computation_placer"
)


def start():
    """Loads TensorFlow and Keras quietly, then prints their versions and the device that will train.

    Run it before anything else imports TensorFlow, whose start-up messages go straight to the process's error
    stream. Those are held back; every other line, and any error, still appears. It also sets
    `TF_CPP_MIN_LOG_LEVEL=2` (errors only) unless you have set that variable, and does what `use_onednn`,
    `buckets.configure` and `console.forgive_encoding` do.

    Whatever your keras.json says, Keras works as the notebooks expect it: on TensorFlow, with float32 numbers and
    images of shape [height, width, channels].

    Otherwise speed is left to Keras's own choices, the best ones measured (docs/benchmark.md): XLA compiles the
    training step where there is a GPU, and not on a CPU, where it slows convolutions down; numbers are float32, since
    bfloat16 gains time only on processors that are made for it (see `precision`). `steps_per_execution`, which depends
    on the number of steps, is notebook 09's lesson.

    Raises:
        ImportError: TensorFlow is not installed, or cannot be loaded.
        OSError: no temporary folder can be written.

    Example:

    >>> device.start()
    TensorFlow 2.21.0, Keras 3.15.1, on the CPU. No GPU was found: everything runs, and training takes longer.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    use_onednn()
    os.environ["KERAS_BACKEND"] = "tensorflow"
    buckets.configure()
    console.forgive_encoding()
    _make_sure_of_a_temporary_folder()
    with _without_chatter():
        import keras
        import tensorflow as tf

        keras.config.set_image_data_format("channels_last")
        keras.config.set_floatx("float32")
        keras.config.set_epsilon(1e-7)
        gpus = tf.config.list_physical_devices("GPU")
        if gpus:
            tf.zeros(1)  # sets the GPU up, which has messages of its own
    versions = f"TensorFlow {tf.__version__}, Keras {keras.__version__}"
    if gpus:
        name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "a GPU")
        console.say(f"{versions}, on a GPU: {name}.")
    elif NVIDIA_DRIVER.exists():
        console.say(
            f"{versions}, on the CPU. There is an NVIDIA GPU, but TensorFlow cannot use it. "
            'On Linux, this installs what it lacks: pip install "tensorflow[and-cuda]"'
        )
    else:
        console.say(f"{versions}, on the CPU. No GPU was found: everything runs, and training takes longer.")


def use_onednn():
    """Has TensorFlow compute with oneDNN, a library of fast convolutions, on every x86 processor.

    By itself TensorFlow does so under Windows, and under Linux on processors with instructions made for neural
    networks. On one that lacks them, convolutional networks trained about one and a half times as fast with oneDNN
    (docs/onednn.md). On processors other than x86 the choice stays TensorFlow's.

    It sets `TF_ENABLE_ONEDNN_OPTS` unless you have. TensorFlow reads that variable once, when it is loaded: run this
    before.

    Example:

    >>> device.use_onednn()
    >>> import tensorflow as tf
    """
    if platform.machine() in X86:  # not measured on others
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def cpu_instructions():
    """Returns the words with which Linux describes its CPU, a set of strings; empty on other systems.

    Among them are the names of the instructions that it has, such as `"avx2"`.

    Example:

    >>> "avx512_bf16" in device.cpu_instructions()
    """
    try:
        return set(re.findall(r"\w+", CPU_INFO.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return set()


def precision():
    """Returns the kind of numbers with which convolutions train fastest here: bfloat16 on a CPU that is made for it.

    There they take about two thirds of the time (docs/benchmark.md). On other CPUs bfloat16 would slow them down, and a
    GPU is fast enough with float32. Only Linux says what its CPU is made for.

    Returns:
        The name of a Keras dtype policy, `"mixed_bfloat16"` (weights stay float32) or `"float32"`.

    Example:

    >>> keras.config.set_dtype_policy(device.precision())
    """
    import tensorflow as tf

    made_for_it = cpu_instructions() & {"avx512_bf16", "amx_bf16"}
    return "mixed_bfloat16" if made_for_it and not tf.config.list_physical_devices("GPU") else "float32"


def strategy():
    """Returns how to train on all devices of this machine, and says which these are.

    Returns:
        A `tf.distribute.Strategy`: `TPUStrategy` where TensorFlow finds a TPU, else `MirroredStrategy`, which takes all
        GPUs, or the CPUs where there is no GPU.

    Example:

    >>> strategy = device.strategy()
    MirroredStrategy on 2 CPUs; TensorFlow found no GPU and no TPU.
    """
    import tensorflow as tf

    if tf.config.list_physical_devices("TPU"):
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="local")
        tf.tpu.experimental.initialize_tpu_system(resolver)
        chosen, kind, missing = tf.distribute.TPUStrategy(resolver), "TPU core", ""
    else:
        has_gpu = bool(tf.config.list_physical_devices("GPU"))
        chosen, kind = tf.distribute.MirroredStrategy(), "GPU" if has_gpu else "CPU"
        missing = f"; TensorFlow found {'' if has_gpu else 'no GPU and '}no TPU"
    count = chosen.num_replicas_in_sync
    console.say(f"{type(chosen).__name__} on {count} {kind}{'s' if count > 1 else ''}{missing}.")
    return chosen


@contextlib.contextmanager
def _without_chatter():
    """Holds back what arrives on file descriptor 2, then passes on all that is no chatter."""
    with contextlib.suppress(AttributeError, ValueError):  # a process without a console has none, or a closed one
        sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # it is closed: the next file to be opened would get its number, and TensorFlow's messages
        kept = os.open(os.devnull, os.O_WRONLY)
        if kept == 2:
            kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines():
                if failed or not CHATTER.search(line):
                    with contextlib.suppress(AttributeError, ValueError):
                        sys.stderr.write(f"{line}\n")


def _make_sure_of_a_temporary_folder():
    """TensorFlow's import needs one that can be written, and so does this file."""
    parents = [parent for parent in cache.temporary_parents() if os.access(parent, os.W_OK)]
    if not parents:
        raise OSError(
            "TensorFlow needs a temporary folder, and none can be written. Set the environment variable TMPDIR to a "
            "folder that can be written, and restart the kernel."
        )
    tempfile.tempdir = parents[0]
