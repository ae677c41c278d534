"""``python -m butlery`` is the ``butlery`` command."""

from .cli import main

main()
