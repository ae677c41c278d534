"""Servers watched through the stock client: what they say, and how soon."""
