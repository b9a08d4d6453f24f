"""The control endpoints under /_fairlead/."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from .rules import RULES
from .seed import seed
from .state import state

if TYPE_CHECKING:
    from .app import App


def install(app: App) -> None:
    context = app.context

    @context.endpoint("GET", "/_fairlead/health")
    def health(query: dict[str, str], body: Any) -> Any:
        return {"ok": True}

    @context.endpoint("GET", "/_fairlead/rules")
    def rules(query: dict[str, str], body: Any) -> Any:
        return sorted(RULES.values(), key=lambda r: r["id"])

    @context.endpoint("GET", "/_fairlead/clock")
    def clock(query: dict[str, str], body: Any) -> Any:
        return {"now": round(context.now() * 1000), "simulated": context.clock.simulated}

    @context.endpoint("POST", "/_fairlead/clock")
    def set_clock(query: dict[str, str], body: Any) -> Any:
        context.clock.set(body["now"])
        return clock(query, None)

    @context.endpoint("GET", "/_fairlead/config")
    def config(query: dict[str, str], body: Any) -> Any:
        return dict(context.config)

    @context.endpoint("POST", "/_fairlead/config")
    def set_config(query: dict[str, str], body: Any) -> Any:
        unknown = sorted(set(body) - set(context.config))
        if unknown:
            raise ValueError(f"unknown configuration: {', '.join(unknown)}")
        context.config.merge(body)
        return dict(context.config)

    @context.endpoint("GET", "/_fairlead/calls")
    def calls(query: dict[str, str], body: Any) -> Any:
        found = context.calls.read(
            int(query.get("since", 0)), query.get("service"), query.get("operation")
        )
        return {"calls": found}

    @context.endpoint("GET", "/_fairlead/calls/count")
    def count_calls(query: dict[str, str], body: Any) -> Any:
        found = context.calls.read(
            int(query.get("since", 0)), query.get("service"), query.get("operation")
        )
        return dict(sorted(Counter(f"{c['service']}:{c['operation']}" for c in found).items()))

    @context.endpoint("POST", "/_fairlead/calls/reset")
    def reset_calls(query: dict[str, str], body: Any) -> Any:
        context.calls.reset()
        return {}

    @context.endpoint("GET", "/_fairlead/buckets")
    def buckets(query: dict[str, str], body: Any) -> Any:
        return context.buckets.levels()

    @context.endpoint("POST", "/_fairlead/faults")
    def add_faults(query: dict[str, str], body: Any) -> Any:
        return context.faults.install(body)

    @context.endpoint("GET", "/_fairlead/faults")
    def faults(query: dict[str, str], body: Any) -> Any:
        return context.faults.read()

    @context.endpoint("DELETE", "/_fairlead/faults")
    def remove_faults(query: dict[str, str], body: Any) -> Any:
        context.faults.reset()
        return []

    @context.endpoint("POST", "/_fairlead/reset")
    def reset(query: dict[str, str], body: Any) -> Any:
        app.reset()
        return {}

    @context.endpoint("POST", "/_fairlead/seed")
    def plant(query: dict[str, str], body: Any) -> Any:
        return seed(context, body or {})

    @context.endpoint("GET", "/_fairlead/state")
    def everything(query: dict[str, str], body: Any) -> Any:
        return state(context, query.get("account"))
