"""Access: who may come in, keys and workspaces."""
