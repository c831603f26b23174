"""The HTTP service: the studio's API, event streams, and OpenAI's protocol."""
