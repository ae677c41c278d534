"""The light Python client; the stock client works too."""
