"""One module for each use case: it owns the transaction and returns a result."""
