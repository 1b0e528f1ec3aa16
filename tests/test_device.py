"""A quiet start of TensorFlow, in a process of its own each time; and imports that do nothing."""

import os
import subprocess
import sys

import pytest

# What TensorFlow 2.18 to 2.21 write at their start, with and without a GPU.
CHATTER = """\
2025-08-01 12:00:00.000000: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on. You may see slightly
2025-08-01 12:00:00.000000: E external/local_xla/xla/stream_executor/cuda/cuda_fft.cc:467] Unable to register cuFFT
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
E0000 00:00:1754049600.000000    4242 cuda_dnn.cc:8579] Unable to register cuDNN factory: Attempting to register
E0000 00:00:1754049600.000000    4242 cuda_blas.cc:1407] Unable to register cuBLAS factory: Attempting to register
W0000 00:00:1754049600.000000    4242 computation_placer.cc:177] computation placer already registered.
I0000 00:00:1754049600.000000    4242 gpu_device.cc:2019] Created device /job:localhost/replica:0/task:0/device:GPU:0
To enable the following instructions: AVX2 AVX512F FMA, in other operations, rebuild TensorFlow with the appropriate
2025-08-01 12:00:00.000000: E external/local_xla/xla/stream_executor/cuda/cuda_driver.cc:152] failed call to cuInit
Skipping registering GPU devices...
"""
REAL = """\
2025-08-01 12:00:00.000000: F tensorflow/core/platform/cpu_feature_guard.cc:39] The library needs AVX instructions
E0000 00:00:1754049600.000000    4242 something.cc:12] Out of memory
ImportError: libcudart.so.12: cannot open shared object file
Information for you: this is none of TensorFlow's lines
"""

LIGHT_MODULES = ("__main__", "device", "diagrams", "fonts", "plots", "scoreboard", "sources")


def python(code):
    # Without these two, TensorFlow is as talkative as on a machine where nothing is set.
    environment = {
        key: value for key, value in os.environ.items() if key not in ("TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND")
    }
    return subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=environment)


def hold_back(body):
    return python(f"import os, sys\nfrom mnist_helpers import device\nwith device._without_chatter():\n    {body}")


def test_start_says_one_line():
    result = python("from mnist_helpers import device; device.start()")
    assert (result.returncode, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    assert line.startswith("TensorFlow ") and ", Keras " in line
    assert "on a GPU: " in line or line.endswith(
        "on the CPU. No GPU was found: everything runs, and training takes longer."
    )


def test_chatter_is_held_back():
    result = hold_back(f"os.write(2, {CHATTER.encode()})")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("line", REAL.splitlines(keepends=True))
def test_any_other_line_is_still_seen(line):
    assert hold_back(f"os.write(2, {(CHATTER + line + CHATTER).encode()})").stderr == line


def test_python_messages_are_still_seen_in_order():
    body = "sys.stderr.write('first\\n'); os.write(2, b'second\\n'); print('third', file=sys.stderr)"
    result = hold_back(f"{body}\nprint('after', file=sys.stderr)")
    assert result.stderr.split() == ["first", "second", "third", "after"]


def test_everything_is_seen_after_an_exception():
    result = hold_back(f"os.write(2, {CHATTER.encode()}); raise ImportError('no TensorFlow for this processor')")
    assert result.returncode == 1
    assert result.stderr.startswith(CHATTER.splitlines()[0])
    assert result.stderr.endswith("ImportError: no TensorFlow for this processor\n")


def test_imports_are_silent_and_light():
    names = ", ".join(f"mnist_helpers.{name}" for name in LIGHT_MODULES)
    result = python(f"import sys, {names}; print({{'tensorflow', 'keras'}} & set(sys.modules))")
    assert (result.returncode, result.stdout, result.stderr) == (0, "set()\n", "")
