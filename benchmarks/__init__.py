"""What Butlery's speed is measured with: ``python -m benchmarks`` runs it all.

``release`` builds a repository like Data Preview 1, ``load`` sends HTTP requests as
fast as they are answered, ``serving`` uses both to measure a whole server beside the
stock one and empty ones, ``layers`` times the parts of a lookup in one process, and
``report`` prints the figures and keeps tables and pictures of the documentation.
"""
