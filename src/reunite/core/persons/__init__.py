"""Persons: who they are, and the evidence that makes contacts one person."""
