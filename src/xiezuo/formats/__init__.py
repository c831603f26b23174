"""Export of documents to file formats, and import of files as documents."""
