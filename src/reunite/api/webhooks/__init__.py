"""The endpoints of webhooks."""
