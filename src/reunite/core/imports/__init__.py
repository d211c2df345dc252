"""Files: how their rows are read."""
