"""Webhooks: who is told, by which secrets, and how far each delivery is."""
