"""What developers run through make."""
