"""Linting and parsing of untrusted texts in subprocesses with limits."""
