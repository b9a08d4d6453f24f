"""POST /_fairlead/seed: a network, instances and hosted zones to build on."""

from __future__ import annotations

from typing import Any

from .context import Context


def seed(context: Context, wanted: dict[str, Any]) -> dict[str, Any]:
    raise ValueError("seed")
