"""Follows the stream of changes, and says how far what it heard can be trusted."""
