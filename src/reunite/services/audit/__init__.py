"""Checking what is stored, and deriving it anew."""
