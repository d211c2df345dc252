"""What Reunite's speed is worth, measured against its limits (README.md)."""
