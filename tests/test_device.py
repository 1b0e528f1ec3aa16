"""A quiet start of TensorFlow, in a process of its own each time; and imports that do nothing."""

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mnist_helpers import device

pytestmark = pytest.mark.slow
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

LIGHT_MODULES = ("__main__", "device", "diagrams", "fonts", "plots", "runner", "scoreboard", "sources")


def python(code, before="", **variables):
    """Runs code in a process of its own; `before` are shell commands that begin it."""
    # Without these, TensorFlow starts as on a machine where nothing is set.
    settings = ("TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "KERAS_BACKEND")
    environment = {key: value for key, value in os.environ.items() if key not in settings}
    command = [sys.executable, "-c", code]
    if before:
        command = ["sh", "-c", f"{before} {shlex.join(command)}"]
    encoding = variables.get("PYTHONIOENCODING", "utf-8")
    return subprocess.run(command, capture_output=True, encoding=encoding, env=environment | variables)


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


STRATEGY = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from mnist_helpers import device
print(device.strategy().num_replicas_in_sync)
"""
TPU = """
from unittest import mock
import tensorflow as tf
from mnist_helpers import device

class TPUStrategy:
    num_replicas_in_sync = 8

    def __init__(self, resolver):
        assert resolver.master() == "" and initialize.call_args.args == (resolver,)

with (
    mock.patch.object(tf.config, "list_physical_devices", lambda kind: ["a TPU"] if kind == "TPU" else []),
    mock.patch.object(tf.tpu.experimental, "initialize_tpu_system") as initialize,
    mock.patch.object(tf.distribute, "TPUStrategy", TPUStrategy),
):
    assert isinstance(device.strategy(), TPUStrategy)
"""


def test_strategy_takes_what_is_there():
    said = "MirroredStrategy on 2 CPUs; TensorFlow found no GPU and no TPU."
    assert python(STRATEGY).stdout.splitlines() == [said, "2"]


def test_strategy_on_a_tpu():
    """No TPU is at hand: this only shows that TensorFlow is asked for it as its guide says."""
    result = python(TPU)
    assert (result.returncode, result.stdout) == (0, "TPUStrategy on 8 TPU cores.\n"), result.stderr


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


IS_ONEDNN_ON = "from tensorflow.python.util import _pywrap_util_port as port; print(port.IsMklEnabled())"


@pytest.mark.skipif(platform.machine() not in device.X86, reason="elsewhere the choice stays TensorFlow's")
@pytest.mark.parametrize(("variables", "expected"), [({}, "True"), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "False")])
def test_onednn_computes_unless_it_is_switched_off(variables, expected):
    result = python(f"{START}; {IS_ONEDNN_ON}", **variables)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1] == expected


@pytest.mark.parametrize(
    ("machine", "before", "expected"),
    [
        *(("x86_64", None, "1"), ("AMD64", None, "1"), ("aarch64", None, None), ("arm64", None, None)),
        *(("x86_64", "0", "0"), ("aarch64", "1", "1")),
    ],
)
def test_where_onednn_is_asked_for(machine, before, expected, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    if before:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", before)
    device.use_onednn()
    assert os.environ.get("TF_ENABLE_ONEDNN_OPTS") == expected


TOOLS = sorted(path.stem for path in (Path(__file__).parents[1] / "tools").glob("*.py"))
IMPORT_A_TOOL = """
import sys
from mnist_helpers import device

def start():
    sys.exit("late" if "tensorflow" in sys.modules else "in time")

device.start = start
sys.path.insert(0, {folder!r})
import {name}
print("without" if "tensorflow" not in sys.modules else "never")
"""


@pytest.mark.parametrize("name", [name for name in TOOLS if name != "ways"])  # which `longer` imports, after its start
def test_tools_start_before_they_load_tensorflow(name):
    result = python(IMPORT_A_TOOL.format(name=name, folder=str(Path(__file__).parents[1] / "tools")))
    assert (result.stderr or result.stdout).splitlines()[-1] in ("in time", "without")


# --- odd settings and odd processes ---

START = "from mnist_helpers import device; device.start()"
NO_GPU = "on the CPU. No GPU was found"


def test_keras_json_of_another_project(tmp_path):
    (tmp_path / ".keras").mkdir()
    settings = {"image_data_format": "channels_first", "floatx": "float16", "epsilon": 0.1, "backend": "jax"}
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(settings))
    asks = "import keras; c = keras.config; print(c.image_data_format(), c.floatx(), c.epsilon(), c.backend())"
    result = python(f"{START}; {asks}", KERAS_HOME=str(tmp_path / ".keras"))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1] == "channels_last float32 1e-07 tensorflow"


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes streams")
def test_standard_error_that_is_closed(tmp_path):
    """The next file to be opened must not get its number, or TensorFlow would write into that file."""
    opens = f"print(open({str(tmp_path / 'file')!r}, 'w').fileno())"
    result = python(f"{START}; {opens}", before="exec 2>&-;")
    assert result.returncode == 0
    assert "TensorFlow " in result.stdout and int(result.stdout.splitlines()[1]) > 2


@pytest.mark.parametrize("stream", ["None", "open(os.devnull, 'w'); sys.stderr.close()"])
def test_standard_error_that_is_none_or_closed_in_python(stream):
    result = python(f"import os, sys; sys.stderr = {stream}\n{START}\nos.write(1, b'alive')")
    assert result.returncode == 0 and result.stdout.startswith("TensorFlow ") and result.stdout.endswith("alive")


def test_without_any_stream():
    """As under pythonw, which has no console."""
    uses = "with console.progress(total=2) as bar: bar.update(1)\nconsole.say('nobody hears')"
    code = f"import os, sys; sys.stdout = sys.stderr = None\n{START}\nfrom mnist_helpers import console\n{uses}"
    result = python(f"{code}\nos.write(1, b'alive')")
    assert (result.returncode, result.stdout, result.stderr) == (0, "alive", "")


@pytest.mark.parametrize("encoding", ["ascii", "cp437"])
def test_output_in_a_code_page(encoding):
    code = f"from mnist_helpers import console; console.say('✓ 99 % – 数字'); {START}; print('± × ✓')"
    result = python(code, PYTHONIOENCODING=encoding)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0] == "? 99 % ? ??"
    assert result.stdout.splitlines()[2].endswith(" ?")


NOWHERE = "import tempfile; tempfile._candidate_tempdir_list = lambda: []\n"  # no folder on the disk can be written


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="needs a folder in memory, as Linux has it")
def test_a_temporary_folder_in_memory():
    result = python(f"{NOWHERE}{START}")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("TensorFlow ")


def test_no_temporary_folder_at_all():
    result = python(f"{NOWHERE}from mnist_helpers.files import cache; cache.MEMORY = 'nowhere'; {START}")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("OSError: TensorFlow needs a temporary folder, and none can be")


@pytest.mark.skipif(not shutil.which("setpriv") or os.geteuid() != 0, reason="needs root, to become nobody")
def test_a_user_without_a_home():
    """As in many containers: a number without a name, and no HOME. No folder called ~ may appear."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to others
        folder = Path(folder)
        os.chmod(folder, 0o777)
        asks = "from mnist_helpers import sources; print(sources.cache_folder()); print(sources.find().name)"
        asks += "; from mnist_helpers import scoreboard; print(scoreboard.results_file())"
        variables = {"MNIST_DATA_DIR": os.environ.get("MNIST_DATA_DIR") or "practice digits", "TMPDIR": str(folder)}
        before = f"cd {folder}; unset HOME XDG_CACHE_HOME MNIST_RESULTS_FILE; exec setpriv --reuid 54321 --clear-groups"
        result = python(asks, before=before, **variables)
        assert result.returncode == 0, result.stderr
        assert result.stdout.splitlines()[0] == str(folder / "mnist_helpers_54321")
        assert result.stdout.splitlines()[-1] == str(folder / "mnist_helpers_54321" / "my_results.json")
        assert "~" not in os.listdir(folder)


def test_imports_are_silent_and_light():
    names = ", ".join(f"mnist_helpers.{name}" for name in LIGHT_MODULES)
    result = python(f"import sys, {names}; print({{'tensorflow', 'keras'}} & set(sys.modules))")
    assert (result.returncode, result.stdout, result.stderr) == (0, "set()\n", "")


@pytest.mark.parametrize(
    ("flags", "gpus", "expected"),
    [
        ("avx512f avx512_bf16", [], "mixed_bfloat16"),
        ("amx_bf16 avx512f amx_tile", [], "mixed_bfloat16"),
        ("avx2 avx512f", [], "float32"),
        ("asimd bf16", [], "float32"),  # an ARM processor: not measured
        ("avx512f avx512_bf16", ["GPU:0"], "float32"),
        (None, [], "float32"),
    ],
)
def test_bfloat16_where_the_cpu_is_made_for_it(flags, gpus, expected, tmp_path, monkeypatch):
    import tensorflow as tf

    if flags:
        (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : fpu {flags} vme\n", encoding="ascii")
    monkeypatch.setattr(device, "CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    assert device.precision() == expected
