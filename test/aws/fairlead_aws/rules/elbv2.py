"""The rules of elbv2."""

from __future__ import annotations

from ..context import Context


def install(context: Context) -> None:
    """Called once at start."""


def reset(context: Context) -> None:
    """Called on every reset."""
