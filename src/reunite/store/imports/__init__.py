"""Loading many rows at once."""
