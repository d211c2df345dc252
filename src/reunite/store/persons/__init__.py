"""Reading persons, one at a time or all of them."""
