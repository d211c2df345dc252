"""What all endpoints share: JSON, errors, operations, their description."""
