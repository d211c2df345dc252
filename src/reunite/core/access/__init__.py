"""Access: the form of API keys, their scopes, and what a key may do."""
