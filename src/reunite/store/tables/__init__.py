"""The tables, a module each."""
