"""Files in, contacts out: readers, the set-based planner on DuckDB, and what feeds the services."""
