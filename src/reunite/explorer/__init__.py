"""The explorer: see, question and repair persons in the browser."""
