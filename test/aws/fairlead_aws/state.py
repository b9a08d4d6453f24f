"""GET /_fairlead/state: everything that exists, per account, for "nothing left over" and the data plane."""

from __future__ import annotations

from typing import Any

from .backends import ACCOUNTS
from .context import Context


def state(context: Context, account: str | None = None) -> dict[str, Any]:
    accounts = (account,) if account else ACCOUNTS
    return {
        "now": round(context.now() * 1000),
        "accounts": {
            a: {name: part(a) for name, part in context.state_parts.items()} for a in accounts
        },
    }
