"""Changing stored keys when the policy changes."""
