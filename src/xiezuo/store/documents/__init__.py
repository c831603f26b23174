"""Documents with their sections, revisions, events and outline."""
