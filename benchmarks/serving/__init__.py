"""A whole server under load, beside an empty one on the same machine.

The server is started on the demo repository and asked each question once; only if
its answers hold what a direct Butler says is it put under load. The empty
server runs on the same event loop and HTTP parser, decodes the same body and
returns the same bytes: what Butlery costs beyond it is what Butlery does.
"""
