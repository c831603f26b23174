"""Readers that convert files to Markdown; the rows of the registry name their functions."""
