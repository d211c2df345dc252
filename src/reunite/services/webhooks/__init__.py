"""Webhooks: who is told of events, the deliveries, and the work of sending them."""
