"""Syntax checks of code blocks."""
