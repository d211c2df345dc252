"""Identifiers: their kinds, canonical forms, and values that name no person."""
