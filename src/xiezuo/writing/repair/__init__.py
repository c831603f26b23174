"""Removing the faults of a section: score, ladder, repairs on request."""
