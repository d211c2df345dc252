"""The endpoints that read persons."""
