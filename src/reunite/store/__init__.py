"""The only code that touches rows: plain functions that speak core types."""
