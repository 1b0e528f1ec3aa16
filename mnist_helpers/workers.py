"""Several workers, as notebook 15 uses them: their training loop, their digits, and a job that runs them."""

from mnist_helpers.distributed import digits, training
from mnist_helpers.distributed.job import Job

__all__ = ["Job", "digits", "training"]
