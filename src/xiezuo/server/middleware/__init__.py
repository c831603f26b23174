"""What every request passes before its route: security, login, concurrency, log."""
