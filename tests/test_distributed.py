"""Several workers: what each reads, what a lost one costs, and what is said where it can't work."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from mnist_helpers.distributed import cluster, digits, logs, training
from mnist_helpers.distributed.job import Job

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import measure_distributed  # noqa: E402

needs_ray = pytest.mark.skipif(not find_spec("ray"), reason="needs Ray: pip install -e '.[distributed]'")
CONFIG = training.DEFAULTS | {"epochs": 3, "digits": 6_400}


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_share_the_batches_of_one(workers):
    source = digits.InMemory(1000, seed=0)
    alone = list(source.batches(3, 128, 0, 1))
    shares = [list(source.batches(3, 128, rank, workers)) for rank in range(workers)]
    assert len(alone) == source.steps(128, workers) == 7
    for number, (images, labels) in enumerate(alone):
        parts = [share[number] for share in shares]
        assert {len(part) for part, _ in parts} == {128 // workers}
        whole = np.concatenate([part for part, _ in parts])
        order = np.lexsort(images.reshape(128, -1).T)
        np.testing.assert_array_equal(whole[np.lexsort(whole.reshape(128, -1).T)], images[order])
        assert labels.sum() == 128


def test_digits_are_those_of_the_datasets():
    from mnist_helpers import data

    _, validation_dataset, test_dataset = data.load_datasets(1000)
    for part, dataset in (("validation", validation_dataset), ("test", test_dataset)):
        images, labels = digits.read(part, 1500)
        expected, classes = data.to_arrays(dataset.take(2))
        np.testing.assert_array_equal(images, expected[:1500])
        np.testing.assert_array_equal(labels.argmax(axis=1), classes[:1500])


def numbers(batches):
    """The numbers of the writers of all digits: the fixture `drawings` has put them into their pixels."""
    images = np.concatenate([images for images, _ in batches])
    pixels = (255 * images[:, 0, :2, 0]).round().astype(int)
    return (pixels[:, 0] << 8) + pixels[:, 1]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_no_digit_is_read_twice_in_an_epoch(workers, tmp_path, drawings, monkeypatch):
    monkeypatch.setattr(digits, "WINDOW", 64)
    digits.write(tmp_path, 3000, files=6)  # by 300 writers, ten digits each
    source = digits.Records(tmp_path, seed=0)
    read = np.concatenate([numbers(list(source.batches(0, 60, rank, workers))) for rank in range(workers)])
    assert source.steps(60, workers) == 50
    np.testing.assert_array_equal(np.sort(read), np.repeat(np.arange(300), 10))
    again, later = (numbers(list(source.batches(epoch, 60, 0, workers))) for epoch in (0, 1))
    np.testing.assert_array_equal(again, read[: len(again)])  # a training that goes on reads the same
    assert (again != later).any() and (np.diff(again) < 0).any()


def test_record_files_that_do_not_fit(tmp_path, drawings):
    with pytest.raises(ValueError, match="100 digits are too few for 16 files; expected are 160 or more."):
        digits.write(tmp_path, 100)
    with pytest.raises(FileNotFoundError, match="holds no record files. Write some"):
        digits.Records(tmp_path, seed=0)
    digits.write(tmp_path, 400, files=2)
    with pytest.raises(ValueError, match="4 workers can't share 2 files."):
        digits.Records(tmp_path, seed=0).steps(128, 4)
    (cut, _) = sorted(tmp_path.iterdir())
    cut.write_bytes(cut.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"0000-of-0002.records has 156,999 bytes. Delete them and write them again."):
        digits.Records(tmp_path, seed=0)
    digits.write(tmp_path, 400, files=2)  # what is whole stays, what is cut off is written anew
    assert digits.Records(tmp_path, seed=0).steps(20, 2) == 20 and drawings.count(0) == 2 and drawings.count(20) == 1


def test_a_large_file_is_drawn_in_parts(tmp_path, drawings, monkeypatch):
    sizes, draw = [], digits.practice.digits
    monkeypatch.setattr(digits.practice, "digits", lambda writers: sizes.append(len(writers)) or draw(writers))
    digits.write(tmp_path, 5000, files=2)
    assert sizes == [100, 100, 50] * 2 and drawings == list(range(500))
    assert {path.stat().st_size for path in tmp_path.iterdir()} == {2500 * digits.RECORD}


def test_a_full_disk_leaves_nothing_behind(tmp_path, drawings):
    resource = pytest.importorskip("resource")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
    try:
        with pytest.raises(OSError):
            digits.write(tmp_path, 400, files=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory from /proc")
def test_ten_times_the_data_in_the_same_memory(tmp_path, drawings):
    peaks = []
    for count in (30_000, 300_000):
        folder = tmp_path / str(count)
        digits.write(folder, count, files=10)
        read, peak = measure_distributed.read_all(folder)
        assert read == count // 128 * 128
        peaks.append(peak)
    assert peaks[1] < 1.1 * peaks[0]


CURVES = """
import json, sys
from mnist_helpers import device
device.start()
from mnist_helpers.distributed import digits
print(json.dumps(digits.memory_of_reading(sys.argv[1], times=5)))
"""


def test_memory_of_digits_that_are_let_go_and_kept(tmp_path, drawings):
    """In a process of its own: one that has let go of memory before doesn't grow when it takes it again."""
    digits.write(tmp_path, 20_000, files=4)
    said = subprocess.run([sys.executable, "-c", CURVES, tmp_path], capture_output=True, text=True, check=True).stdout
    curves = json.loads(said.splitlines()[-1])
    assert list(curves) == ["20,000 digits, let go", "100,000 digits, let go", "100,000 digits, kept"]
    _, many, kept = curves.values()
    assert many[0] == kept[0] == list(range(0, 100_001, 1000))
    images = 100_000 * 28 * 28 * 4 / 1e6  # float32
    assert kept[1][-1] > 0.9 * images and many[1][-1] < 0.5 * images


@pytest.fixture(scope="module")
def alone():
    """The figures of one process: no strategy, no Ray."""
    epochs, said = [], []
    strategy = tf.distribute.get_strategy()
    training.train(strategy, 0, 1, CONFIG, lambda figures, _: epochs.append(figures), said.append)
    assert said[0] == "begins at step 0 of 150" and "epoch 3 of 3 done" in said[-1]
    return epochs


def test_the_loop_learns_what_fit_learns(alone):
    """Keras's own training, batch by batch, as the oracle."""
    tf.keras.utils.set_random_seed(CONFIG["seed"])
    model = training.build()
    rate = tf.keras.optimizers.schedules.CosineDecay(CONFIG["learning_rate"], 150)
    model.compile(tf.keras.optimizers.Adam(rate), "categorical_crossentropy")
    losses = []
    for batch_images, batch_labels in digits.InMemory(CONFIG["digits"], CONFIG["seed"]).batches(0, 128, 0, 1):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(batch_images, batch_labels, return_dict=True)["loss"]))
    np.testing.assert_allclose(alone[0]["losses"], losses, atol=1e-4)
    assert 0.8 < alone[-1]["validation_accuracy"] <= 1


def test_a_training_goes_on_where_it_stopped(alone, tmp_path):
    class Stop(Exception):
        pass

    def report(figures, state):
        state.write(str(tmp_path / "state"))
        if figures["epoch"] == 1:
            raise Stop

    strategy, epochs = tf.distribute.get_strategy(), []
    with pytest.raises(Stop):
        training.train(strategy, 0, 1, CONFIG, report, str)
    training.train(
        strategy, 0, 1, CONFIG, lambda figures, _: epochs.append(figures), str, checkpoint=str(tmp_path / "state")
    )
    assert [figures["epoch"] for figures in epochs] == [2, 3]
    for went_on, expected in zip(epochs, alone[1:], strict=True):
        np.testing.assert_allclose(went_on["losses"], expected["losses"], atol=1e-4)


def test_a_checkpoint_of_another_network(tmp_path):
    other = tf.keras.Sequential([tf.keras.Input([3]), tf.keras.layers.Dense(2)])
    tf.train.Checkpoint(model=other, optimizer=tf.keras.optimizers.Adam(), epoch=tf.Variable(1)).write(
        str(tmp_path / "state")
    )
    with pytest.raises((AssertionError, ValueError)):
        training.train(
            tf.distribute.get_strategy(), 0, 1, CONFIG, lambda *_: None, str, checkpoint=str(tmp_path / "state")
        )


@pytest.mark.parametrize(
    ("workers", "settings", "message"),
    [
        (3, {}, "3 workers can't share a batch of 128 equally. Take 126 or 129, or another number of workers."),
        (0, {}, "workers is 0; expected is 1 or more."),
        (2, {"digits": 100}, "A batch of 128 is more than the 100 digits to train on."),
        (
            2,
            {"rate": 1},
            "There is no setting rate; there are batch_size, epochs, learning_rate, seed, digits, records.",
        ),
    ],
)
def test_settings_that_cannot_work(workers, settings, message, tmp_path):
    with pytest.raises(ValueError) as caught:
        cluster.run(workers, tmp_path, **settings)
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_records_is_found_from_everywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cluster.checked(2, CONFIG | {"records": "many digits"})["records"] == str(tmp_path / "many digits")


def test_a_folder_that_holds_something_else(tmp_path):
    (tmp_path / "letter.txt").touch()
    with pytest.raises(ValueError, match="holds other things. Give a folder that is new or empty."):
        cluster.run(2, tmp_path)
    (tmp_path / "mine").mkdir()
    cluster.claim(tmp_path / "mine", CONFIG)
    cluster.claim(tmp_path / "mine", CONFIG)
    with pytest.raises(
        ValueError, match=r"with other settings \(epochs 3, not 4\). Give another folder, or delete it."
    ):
        cluster.claim(tmp_path / "mine", CONFIG | {"epochs": 4})


def test_an_address_that_does_not_answer(tmp_path):
    pytest.importorskip("ray")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"  # bound, but nobody listens
        with pytest.raises(ConnectionError, match=f"No Ray cluster answers at {address}"):
            cluster.run(2, tmp_path / "training", address=address)


def test_workers_that_never_come(capsys):
    class Ray:
        slots = iter([1, 1, 1])

        def cluster_resources(self):
            return {"CPU": float(next(self.slots))}

    with pytest.raises(
        TimeoutError, match="The cluster has 1 slots for 2 workers, and after 0.2 s no others have come."
    ):
        cluster.await_slots(Ray(), 2, 0.2)
    assert "1 of 2 workers are there; waiting up to 0 s for the others." in capsys.readouterr().out
    Ray.slots = iter([1, 2])
    cluster.await_slots(Ray(), 2, 0.2)  # one that comes late


def test_what_counts_as_lost():
    assert cluster.is_lost(tf.errors.UnavailableError(None, None, "Connection reset by peer"))
    assert not cluster.is_lost(tf.errors.NotFoundError(None, None, "state.index"))
    assert not cluster.is_lost(OSError(28, "No space left on device"))


def test_the_latest_of_an_epoch_that_was_done_twice(tmp_path):
    lines = [{"epoch": 1, "losses": [3]}, {"epoch": 2, "losses": [2]}, {"epoch": 2, "losses": [1]}]
    (tmp_path / cluster.EPOCHS).write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    assert cluster.read_epochs(tmp_path) == [lines[0], lines[2]]
    assert cluster.read_epochs(tmp_path / "nothing") == []


def test_a_checkpoint_is_whole_or_not_there(tmp_path):
    class State:
        def write(self, prefix):
            Path(f"{prefix}.index").write_bytes(b"half")
            raise OSError(28, "No space left on device")

    state = tf.train.Checkpoint(number=tf.Variable(0))
    assert cluster.last_checkpoint(tmp_path) is None
    with pytest.raises(FileNotFoundError, match="There is no checkpoint in .* Train there first."):
        cluster.load(tmp_path)
    (tmp_path / cluster.CHECKPOINTS / f"{cluster.PARTIAL}of-a-dead-worker").mkdir(parents=True)
    for epoch in (1, 2, 3):
        state.number.assign(epoch)
        cluster.save(tmp_path, {"epoch": epoch}, state)
    with pytest.raises(OSError):
        cluster.save(tmp_path, {"epoch": 4}, State())
    assert sorted(path.name for path in (tmp_path / cluster.CHECKPOINTS).iterdir()) == ["epoch-0002", "epoch-0003"]
    state.number.assign(0)
    state.read(cluster.last_checkpoint(tmp_path)).assert_consumed()
    assert int(state.number) == 3


def test_logs_are_followed_line_by_line(tmp_path, capsys):
    logs.note(tmp_path, "worker 0", "from an earlier start")
    with logs.Follower(tmp_path):
        logs.note(tmp_path, "worker 0", "one")
        path = tmp_path / logs.FOLDER / "worker 1.log"
        path.write_text("half a", encoding="utf-8")
        time.sleep(3 * logs.PAUSE)
        logs.note(tmp_path, "worker 1", " line")
    assert sorted(capsys.readouterr().out.splitlines()) == ["worker 0: one", "worker 1: half a line"]


@pytest.fixture
def wait_until_gone(monkeypatch, tmp_path):
    """Waits until no process is left that a test has started; with a name, until none of that name is."""
    monkeypatch.setenv("STARTED_BY", str(tmp_path))  # each process that is started from now on has it
    mark = f"STARTED_BY={tmp_path}".encode()

    def left(name):
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes() and name in (folder / "cmdline").read_bytes():
                    yield folder.name
            except OSError:  # it has ended meanwhile
                pass

    def wait(name=b""):
        end = time.monotonic() + 120
        while found := list(left(name)):
            assert time.monotonic() < end, f"left behind: {found}"
            time.sleep(0.2)

    return wait


def check(epochs, alone):
    """Whatever died: the losses are those of one process, step by step."""
    assert [figures["epoch"] for figures in epochs] == [1, 2, 3]
    means = [np.cumsum(run[0]["losses"]) / np.arange(1, 51) for run in (epochs, alone)]  # as `fit` reports them
    np.testing.assert_allclose(*means, atol=1e-4)
    for figures, expected in zip(epochs, alone, strict=True):
        apart = np.abs(np.subtract(figures["losses"], expected["losses"])).mean()  # rounding errors grow
        assert apart < np.abs(np.diff(expected["losses"])).mean() / 4  # other batches would be as far apart as these
    assert epochs[-1]["validation_accuracy"] == pytest.approx(alone[-1]["validation_accuracy"], abs=0.01)


on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")


@pytest.mark.slow
@needs_ray
@on_linux
def test_two_workers_of_which_one_dies(alone, tmp_path, wait_until_gone):
    job = Job(tmp_path / "training", 2, epochs=CONFIG["epochs"], digits=CONFIG["digits"])
    job.watch(until="worker 1: epoch 2, step 1 of")
    job.kill(worker=1)
    job.watch(until="can't reach the others|is lost")
    job.watch(until="worker 0: begins at step 50 of 150")  # epoch 1 is not done again
    job.watch()
    wait_until_gone()
    assert "test accuracy" in job.output()
    check(job.epochs(), alone)


@pytest.mark.slow
@needs_ray
@on_linux
def test_a_driver_that_dies_and_is_started_again(alone, tmp_path, wait_until_gone):
    settings = {name: CONFIG[name] for name in ("epochs", "digits")}
    job = Job(tmp_path / "training", 2, **settings)
    job.watch(until="worker 0: epoch 1 of 3 done")
    os.kill(job.process.pid, signal.SIGKILL)
    job.process.wait()
    wait_until_gone(b"ray::RayTrainWorker")
    done = len(job.epochs())
    job = Job(tmp_path / "training", 2, **settings)
    job.watch(until=f"worker 0: begins at step {50 * done} of 150")
    job.watch()
    check(job.epochs(), alone)
    wait_until_gone()  # Ray's agents notice after a minute that they are alone


@pytest.mark.slow
@needs_ray
@on_linux
def test_a_worker_that_hangs(alone, tmp_path, wait_until_gone):
    """Paused for a moment, all wait for it; paused for good, it counts as dead."""
    job = Job(tmp_path / "training", 2, **{name: CONFIG[name] for name in ("epochs", "digits")})
    job.watch(until="worker 1: epoch 1, step 1 of")
    os.kill(job.process_of(1), signal.SIGSTOP)
    time.sleep(3)
    os.kill(job.process_of(1), signal.SIGCONT)
    job.watch(until="worker 1: epoch 2, step 1 of")
    for worker in (0, 1):
        os.kill(job.process_of(worker), signal.SIGSTOP)
    job.watch()
    begun = re.findall("worker 0: begins at step .*", job.output())
    assert begun == ["worker 0: begins at step 0 of 150", "worker 0: begins at step 50 of 150"]
    check(job.epochs(), alone)
    wait_until_gone()


@pytest.fixture
def two_machines(tmp_path, monkeypatch):
    """A Ray cluster of two machines with a slot each: this one, and a network namespace in which the other lives.

    Yields its address and a function that cuts the cable between them, or connects it again.
    """
    if not shutil.which("ip") or os.geteuid():
        pytest.skip("makes a network namespace: needs root and `ip`")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # whether or not this machine has a token
    name, here, there = f"mnist{os.getpid()}", "10.213.7.1", "10.213.7.2"
    cable = [f"{name}a", f"{name}b"]

    def ip(*command):
        done = subprocess.run(["ip", *command], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"this machine makes no network namespaces: {done.stderr.strip()}")

    def connected(yes):
        command = ["ip", "-n", name, "link", "set", cable[1], "up" if yes else "down"]
        subprocess.run(command, check=True)

    def start(*command):
        with open(tmp_path / "ray.log", "a", encoding="utf-8") as log:
            options = ["--num-cpus=1", "--disable-usage-stats", "--block"]
            return subprocess.Popen([*command, *options], stdout=log, stderr=log, env=os.environ)

    ray = str(Path(sys.executable).with_name("ray"))
    machines = []
    ip("netns", "add", name)
    place = tempfile.mkdtemp(prefix="ray")  # Ray wants a short path
    try:
        ip("link", "add", cable[0], "type", "veth", "peer", "name", cable[1])
        ip("link", "set", cable[1], "netns", name)
        ip("addr", "add", f"{here}/30", "dev", cable[0])
        ip("-n", name, "addr", "add", f"{there}/30", "dev", cable[1])
        ip("link", "set", cable[0], "up")
        ip("-n", name, "link", "set", "lo", "up")
        connected(True)
        with socket.socket() as free:
            free.bind((here, 0))
            port = free.getsockname()[1]
        address = f"{here}:{port}"
        head = ["--head", f"--node-ip-address={here}", f"--port={port}", "--include-dashboard=false"]
        machines.append(start(ray, "start", *head, f"--temp-dir={place}"))
        end = time.monotonic() + 60
        while subprocess.run([ray, "health-check", "--address", address], capture_output=True).returncode:
            assert time.monotonic() < end, (tmp_path / "ray.log").read_text(encoding="utf-8")
        inside = ["ip", "netns", "exec", name]
        machines.append(start(*inside, ray, "start", f"--address={address}", f"--node-ip-address={there}"))
        yield address, connected
    finally:
        for machine in machines[::-1]:
            machine.terminate()
        for machine in machines:
            machine.wait(60)
        subprocess.run(["ip", "netns", "del", name])
        shutil.rmtree(place, ignore_errors=True)


@pytest.mark.slow
@needs_ray
@on_linux
def test_two_machines_whose_network_is_cut(alone, tmp_path, two_machines):
    address, connected = two_machines
    settings = {name: CONFIG[name] for name in ("epochs", "digits")}
    job = Job(tmp_path / "training", 2, address=address, **settings)
    job.watch(until="worker 1: epoch 2, step 1 of")
    connected(False)
    job.watch(until="can't reach the others|is lost")
    connected(True)
    job.watch(until="begins at step 50 of 150")
    job.watch()
    check(job.epochs(), alone)

    job = Job(tmp_path / "longer", 2, address=address, wait=5, epochs=30, digits=CONFIG["digits"])
    job.watch(until="worker 1: epoch 2, step 1 of")
    connected(False)
    with pytest.raises(RuntimeError, match="After 5 s there are fewer than 2 workers. .* goes on from the last"):
        job.watch()
    assert len(job.epochs()) >= 1


@pytest.mark.slow
@needs_ray
def test_an_error_that_starting_again_would_not_mend(tmp_path):
    """A folder without digits: each worker would stumble over it anew, so the first time ends it, with its message."""
    result = subprocess.run(
        [sys.executable, "-m", "mnist_helpers.distributed", tmp_path / "training", "--workers", "1"],
        env=os.environ | {"MNIST_DATA_DIR": str(tmp_path / "nothing")},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "Training broke off: " in result.stderr and "nothing" in result.stderr


def test_a_worker_that_is_not_there_cannot_be_killed(tmp_path):
    job = Job(tmp_path / "training", 3)  # which ends at once: three can't share a batch
    with pytest.raises(ValueError, match="There is no worker 1 yet"):
        job.kill(1)
    with pytest.raises(RuntimeError, match="3 workers can't share a batch of 128 equally"):
        job.watch()


def test_the_loop_is_short_enough_to_be_read():
    assert len(Path(training.__file__).read_text(encoding="utf-8").splitlines()) <= 120
