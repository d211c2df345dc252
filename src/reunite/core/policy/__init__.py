"""The policy of a workspace: what counts as an identifier, and the keys that follow."""
