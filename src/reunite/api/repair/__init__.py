"""The endpoints of repairs."""
