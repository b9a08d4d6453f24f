"""What targets answer to health checks and requests. Healthy, unless a test says otherwise."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..context import Context

BEHAVIOURS = ("ok", "status", "timeout", "refused")
REASONS = {
    "status": ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [{status}]"),
    "timeout": ("Target.Timeout", "Request timed out"),
    "refused": ("Target.FailedHealthChecks", "Health checks failed"),
}


@dataclasses.dataclass(frozen=True)
class Answer:
    since: float
    healthy: bool
    behaviour: str = "ok"
    status: int = 200

    def reason(self) -> tuple[str, str]:
        code, text = REASONS[self.behaviour]
        return code, text.format(status=self.status)


HEALTHY = Answer(since=float("-inf"), healthy=True)
_answers: dict[tuple[str, int | None], list[Answer]] = {}


def history(target: str, port: int) -> list[Answer]:
    """What a target answered over time, oldest first; what was said of one port goes before what was said of all."""
    said = _answers.get((target, port)) or _answers.get((target, None)) or []
    return [HEALTHY, *said]


def say(context: Context, body: dict[str, Any]) -> dict[str, Any]:
    """{"id", "port"?, "healthy"?, "behaviour"? ok|status|timeout|refused, "status"?}"""
    healthy = body.get("healthy", body.get("behaviour", "ok") == "ok")
    behaviour = body.get("behaviour") or ("ok" if healthy else "status")
    if behaviour not in BEHAVIOURS:
        raise ValueError(f"behaviour {behaviour!r} is not one of {', '.join(BEHAVIOURS)}")
    if healthy != (behaviour == "ok"):
        raise ValueError(f"a target that is healthy={healthy} cannot answer {behaviour!r}")
    answer = Answer(context.now(), healthy, behaviour, int(body.get("status", 200 if healthy else 503)))
    key = (str(body["id"]), int(body["port"]) if body.get("port") is not None else None)
    # What was said of all ports before was also said of this one.
    _answers.setdefault(key, list(_answers.get((key[0], None), []))).append(answer)
    if key[1] is None:
        for (target, port), said in _answers.items():
            if target == key[0] and port is not None:
                said.append(answer)
    return {"id": key[0], "port": key[1], **dataclasses.asdict(answer)}


def reset(_context: Context) -> None:
    _answers.clear()


def install(context: Context) -> None:
    context.endpoint("POST", "/_fairlead/targets")(lambda _query, body: say(context, body))
