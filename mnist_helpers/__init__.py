"""The parts of the notebooks that a learner need not read: data, plots, live curves, the scoreboard."""
