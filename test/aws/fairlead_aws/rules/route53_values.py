"""What a record set must look like by itself."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from . import rule
from .route53_names import canonical, fatal, name_problem

CHANGE = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html"
RRSET = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"
TYPES = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html"
POLICIES = {
    "Weight": "weighted",
    "Region": "latency",
    "Failover": "failover",
    "GeoLocation": "geolocation",
    "MultiValueAnswer": "multivalue answer",
    "GeoProximityLocation": "geoproximity",
    "CidrRoutingConfig": "cidr",
}
FIELDS = (
    "[Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig]"
)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def policy_of(record: dict[str, Any]) -> str | None:
    for field, policy in POLICIES.items():
        if record.get(field) is not None:
            return policy
    return None


def where(change: dict[str, Any]) -> str:
    record = change["ResourceRecordSet"]
    name = canonical(record["Name"])
    identifier = record.get("SetIdentifier", "null")
    return f"Change with [Action={change['Action']}, Name={name}, Type={record['Type']}, SetIdentifier={identifier}]"


@rule(
    "R53-TTL-OR-ALIAS",
    doc=RRSET,
    says="A record set has an alias target, or a TTL and values; neither or both is refused, and for a DELETE too.",
)
def shape_problem(change: dict[str, Any]) -> str | None:
    record = change["ResourceRecordSet"]
    alias = record.get("AliasTarget") is not None
    plain = record.get("TTL") is not None, bool(record.get("ResourceRecords"))
    if record.get("TrafficPolicyInstanceId"):
        return None
    expected = (
        "Invalid request: Expected exactly one of "
        "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found"
    )
    if alias and any(plain):
        return f"{expected} more than one in {where(change)}"
    if not alias and not any(plain):
        return f"{expected} none in {where(change)}"
    if not alias and not all(plain):
        missing = "TTL" if plain[1] else "ResourceRecords"
        return f"Invalid request: Missing field '{missing}' in {where(change)}"
    return None


@rule("R53-SET-IDENTIFIER", doc=RRSET, says="A routing policy needs a SetIdentifier, and the other way round; one policy each.")
def routing_problem(change: dict[str, Any]) -> str | None:
    record = change["ResourceRecordSet"]
    fields = [f for f in POLICIES if record.get(f) is not None]
    if len(fields) > 1:
        return f"Invalid request: Expected exactly one of {FIELDS}, but found more than one in {where(change)}"
    if fields and record.get("SetIdentifier") is None:
        return f"Invalid request: Missing field 'SetIdentifier' in {where(change)}"
    if not fields and record.get("SetIdentifier") is not None:
        return f"Invalid request: Expected exactly one of {FIELDS}, but found none in {where(change)}"
    return None


@rule("R53-VALUES", doc=TYPES, says="A holds IPv4, AAAA IPv6, CNAME one name; a value is there once; 400 at most.")
@rule("R53-TXT", doc=TYPES, says="TXT values are quoted strings of 255 characters at most each.")
def value_problems(record: dict[str, Any]) -> list[str]:
    values = [v["Value"] for v in record.get("ResourceRecords") or []]
    kind = record["Type"]
    problems = []
    for value in values:
        problem = _value_problem(kind, value)
        if problem:
            problems.append(f"Invalid Resource Record: {problem}")
    for value in sorted({v for v in values if values.count(v) > 1}):
        problems.append(f"Duplicate Resource Record: '{value}'")
    if kind == "CNAME" and len(values) > 1:
        text = "CNAME record sets hold one value"
        problems.append(f"Invalid Resource Record: {fatal('TooManyResourceRecords', text, record['Name'])}")
    if len(values) > 400:
        problems.append(f"Number of resource records ({len(values)}) exceeds the limit of 400 per record set.")
    return problems


def _value_problem(kind: str, value: str) -> str | None:
    if kind == "A":
        return _address(ipaddress.IPv4Address, value, "ARRDATAIllegalIPv4Address", "IPv4")
    if kind == "AAAA":
        return _address(ipaddress.IPv6Address, value, "AAAARRDATAIllegalIPv6Address", "IPv6")
    if kind in ("CNAME", "NS", "PTR"):
        return name_problem(value)
    if kind in ("TXT", "SPF"):
        return _strings(value)
    if kind == "MX" and not re.fullmatch(r"\d+\s+\S+", value):
        return fatal("MXRRDATAMissingPriority", "MX records must have a priority and a domain name", value)
    if kind == "SRV" and not re.fullmatch(r"\d+\s+\d+\s+\d+\s+\S+", value):
        return fatal("SRVRRDATANotFourFields", "SRV records must have four fields", value)
    return None


def _address(family: Any, value: str, code: str, name: str) -> str | None:
    try:
        family(value)
    except ValueError:
        return fatal(code, f"Value is not a valid {name} address", value)
    return None


def _strings(value: str) -> str | None:
    if not re.fullmatch(r'\s*"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*\s*', value, re.S):
        text = "Value should be enclosed in quotation marks"
        return fatal("InvalidCharacterString", text, value)
    for part in QUOTED.findall(value):
        if len(re.sub(r"\\(?:[0-7]{3}|.)", "x", part)) > 255:
            return fatal("CharacterStringTooLong", "Value is too long", value)
    return None
