"""A whole server under load, beside an empty one on the same machine.

The server is started on the demo repository, asked each question once and its
answers compared with the Butler's own, and only then put under load. The empty
server runs on the same event loop and HTTP parser, decodes the same body and
returns the same bytes: what Butlery costs beyond it is what Butlery does.
"""
