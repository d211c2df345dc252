"""Identify: one request, a batch, or a question that writes nothing."""
