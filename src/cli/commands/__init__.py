"""The sub-commands of ``butlery``."""
