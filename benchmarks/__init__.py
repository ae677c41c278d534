"""What Butlery's speed is measured with: ``python -m benchmarks`` runs it all.

``load`` sends HTTP requests as fast as they are answered, ``serving`` uses it to
measure a whole server beside an empty one, ``layers`` times the parts of a
lookup in one process, and ``report`` prints the figures and keeps the table of
the documentation.
"""
