"""An HTTP load generator that costs less than what it measures.

Closed loop: each connection sends one request, waits for the whole answer and
sends the next. The bytes to send are prepared before the clock starts, and an
answer is looked at only as far as its status and its end. The generator runs in
a process of its own (``python -m benchmarks.load``) and reports how busy it was:
figures taken while it was busy for more than half of the time say something
about the generator, not about the server.
"""
