"""General queries: what lookups feel of them, and how fast many rows come.

`python -m benchmarks.queries` measures on a repository that is built for the occasion,
in a PostgreSQL of its own, with as many groups as there shall be rows.
"""
