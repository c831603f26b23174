"""Model files: what is known, what is here, downloads and their headers."""
