"""ASGI middleware: request log, security, authentication, concurrency, fast path."""
