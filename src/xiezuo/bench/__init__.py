"""Measures an engine through our own client, and sets each figure beside its physical limit."""
