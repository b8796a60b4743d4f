"""Several processes on one machine: a supervisor, and the children that it starts, watches and restarts together."""
