"""Imports: uploads, their rows, and how far they are."""
