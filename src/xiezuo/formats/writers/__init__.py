"""Writers of export formats, one module each, with a function `write`."""
