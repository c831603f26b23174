"""Edits of an existing text: rewrites of a selection, polish, instructions."""
