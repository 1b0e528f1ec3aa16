"""Starts `training.train` on several workers by Ray Train, and from the last checkpoint again where a worker dies."""

import json
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path

from mnist_helpers import console, sources
from mnist_helpers.distributed import logs, training

CONFIG, EPOCHS, CHECKPOINTS, STATE = "config.json", "epochs.jsonl", "checkpoints", "state"  # in a training's folder
KEPT, PARTIAL = 2, "partial-"  # checkpoints, of which older ones go; and how the name of a half-written one begins
RAY_SETTINGS = {  # which the workers inherit
    "RAY_TRAIN_V2_ENABLED": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_TRAIN_WORKER_HEALTH_CHECK_TIMEOUT_S": "20",  # a worker that hangs as long counts as dead
    "RAY_TRAIN_ENABLE_CONTROLLER_STRUCTURED_LOGGING": "0",
    "RAY_TRAIN_ENABLE_WORKER_STRUCTURED_LOGGING": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
PATIENCE = 10  # seconds in which an address must answer


def run(workers, folder, address=None, wait=120, failures=10, **config):
    """Trains on several workers; a training that was broken off goes on from its last checkpoint.

    Args:
        workers: how many processes train, each on a slot (a CPU) of its own.
        folder: for checkpoints and figures. On several machines all of them must reach it, by the same path.
        address: that of a Ray cluster, such as `"10.0.0.1:6379"`, or `"auto"` on one of its machines; `None` starts
            one on this machine and ends it afterwards.
        wait: seconds to wait for workers that a cluster doesn't have yet, or has lost. Ray itself needs about 70 to
            see that a machine is gone.
        failures: how often training starts again after a worker's death.
        config: what differs from `training.DEFAULTS`.

    Returns:
        List of dictionaries, one for each epoch: "epoch", "losses" of its steps, "seconds", "validation_accuracy".

    Raises:
        ValueError: the workers can't share a batch or the digits; or the folder holds another training.
        ConnectionError: the address doesn't answer.
        TimeoutError: the cluster has too few slots, from the start or since it has lost a machine.
        RuntimeError: training broke off for another reason than a lost worker, or too often; or Ray is missing.

    Example:

    >>> cluster.run(2, "my training", epochs=1)
    """
    config = checked(workers, training.DEFAULTS | config)
    folder = Path(folder).expanduser().resolve()
    claim(folder, config)
    sources.make_data_dir_absolute()  # Ray's workers run in a folder of their own
    os.environ.update({name: os.environ.get(name, value) for name, value in RAY_SETTINGS.items()})
    os.environ["RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S"] = str(wait)  # also after a run that had another
    try:
        import ray  # here, since it must see the settings above, and only this module needs it
    except ModuleNotFoundError as error:
        raise RuntimeError("Several workers need Ray. Install it: pip install 'ray[train]'") from error

    console.say(f"Starting {workers} {'worker' if workers == 1 else 'workers'}; each loads TensorFlow and the digits.")
    connect(ray, workers, address)
    try:
        await_slots(ray, workers, wait)
        with logs.Follower(folder):
            fit(workers, folder, wait, failures, config)
    finally:
        ray.shutdown()
    return read_epochs(folder)


def checked(workers, config):
    """Returns the settings; raises a ValueError where they can't work."""
    if unknown := set(config) - set(training.DEFAULTS):
        raise ValueError(f"There is no setting {', '.join(sorted(unknown))}; there are {', '.join(training.DEFAULTS)}.")
    if workers < 1:
        raise ValueError(f"workers is {workers}; expected is 1 or more.")
    if rest := config["batch_size"] % workers:
        smaller, larger = config["batch_size"] - rest, config["batch_size"] - rest + workers
        raise ValueError(
            f"{workers} workers can't share a batch of {config['batch_size']} equally. Take {smaller or larger} or "
            f"{larger}, or another number of workers."
        )
    if config["batch_size"] > config["digits"]:
        raise ValueError(f"A batch of {config['batch_size']} is more than the {config['digits']} digits to train on.")
    if records := config["records"]:
        config = config | {"records": str(Path(records).expanduser().resolve())}
    return config


def claim(folder, config):
    """Makes the folder this training's; raises a ValueError where it's another's."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CONFIG
    if not path.exists():
        if any(folder.iterdir()):
            raise ValueError(f"{folder} holds other things. Give a folder that is new or empty.")
        path.write_text(json.dumps(config), encoding="utf-8")
    held = json.loads(path.read_text(encoding="utf-8"))
    if held != config:
        others = [f"{name} {held.get(name)}, not {value}" for name, value in config.items() if held.get(name) != value]
        raise ValueError(
            f"{folder} holds a training with other settings ({'; '.join(others)}). Give another folder, or delete it."
        )


def connect(ray, workers, address):
    """Starts Ray on this machine, or joins a cluster."""
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    if address is None:
        own = {"address": "local", "num_cpus": workers, "include_dashboard": False}
        ray.init(object_store_memory=100 * 2**20, **own, **quiet)
        return
    host, _, port = address.rpartition(":")
    try:
        if host:
            socket.create_connection((host, int(port)), PATIENCE).close()
        ray.init(address=address, **quiet)
    except (OSError, ValueError, ConnectionError) as error:
        raise ConnectionError(
            f"No Ray cluster answers at {address} ({error}). Start one there with `ray start --head --port=6379`, and "
            f"give the address that it prints. If it says that token authentication is enabled, each machine needs "
            f"RAY_AUTH_MODE=token and a copy of ~/.ray/auth_token."
        ) from error


def await_slots(ray, workers, wait):
    """Waits until a cluster has a slot for each worker, and says so; raises a TimeoutError in the end."""
    end = time.monotonic() + wait
    while (slots := int(ray.cluster_resources().get("CPU", 0))) < workers:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError(
                f"The cluster has {slots} slots for {workers} workers, and after {wait} s no others have come. Start "
                f"`ray start --address=…` on more machines, or take fewer workers."
            )
        console.say(f"{slots} of {workers} workers are there; waiting up to {left:.0f} s for the others.")
        time.sleep(min(5, left))


def fit(workers, folder, wait, failures, config):
    """Lets Ray Train run the workers until all epochs are done."""
    from ray.train import FailureConfig, RunConfig, ScalingConfig, UserCallback
    from ray.train.tensorflow import TensorflowTrainer

    class Notes(UserCallback):
        """Notes why training starts again."""

        def after_exception(self, run_context, worker_exceptions):
            for rank, error in sorted(worker_exceptions.items()):
                if not is_lost(error):
                    raise error  # starting again wouldn't help
                what = "is lost" if is_of_ray(error) else "can't reach the others"
                logs.note(folder, "cluster", f"worker {rank} {what}; all begin again at the last checkpoint")
            logs.note(folder, "cluster", f"waiting up to {wait:.0f} s until there are {workers} workers again")

    trainer = TensorflowTrainer(
        on_a_worker,
        train_loop_config={"config": config, "folder": str(folder), "digits": os.environ.get("MNIST_DATA_DIR")},
        scaling_config=ScalingConfig(num_workers=workers, resources_per_worker={"CPU": 1}),
        run_config=RunConfig(
            name="ray",
            storage_path=str(folder),
            callbacks=[Notes()],
            failure_config=FailureConfig(max_failures=failures, controller_failure_limit=0),
        ),
    )
    try:
        trainer.fit()
    except Exception as error:
        kept = f"What was done so far is in {folder}; the same command goes on from the last checkpoint"
        if is_too_late(error):
            raise TimeoutError(
                f"After {wait:.0f} s there are fewer than {workers} workers. {kept}, also with fewer."
            ) from error
        reason = str(error).strip().splitlines()[-1].rstrip(".")
        raise RuntimeError(f"Training broke off: {reason}. {kept}, when the cause is mended.") from error


def is_too_late(error):
    """Whether Ray has waited in vain for workers."""
    return type(getattr(error, "controller_failure", None)).__name__ == "WorkerGroupStartupTimeoutError"


def is_lost(error):
    """Whether an error of a worker means that it, or another that it talks to, is gone."""
    import tensorflow as tf

    names = ("Unavailable", "Aborted", "Cancelled", "Internal", "DeadlineExceeded")  # the last where a network is cut
    return is_of_ray(error) or isinstance(error, tuple(getattr(tf.errors, f"{name}Error") for name in names))


def is_of_ray(error):
    """Whether Ray itself has found the fault, and not the code that it runs."""
    return type(error).__module__.startswith("ray.")


def on_a_worker(settings):
    """What Ray Train runs on each worker."""
    import ray.train
    import tensorflow as tf

    config, folder = settings["config"], settings["folder"]
    if settings["digits"]:
        os.environ["MNIST_DATA_DIR"] = settings["digits"]
    context = ray.train.get_context()
    rank, workers = context.get_world_rank(), context.get_world_size()

    def say(text):
        logs.note(folder, f"worker {rank}", text)

    say(f"process {os.getpid()} on {socket.gethostname()}, one of {workers}")
    strategy = tf.distribute.MultiWorkerMirroredStrategy()  # finds the others by TF_CONFIG, which Ray has set

    def report(figures, state):
        if rank == 0:
            save(folder, figures, state)
        ray.train.report(figures)

    training.train(strategy, rank, workers, config, report, say, last_checkpoint(folder))


def save(folder, figures, state):
    """Keeps an epoch's figures and its checkpoint, which is there as a whole or not at all.

    Ray keeps checkpoints as well, but learns of each some seconds after the workers have gone on: one that dies in
    these seconds would cost an epoch more.
    """
    checkpoints = Path(folder) / CHECKPOINTS
    checkpoints.mkdir(exist_ok=True)
    for half in checkpoints.glob(f"{PARTIAL}*"):  # of a worker that died while it wrote
        shutil.rmtree(half, ignore_errors=True)
    with open(Path(folder) / EPOCHS, "a", encoding="utf-8") as file:
        file.write(json.dumps(figures) + "\n")
    with tempfile.TemporaryDirectory(dir=checkpoints, prefix=PARTIAL, ignore_cleanup_errors=True) as partial:
        state.write(f"{partial}/{STATE}")
        os.replace(partial, checkpoints / f"epoch-{figures['epoch']:04}")
    for old in sorted(checkpoints.glob("epoch-*"))[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def last_checkpoint(folder):
    """The path of a training's last checkpoint, as `training.train` takes it; `None` without one."""
    found = sorted((Path(folder) / CHECKPOINTS).glob("epoch-*"))
    return str(found[-1] / STATE) if found else None


def read_epochs(folder):
    """The figures of all epochs so far, as `run` returns them; of an epoch that was done twice, the latest."""
    path = Path(folder) / EPOCHS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return list({figures["epoch"]: figures for figures in map(json.loads, lines)}.values())


def load(folder):
    """Returns the network of a training's last checkpoint, a `keras.Model`; raises a FileNotFoundError without one."""
    import tensorflow as tf

    checkpoint = last_checkpoint(folder)
    if not checkpoint:
        raise FileNotFoundError(f"There is no checkpoint in {folder}. Train there first.")
    model = training.build()
    tf.train.Checkpoint(model=model).read(checkpoint).expect_partial()
    return model
