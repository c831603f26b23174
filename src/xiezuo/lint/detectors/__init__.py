"""Detectors that several rules share: loops, chatter, headings, phrases, similarity."""
