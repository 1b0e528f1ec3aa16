"""Trains on several workers: `python -m mnist_helpers.distributed --workers 4 FOLDER`."""

import argparse
import sys

from mnist_helpers import console, device

device.start()  # before the imports below, which load TensorFlow

from mnist_helpers.distributed import cluster, digits, training  # noqa: E402


def main():
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m mnist_helpers.distributed", description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="for checkpoints and figures; a training that is in it goes on")
    parser.add_argument("--workers", type=int, default=2, help="how many processes train (2)")
    parser.add_argument("--address", help="of a Ray cluster, HOST:PORT or auto; without, one is started here")
    parser.add_argument("--wait", type=float, default=120, help="seconds to wait for missing workers (120)")
    for name, value in training.DEFAULTS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"({value})")
    arguments = vars(parser.parse_args())
    try:
        cluster.run(**arguments)
        images, labels = digits.read("test", 10_000)
        read = cluster.load(arguments["folder"]).predict(images, verbose=0, batch_size=1000).argmax(axis=1)
        console.say(f"test accuracy {(read == labels.argmax(axis=1)).mean():.2%}")
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
