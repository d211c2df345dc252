"""Access: API keys and workspaces as rows."""
