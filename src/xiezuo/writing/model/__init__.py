"""The data of writing: brief, outline, manuscript, events, candidates."""
