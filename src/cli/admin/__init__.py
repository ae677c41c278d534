"""How the commands for operators speak to running servers, and show what they say."""

from .connection import AdminConnection, AdminError
from .options import admin_options, repository_argument
from .showing import Showing, show_answers

__all__ = [
    "AdminConnection",
    "AdminError",
    "Showing",
    "admin_options",
    "repository_argument",
    "show_answers",
]
