"""How what the client returns looks in a notebook, and as text."""
