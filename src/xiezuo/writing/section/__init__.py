"""Writing one section: the writer, its guard, and what the model sees."""
