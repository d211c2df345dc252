"""Importing files, and exporting what is stored."""
