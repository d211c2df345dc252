"""Repairs: each use case in its own module."""
