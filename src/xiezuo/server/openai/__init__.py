"""OpenAI's protocol: the engine as it is, and documents for clients that do not know us."""
