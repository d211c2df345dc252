"""Writing what identify decides."""
