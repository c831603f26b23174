"""Code blocks: whether they parse, and what is wrong where they do not."""
