"""Model files: the catalogue, installed files, downloads, headers."""
