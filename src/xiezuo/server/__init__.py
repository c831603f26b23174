"""The HTTP service: the API of the studio, events, and OpenAI's protocol. HTTP only, no writing."""
