"""Repairs of a section: score, ladder, repairs on request."""
