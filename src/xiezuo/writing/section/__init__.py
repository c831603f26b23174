"""Writing one section: the writer and all that watches over it."""
