"""Edits of a text that stands: rewrites of a selection, polish, instructions."""
