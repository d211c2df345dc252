"""Webhooks: who is told, when a delivery is attempted, and which addresses are never called."""
