"""Changing what evidence says: each change is shown before it is made, and can be undone."""
