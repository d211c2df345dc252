"""Reading what checks and rebuilds compare."""
