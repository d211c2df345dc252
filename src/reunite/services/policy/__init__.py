"""Changing, simulating and applying the policy."""
