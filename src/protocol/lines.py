"""JSON documents as lines, of which the stock client sees neither more nor fewer.

It takes some characters for the end of a line, wherever they stand; in JSON they can
stand only within strings.
"""

_LINE_ENDS = {end.encode(): rf"\u{ord(end):04x}".encode() for end in "\x85\u2028\u2029"}


def as_line(document: bytes) -> bytes:
    """Return a document in UTF-8 as a line, with its end."""
    for end, escaped in _LINE_ENDS.items():
        document = document.replace(end, escaped)
    return document + b"\n"
