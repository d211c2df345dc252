"""Reading persons: show, explain, search, count, export."""
