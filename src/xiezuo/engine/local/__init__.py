"""The local engine: a supervised child process."""
