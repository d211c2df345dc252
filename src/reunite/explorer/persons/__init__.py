"""Finding a person, and seeing everything that is known about it."""
