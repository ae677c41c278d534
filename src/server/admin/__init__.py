"""The operators' own application, on a listener that clients do not reach."""

from .app import create_admin_app

__all__ = ["create_admin_app"]
