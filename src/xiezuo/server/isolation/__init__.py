"""Work on texts of unknown intent, in limited subprocesses."""
