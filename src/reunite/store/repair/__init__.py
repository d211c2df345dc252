"""Writing what repairs decide."""
