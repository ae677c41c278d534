"""Our client beside the stock client, over one server.

Each figure is of a process of its own, which imports nothing before it is measured;
the clients take turns.
"""
