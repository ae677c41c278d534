"""How the commands for operators speak to running servers, and show what they say."""

from ..showing import Showing
from .answers import show_answers
from .connection import AdminConnection, AdminError
from .options import admin_options, repository_argument

__all__ = [
    "AdminConnection",
    "AdminError",
    "Showing",
    "admin_options",
    "repository_argument",
    "show_answers",
]
