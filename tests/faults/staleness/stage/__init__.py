"""Writers, servers and an observer that knows what was true when."""
