"""One module for each format that documents are exported in; each has `write`."""
