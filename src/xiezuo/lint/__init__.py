"""A linter for text that a model wrote. Knows no engine and no web; worth using alone."""
