"""Editing the policy, and seeing what it would do before it is saved."""
