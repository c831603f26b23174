"""OpenAI's protocol: direct access to the engine, and a model that writes whole documents."""
