"""Files of other kinds: what documents are written as, and what is read as a document."""
