"""Readers of files as Markdown; each function is named in a row of the registry."""
