"""The one error of this part; its own module, as all others raise it."""


class NotCutError(Exception):
    """Something hidden may be in an answer: it must not be sent."""
