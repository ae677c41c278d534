"""How a server is asked: addresses, tokens, requests, and their repetition."""
