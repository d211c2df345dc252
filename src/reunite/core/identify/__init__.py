"""Identify: what a request, or many in a row, change."""
