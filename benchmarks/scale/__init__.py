"""Whether a release index keeps its promises at the size of a data release.

A made-up release of any size, of which each dataset follows from its number, so that
nothing of it has to be kept. It is fed to the builder directly, or through a real
PostgreSQL.
"""
