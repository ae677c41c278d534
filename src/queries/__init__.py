"""General queries: the worker processes that answer them through ``lsst-daf-butler``.

`python -m butlery.queries` is a *nursery*: it imports daf_butler once and forks the
workers that a web process wants, each of which runs one query at a time. Nothing else
of ours may import daf_butler, and nothing may import this.
"""
