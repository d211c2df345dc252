"""The endpoints of the policy."""
