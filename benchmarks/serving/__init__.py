"""Butlery beside the stock server, and beside servers that do nothing.

All serve the same questions about one release in one PostgreSQL, each in one process
on the same event loop and HTTP parser. Before a clock runs, the answers must hold what
a direct Butler says. Then they take turns, because a shared machine is faster at one
time than at another: only rounds of one turn are compared.
"""
