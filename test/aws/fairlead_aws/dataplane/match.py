"""Which rule a request meets: pure, by the semantics of Application Load Balancers."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import re
from typing import Any

from ..rules import rule
from ..rules.elbv2_conditions import regexes_of, values_of

DOC = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html"


@dataclasses.dataclass(frozen=True)
class Request:
    scheme: str
    host: str  # without a port, as the client sent it
    port: int
    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    source_ip: str = "203.0.113.1"

    def header(self, name: str) -> list[str]:
        return [v for k, v in self.headers if k.lower() == name.lower()]


@functools.lru_cache(maxsize=4096)
def _pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    text = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@rule(
    "dataplane-wildcards",
    doc=DOC,
    says="* matches 0 or more characters and ? exactly one; hosts, headers and queries in any case, paths and methods in theirs.",
)
def wildcard(pattern: str, text: str, *, ignore_case: bool) -> bool:
    return _pattern(pattern, ignore_case).fullmatch(text) is not None


def _any(condition: dict[str, Any], texts: list[str], ignore_case: bool) -> bool:
    return any(wildcard(v, t, ignore_case=ignore_case) for v in values_of(condition) for t in texts) or any(
        re.fullmatch(r, t, re.IGNORECASE if ignore_case else 0) for r in regexes_of(condition) for t in texts
    )


def _query(condition: dict[str, Any], request: Request) -> bool:
    for pair in values_of(condition):
        for key, value in request.query:
            if pair.get("Key") and not wildcard(pair["Key"], key, ignore_case=True):
                continue
            if wildcard(pair["Value"], value, ignore_case=True):
                return True
    return False


def _source(condition: dict[str, Any], request: Request) -> bool:
    address = ipaddress.ip_address(request.source_ip)
    blocks = [ipaddress.ip_network(v) for v in values_of(condition)]
    return any(address in b for b in blocks if b.version == address.version)


@rule(
    "dataplane-conditions",
    doc=DOC,
    says="A condition is met by any of its values; a rule by all of its conditions.",
)
def met(condition: dict[str, Any], request: Request) -> bool:
    field = condition["Field"]
    if field == "host-header":
        return _any(condition, [request.host], True)
    if field == "path-pattern":
        return _any(condition, [request.path], False)
    if field == "http-header":
        return _any(condition, request.header(condition["HttpHeaderConfig"]["HttpHeaderName"]), True)
    if field == "http-request-method":
        return request.method in values_of(condition)
    if field == "query-string":
        return _query(condition, request)
    return _source(condition, request)


@rule(
    "dataplane-rule-order",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html",
    says="Rules are tried from the lowest priority number up; the default rule is last.",
)
def choose(rules: list[Any], request: Request) -> Any:
    """`rules` in order of priority, the default one last."""
    return next(r for r in rules if r.is_default or all(met(c, request) for c in r.conditions))
