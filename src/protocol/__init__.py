"""What crosses the wire, and nothing else.

One module per family of messages; names and JSON shapes are those of
``lsst.daf.butler``, protocol ``v1``. Everything here is plain data: no module of
this package imports another part of Butlery.
"""
