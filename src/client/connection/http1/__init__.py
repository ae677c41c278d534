"""HTTP/1.1 over sockets that block: what a lookup needs, and no more.

A lookup costs a server less than any general library costs its client
(docs/decisions/0014). Here one request is one write, and its answer is parsed by
llhttp, which is strict. Every wait is bounded from outside.
"""

from .sockets import Sockets

__all__ = ["Sockets"]
