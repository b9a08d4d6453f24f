"""Conditions of rules."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from ..context import Context
from ..errors import AwsError
from . import rule

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html"
CONFIGS = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
REPEATABLE = ("http-header", "query-string")
WITH_REGEX = ("host-header", "path-pattern", "http-header")
HOST = re.compile(r"[A-Za-z0-9.*?-]+")
PATH = re.compile(r"""[A-Za-z0-9_\-.$/~"'@:+&*?]+""")
METHOD = re.compile(r"[A-Z_-]+")
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")


def refuse(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def values_of(condition: dict[str, Any]) -> list[Any]:
    """The values of either form; for query-string they are pairs."""
    config = condition.get(CONFIGS[condition["Field"]]) or {}
    return config.get("Values") or condition.get("Values") or []


def regexes_of(condition: dict[str, Any]) -> list[str]:
    config = condition.get(CONFIGS[condition["Field"]]) or {}
    return config.get("RegexValues") or condition.get("RegexValues") or []


def texts_of(condition: dict[str, Any]) -> list[str]:
    found = []
    for value in values_of(condition):
        found.extend(
            [value.get("Key") or "", value.get("Value") or ""] if isinstance(value, dict) else [value]
        )
    return found


def normal(condition: dict[str, Any]) -> dict[str, Any]:
    """As AWS shows it again: host and path in both forms."""
    field = condition["Field"]
    found = {k: v for k, v in condition.items() if v not in (None, [], {})}
    if field in ("host-header", "path-pattern") and values_of(condition):
        found = {**found, "Values": values_of(condition), CONFIGS[field]: {"Values": values_of(condition)}}
    return found


@rule(
    "elbv2-conditions-fields",
    doc=API + "API_RuleCondition.html",
    says="Each condition has a known field, one matching config, and values; host, path, method and source at most once.",
)
def check_conditions(context: Context, conditions: list[dict[str, Any]]) -> None:
    if not conditions:
        raise refuse("A condition must be specified")
    seen: set[str] = set()
    for condition in conditions:
        field = condition.get("Field") or ""
        if field not in CONFIGS:
            raise refuse(f"Condition field '{field}' must be one of '[{', '.join(CONFIGS)}]'")
        if field in seen and field not in REPEATABLE:
            raise refuse(f"A rule can only have one '{field}' condition")
        seen.add(field)
        check_shape(condition)
        CHECKS[field](condition)
    check_counts(context, conditions)


def check_shape(condition: dict[str, Any]) -> None:
    field = condition["Field"]
    foreign = [c for f, c in CONFIGS.items() if f != field and condition.get(c)]
    if foreign:
        raise refuse(f"The '{foreign[0]}' field is not compatible with '{field}'")
    if condition.get("Values"):
        if field not in ("host-header", "path-pattern"):
            raise refuse(f"The 'Values' field is not compatible with '{field}'")
        if condition.get(CONFIGS[field]):
            if values_of(condition) != condition["Values"]:
                raise refuse(
                    f"You cannot provide both Values and '{CONFIGS[field]}' for a condition of type '{field}'"
                )
        elif len(condition["Values"]) > 1:
            raise refuse(f"The '{field}' field contains too many values; the limit is '1'")
    if regexes_of(condition) and field not in WITH_REGEX:
        raise refuse(f"The 'RegexValues' field is not compatible with '{field}'")
    texts = [*texts_of(condition), *regexes_of(condition)]
    if not any(texts):
        raise refuse("A condition value must be specified")
    if field != "query-string" and any(t == "" for t in texts):
        raise refuse("A condition value cannot be empty")
    check_lengths(field, texts)


@rule(
    "elbv2-conditions-length",
    doc=API + "API_RuleCondition.html",
    says="A value has at most 128 characters, a method and a header name 40.",
)
def check_lengths(field: str, texts: list[str]) -> None:
    longest = 40 if field == "http-request-method" else 128
    if any(len(t) > longest for t in texts):
        raise refuse(f"The '{field}' value is too long; the limit is '{longest}'")


@rule(
    "elbv2-conditions-host",
    doc=API + "API_HostHeaderConditionConfig.html",
    says="A host has letters, digits, - . * ?, at least one dot, and only letters after the last dot.",
)
def check_host(condition: dict[str, Any]) -> None:
    for value in values_of(condition):
        if not HOST.fullmatch(value):
            raise refuse(
                f"The 'host-header' value '{value}' contains invalid characters; the allowed characters are A-Z, a-z, 0-9, -, ., * and ?"
            )
        if "." not in value or not re.fullmatch(r"[A-Za-z]+", value.rpartition(".")[2]):
            raise refuse(
                f"The 'host-header' value '{value}' must include at least one '.' character, with only alphabetical characters after the final one"
            )


@rule(
    "elbv2-conditions-path",
    doc=GUIDE + "#path-conditions",
    says="A path pattern has letters, digits and _-.$/~\"'@:+&*? only.",
)
def check_path(condition: dict[str, Any]) -> None:
    for value in values_of(condition):
        if not PATH.fullmatch(value):
            raise refuse(f"The 'path-pattern' value '{value}' contains invalid characters")


@rule(
    "elbv2-conditions-header",
    doc=GUIDE + "#http-header-conditions",
    says="A header name is an HTTP token, has no wildcard, and is not Host.",
)
def check_header(condition: dict[str, Any]) -> None:
    name = (condition.get("HttpHeaderConfig") or {}).get("HttpHeaderName") or ""
    if len(name) > 40:
        raise refuse("The 'HttpHeaderName' value is too long; the limit is '40'")
    if not HEADER_NAME.fullmatch(name) or "*" in name:
        raise refuse(f"The 'HttpHeaderName' value '{name}' is not valid")
    if name.lower() == "host":
        raise refuse("The host header cannot be specified in an 'http-header' condition; use 'host-header'")


@rule(
    "elbv2-conditions-method",
    doc=GUIDE + "#http-request-method-conditions",
    says="A method has A-Z, hyphen and underscore; wildcards are not supported.",
)
def check_method(condition: dict[str, Any]) -> None:
    for value in values_of(condition):
        if not METHOD.fullmatch(value):
            raise refuse(
                "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore"
            )


@rule(
    "elbv2-conditions-query",
    doc=API + "API_QueryStringKeyValuePair.html",
    says="A query string condition has a value; the key is optional.",
)
def check_query(condition: dict[str, Any]) -> None:
    for pair in values_of(condition):
        if not pair.get("Value"):
            raise refuse("A 'Value' must be specified in 'QueryStringKeyValuePair'")


@rule(
    "elbv2-conditions-source-ip",
    doc=API + "API_SourceIpConditionConfig.html",
    says="A source is a CIDR block of IPv4 or IPv6, without wildcards, and not 255.255.255.255/32.",
)
def check_source(condition: dict[str, Any]) -> None:
    for value in values_of(condition):
        try:
            block = ipaddress.ip_network(value)
        except ValueError:
            raise refuse(f"The 'source-ip' value '{value}' must be a valid CIDR block") from None
        if "/" not in value or str(block) == "255.255.255.255/32":
            raise refuse(f"The 'source-ip' value '{value}' must be a valid CIDR block")


@rule(
    "elbv2-conditions-count",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html",
    says="A rule has at most 5 condition values and 5 wildcards.",
)
def check_counts(context: Context, conditions: list[dict[str, Any]]) -> None:
    most, each = context.config["conditionValuesPerRule"], context.config["stringsPerCondition"]
    counts = [len(values_of(c)) + len(regexes_of(c)) for c in conditions]
    if sum(counts) > most:
        raise refuse(f"A rule can have at most '{most}' condition values, but '{sum(counts)}' were specified")
    if max(counts) > each:
        raise refuse(f"A condition can have at most '{each}' values, but '{max(counts)}' were specified")
    stars = sum(
        len(re.findall(r"[*?]", t)) for c in conditions if c["Field"] != "source-ip" for t in texts_of(c)
    )
    if stars > context.config["conditionWildcardsPerRule"]:
        raise refuse(
            f"A rule can have at most '{context.config['conditionWildcardsPerRule']}' wildcards, but '{stars}' were specified"
        )


CHECKS = {
    "host-header": check_host,
    "path-pattern": check_path,
    "http-header": check_header,
    "http-request-method": check_method,
    "query-string": check_query,
    "source-ip": check_source,
}
