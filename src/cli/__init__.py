"""The ``butlery`` command."""
