"""The endpoints that identify and resolve."""
