"""Training on several workers: `training` is the loop, `cluster` starts it on Ray, `job` watches it from a notebook."""
