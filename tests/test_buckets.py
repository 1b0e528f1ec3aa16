"""TensorFlow's own client for gs://, against a server on this machine that stands in for Google's."""

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import idx
import pytest
import tensorflow as tf

from mnist_helpers.files import buckets

pytestmark = pytest.mark.slow
SECONDS = 150  # for each process: its longest fault, which must end within a minute, and all else that it does


class Process:
    """`bucket_scenarios.py` in a process that has files and a network of its own."""

    def __init__(self, folder, name, *folders):
        self._results = folder / name / "results"
        self._results.parent.mkdir()
        # Nothing of this machine's may reach the client: no settings, no credentials, no proxy.
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("CLOUDSDK_", "GCS_", "GOOGLE_", "MNIST_", "NO_GCE_"))
            and not key.lower().endswith("_proxy")
        }
        environment["HOME"] = environment["XDG_CACHE_HOME"] = str(folder / name)
        self.cache = folder / name
        script = Path(__file__).with_name("bucket_scenarios.py")
        command = [*unshare(), sys.executable, script, name, self._results, *folders]
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        )

    def finish(self):
        self.output, self.errors = self._process.communicate(timeout=SECONDS)
        assert self._process.returncode == 0, self.errors
        self.outcomes = dict(map(json.loads, self._results.read_text().splitlines()))
        return self

    def stop(self):
        self._process.kill()
        self._process.communicate()


def unshare():
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", "--mount", "--net", *as_root]


@pytest.fixture(scope="session")
def processes(plain_folder, gzip_folder, request, tmp_path_factory):
    """All scenarios, started at once, since most of their time is spent on waiting."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux, for a private network")
    if "gs" not in tf.io.gfile.get_registered_schemes():
        pytest.skip("this TensorFlow has no client for gs://")
    try:
        subprocess.run([*unshare(), "mount", "--bind", "/etc/hosts", "/etc/hosts"], check=True, capture_output=True)
    except FileNotFoundError as error:
        pytest.skip(f"a private network cannot be made: there is no command {error.filename}")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"a private network cannot be made: {error.stderr.decode()}")
    folders = [plain_folder, gzip_folder]
    with contextlib.suppress(pytest.skip.Exception):
        folders.append(request.getfixturevalue("mnist_folder"))
    folder = tmp_path_factory.mktemp("buckets")
    started = {
        "digits": Process(folder, "digits", *folders),
        "faults": Process(folder, "faults"),
        "late": Process(folder, "late"),
    }
    yield started
    for process in started.values():
        process.stop()


@pytest.fixture(scope="session")
def digits(processes):
    return processes["digits"].finish()


@pytest.fixture(scope="session")
def faults(processes):
    return processes["faults"].finish()


# --- what needs no server ---

NO_CLIENT = "gs2://bucket/x"  # an address without a client everywhere, as gs:// is on some machines


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("gs://bucket", True),
        ("gs://bucket/folder/", True),
        ("gs", False),
        ("/home/ada/gs://bucket", False),
        (Path("gs"), False),
    ],
)
def test_is_bucket(folder, expected):
    assert buckets.is_bucket(folder) is expected


def test_is_bucket_takes_any_path():
    class BucketPath(os.PathLike):
        def __fspath__(self):
            return "gs://bucket/folder"

    assert buckets.is_bucket(BucketPath()) is True


@pytest.fixture
def variables(monkeypatch):
    """The environment, without the variables that concern buckets; put back afterwards."""
    for name in (*buckets.SETTINGS, "NO_GCE_CHECK"):
        monkeypatch.setenv(name, "")  # so that monkeypatch knows what to put back
        monkeypatch.delenv(name)
    return os.environ


def test_configure_keeps_what_you_have_set(variables):
    variables["GCS_RETRY_CONFIG_MAX_RETRIES"] = "7"
    buckets.configure()
    assert {name: variables[name] for name in buckets.SETTINGS} == buckets.SETTINGS | {
        "GCS_RETRY_CONFIG_MAX_RETRIES": "7"
    }


@pytest.mark.parametrize(
    ("machine", "set_before", "expected"),
    [
        ("Google Compute Engine\n", None, None),
        ("ThinkPad\n", None, "true"),
        (None, None, "true"),
        (None, "false", "false"),
    ],
)
def test_only_googles_machines_are_asked_for_credentials(
    machine, set_before, expected, variables, tmp_path, monkeypatch
):
    monkeypatch.setattr(buckets, "MACHINE", tmp_path / "product_name")
    if machine:
        buckets.MACHINE.write_text(machine)
    if set_before:
        variables["NO_GCE_CHECK"] = set_before
    with pytest.raises(ConnectionError):
        buckets.read(NO_CLIENT)
    assert variables.get("NO_GCE_CHECK") == expected


def test_no_client(variables):
    message = (
        f"{NO_CLIENT} could not be read: this TensorFlow has no client .* pip install tensorflow-io-gcs-filesystem"
    )
    with pytest.raises(ConnectionError, match=message):
        buckets.read(NO_CLIENT)


# --- good buckets ---


def test_all_digits_arrive_whenever_they_are_asked_for(digits):
    train = [50_000, idx.TRAIN_MARK, idx.TRAIN_MARK, 50_000]
    validation = [10_000, idx.TRAIN_MARK, idx.TRAIN_MARK, 10_000]
    test = [10_000, idx.TEST_MARK, idx.TEST_MARK, 10_000]
    assert digits.outcomes["load"] == 4 * [train, validation, test]


def test_each_object_is_read_once(digits):
    assert digits.outcomes["requests"] == sorted(f"packed/my digits – Ziffern 数字/{name}.gz" for name in idx.NAMES)


@pytest.mark.parametrize(
    ("outcome", "ending", "origin"),
    [
        ("folder", "", "from your bucket"),
        ("trailing slash", ".gz", "from your bucket, fetched before"),
        ("fetched before", ".gz", "from your bucket, fetched before"),
        ("bucket", ".gz", "from your bucket"),
        ("other names", ".gz", "from your bucket"),
        ("no listing", ".gz", "from your bucket"),
        ("credentials", ".gz", "from your bucket"),
        ("out of reach", "", "from your bucket, fetched before"),
    ],
)
def test_find(outcome, ending, origin, digits, plain_folder, gzip_folder):
    found = digits.outcomes[outcome]
    assert (found.pop("name"), found.pop("origin")) == ("your own digits", origin)
    (folder,) = {Path(path).parent for path in found.values()}
    assert digits.cache in folder.parents
    assert list(map(os.path.basename, found.values())) == [f"{name}{ending}" for name in idx.NAMES]
    for path in map(Path, found.values()):
        assert path.read_bytes() == ((gzip_folder if ending else plain_folder) / path.name).read_bytes()


def test_real_mnist_is_recognized(digits, mnist_folder):
    assert digits.outcomes["mnist"]["name"] == "MNIST"


def test_a_passing_failure_is_retried(digits):
    assert digits.outcomes["retried"] == 10


def test_the_client_writes_nothing(digits):
    banner = "your own digits, from your bucket: 50,000 training, 10,000 validation and 10,000 test digits."
    assert banner in digits.output.replace("\r", "\n").splitlines()
    assert digits.errors == ""


# --- bad ones ---

NETWORK = r"Check the network and run the cell again\."
LOGIN = r"Open a page in a browser: the network may want you to log in first\."
ELSEWHERE = r"Or copy the four files to a folder on this machine, and name it in data_dir or MNIST_DATA_DIR\."
FORBIDDEN = (
    r"you may not read it, or it is not there \(HTTP status {}\)\. With an account that may: log in "
    r"\(in Colab: .*authenticate_user\(\); elsewhere: gcloud auth application-default login\), then restart"
)
NO_DESCRIPTION = r"something else came than the description of an object \(a login page\?\){}\. " + LOGIN
TOO_LITTLE = r"less came than the description of the object says \(a truncated object, or a login page\?\)\. " + LOGIN
REPLACED = r"more bytes came than the 100,000 that were expected \(was it replaced just now\?\)\. Run the cell again\."

FAULTS = {
    "401": ("PermissionError", FORBIDDEN.format(401)),
    "403": ("PermissionError", FORBIDDEN.format(403)),
    "404": (
        "FileNotFoundError",
        r"there is no such object \(HTTP status 404\)\. Correct the names of the bucket and the folder\.",
    ),
    "503": ("ConnectionError", r"the server failed \(HTTP status 503\)\. Run the cell again later\."),
    "login-page": ("ConnectionError", NO_DESCRIPTION.format("")),
    "redirect": ("ConnectionError", NO_DESCRIPTION.format(r" \(HTTP status 302\)")),
    "login-page-as-content": ("ConnectionError", TOO_LITTLE),
    "truncated": ("ConnectionError", TOO_LITTLE),
    "truncated-late": ("ConnectionError", TOO_LITTLE),
    "replaced-by-longer": ("ConnectionError", REPLACED),
    "breaks-off": ("ConnectionError", r"the connection broke before the end of the object\. " + NETWORK),
    "never-answers": ("ConnectionError", r"no answer came, or it stopped\. " + NETWORK),
    "content-never-comes": ("ConnectionError", r"no answer came, or it stopped\. " + NETWORK),
    "stalls": ("ConnectionError", r"no answer came, or it stopped\. " + NETWORK),
    "drips": ("ConnectionError", r"it did not arrive within 45 s\. " + NETWORK + r" Compressed files arrive sooner\."),
}
CHECKED = r"It was checked against the certificates in CURL_CA_BUNDLE, /\S*"
UNREACHABLE = {
    "unknown-certificate": r"the server's certificate was refused\. Behind a proxy, set .* CURL_CA_BUNDLE",
    "other-certificate": rf"the server's certificate was refused\. {CHECKED}results\.pem: is that file",
    "binary-certificate": rf"TensorFlow has no certificates to know the server by\. {CHECKED}results\.der: is that",
    "refused": r"there is no connection to Google's servers\. " + NETWORK,
    "no-names": r"the names of Google's servers are not known here\. " + NETWORK,
    "no-certificates": rf"TensorFlow has no certificates to know the server by\. {CHECKED}nowhere\.pem: is that file",
}


def assert_explained(outcome, name, kind, message):
    found_kind, found_message = outcome
    assert found_kind == kind
    assert re.fullmatch(rf"gs://{name}/x could not be read: {message}.* {ELSEWHERE}", found_message)


@pytest.mark.parametrize(("name", "message"), UNREACHABLE.items(), ids=UNREACHABLE)
def test_unreachable_server(name, message, digits):
    assert_explained(digits.outcomes[name], name, "ConnectionError", message)


def test_metadata_server_is_not_asked(digits):
    assert digits.outcomes["metadata server"][0] == "BlockingIOError"  # nobody has connected


def test_without_credentials(digits):
    kind, message = digits.outcomes["no credentials"]
    assert kind == "PermissionError"
    assert re.search(FORBIDDEN.format(401), message)


def test_folder_without_the_files(digits):
    kind, message = digits.outcomes["no files"]
    assert kind == "FileNotFoundError"
    assert message.startswith(f"gs://plain/nothing has no object {idx.TRAIN_IMAGES} or {idx.TRAIN_IMAGES}.gz.")


def test_login_page_of_the_described_size(digits):
    kind, message = digits.outcomes["portal"]
    assert kind == "ValueError"
    assert message.startswith(f"gs://portal/{idx.TRAIN_IMAGES} holds a web page (a login page?)")


@pytest.mark.parametrize(("name", "kind", "message"), [(name, *fault) for name, fault in FAULTS.items()], ids=FAULTS)
def test_fault(name, kind, message, faults):
    assert_explained(faults.outcomes[name], name, kind, message)


def test_deadline_where_tensorflow_was_loaded_before(processes):
    outcome = processes["late"].finish().outcomes["too late"]
    assert_explained(outcome, "never-answers", "ConnectionError", r"it did not arrive within 5 s\. " + NETWORK)
