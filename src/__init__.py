"""Butlery: a Data Butler server built around a cache that is never wrong."""

__version__ = "0.1.0"
