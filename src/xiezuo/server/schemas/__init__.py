"""JSON schemas of the API, one file per subject."""
