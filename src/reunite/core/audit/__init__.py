"""Checking: what stored rows must be, derived again from the evidence."""
