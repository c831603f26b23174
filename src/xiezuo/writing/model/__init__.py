"""What writing works on, as data: brief, outline, manuscript, events."""
