"""Repairs: what changes when an operator gives or takes evidence."""
