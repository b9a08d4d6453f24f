"""A batch of changes: all of it or none of it."""

from __future__ import annotations

from typing import Any

from ..errors import AwsError
from . import rule
from .route53_alias import alias_problem, target_of
from .route53_names import name_problem, shown, within
from .route53_values import CHANGE, policy_of, routing_problem, shape_problem, value_problems
from .route53_zone import Key, Record, Zone, key_of

QUOTA = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"
CNAME = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#CNAMEFormat"
SOA_NS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"
ROUTING = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy.html"
Change = dict[str, Any]


def invalid(messages: list[str]) -> AwsError:
    return AwsError("InvalidChangeBatch", "[" + ", ".join(messages) + "]")


@rule("R53-BATCH-SIZE", doc=QUOTA, says="1000 records and 32,000 characters of values a batch; an UPSERT counts twice for both.")
def check_size(changes: list[Change]) -> None:
    records = characters = 0
    for change in changes:
        times = 2 if change["Action"] == "UPSERT" else 1
        values = change["ResourceRecordSet"].get("ResourceRecords")
        records += times * (len(values) if values else 1)
        characters += times * sum(len(v["Value"]) for v in values or ())
    if records > 1000:
        raise invalid(["Number of records limit of 1000 exceeded."])
    if characters > 32000:
        raise invalid(["Number of characters limit of 32000 exceeded."])


def check_shapes(changes: list[Change]) -> None:
    """InvalidInput, not InvalidChangeBatch: these come before the zone is looked at."""
    for change in changes:
        problem = shape_problem(change) or routing_problem(change)
        if problem:
            raise AwsError("InvalidInput", problem)


@rule("R53-ONCE-PER-BATCH", doc=CHANGE, says="A record set is changed once in a batch, or deleted and then created.")
def once_problems(changes: list[Change]) -> list[str]:
    seen: dict[Key, list[str]] = {}
    for change in changes:
        seen.setdefault(key_of(change["ResourceRecordSet"]), []).append(change["Action"])
    return [
        "The request contains an invalid set of changes for a resource record set "
        f"'{key[1]} {shown(key[0])}'"
        for key, actions in seen.items()
        if len(actions) > 1 and actions != ["DELETE", "CREATE"]
    ]


def described(key: Key) -> str:
    identifier = f", set-identifier='{key[2]}'" if key[2] else ""
    return f"[name='{shown(key[0])}', type='{key[1]}'{identifier}]"


def same(a: Record, b: Record) -> bool:
    """Whether a DELETE says what is there. Values in any order; the health check and multivalue flag may be left out."""
    if a.get("AliasTarget") is not None or b.get("AliasTarget") is not None:
        if a.get("AliasTarget") is None or b.get("AliasTarget") is None:
            return False
        x, y = a["AliasTarget"], b["AliasTarget"]
        if target_of(a) != target_of(b) or x["HostedZoneId"] != y["HostedZoneId"]:
            return False
        if bool(x.get("EvaluateTargetHealth")) != bool(y.get("EvaluateTargetHealth")):
            return False
    elif a.get("TTL") != b.get("TTL") or _values(a) != _values(b):
        return False
    return all(a.get(f) == b.get(f) for f in ("Weight", "Region", "Failover", "GeoLocation"))


def _values(record: Record) -> list[str]:
    return sorted(v["Value"] for v in record.get("ResourceRecords") or [])


@rule("R53-DELETE-EXACT", doc=CHANGE, says="A DELETE names a record set that exists, with exactly its values.")
def delete_problem(zone: Zone, key: Key, record: Record) -> str | None:
    there = zone.records.get(key)
    if there is None:
        return f"Tried to delete resource record set {described(key)} but it was not found"
    if not same(there, record):
        return (
            f"Tried to delete resource record set {described(key)} "
            "but the values provided do not match the current values"
        )
    return None


@rule("R53-APEX-PROTECTED", doc=SOA_NS, says="The SOA and NS record sets of the zone itself stay.")
def apex_problem(zone: Zone, key: Key, action: str) -> str | None:
    if action != "DELETE" or key[0] != zone.name:
        return None
    if key[1] == "SOA":
        return "A HostedZone must contain exactly one SOA record."
    if key[1] == "NS":
        return "A HostedZone must contain at least one NS record for the zone itself."
    return None


@rule("R53-CNAME-ALONE", doc=CNAME, says="A CNAME stands beside no other record set of its name.")
@rule("R53-CNAME-APEX", doc=CNAME, says="There is no CNAME at the apex of a zone.")
@rule("R53-ROUTING-MIX", doc=ROUTING, says="All record sets of a name and type have one routing policy.")
def neighbour_problem(zone: Zone, key: Key, record: Record, after: dict[Key, Record]) -> str | None:
    name, kind, identifier = key
    if kind == "CNAME" and name == zone.name:
        return f"RRSet of type CNAME with DNS name {shown(name)} is not permitted at apex in zone {zone.name}"
    for other, there in after.items():
        if other[0] != name or other == key:
            continue
        if (other[1] == "CNAME") != (kind == "CNAME"):
            return (
                f"RRSet of type {kind} with DNS name {shown(name)} is not permitted because a conflicting "
                f"RRSet of type {other[1]} with the same DNS name already exists in zone {zone.name}"
            )
        if other[1] != kind:
            continue
        mine, theirs = policy_of(record), policy_of(there)
        if mine != theirs:
            suffix = f", SetIdentifier {identifier}" if identifier else ""
            start = f"RRSet with DNS name {shown(name)}, type {kind}{suffix} cannot be created as"
            if mine is None or theirs is None:
                return f"{start} other RRSets exist with the same name and type."
            return f"{start} a non-{mine} set exists with the same name and type."
    return None


@rule("R53-BATCH-ATOMIC", doc=CHANGE, says="A batch is done whole or not at all; every problem is named.")
@rule("R53-CREATE-EXISTS", doc=CHANGE, says="A CREATE of a record set that exists is refused.")
@rule("R53-IN-ZONE", doc=CHANGE, says="A record set lies within its zone.")
def check(zone: Zone, changes: list[Change], limit: int) -> dict[Key, Record | None]:
    """The changes by key, None for a deletion; raises when any of them is not possible."""
    problems = once_problems(changes)
    result: dict[Key, Record | None] = {}
    written: list[tuple[Key, Record]] = []
    for change in changes:
        record, action = change["ResourceRecordSet"], change["Action"]
        key = key_of(record)
        problem = name_problem(record["Name"])
        if problem is None and not within(key[0], zone.name):
            problem = f"RRSet with DNS name {shown(key[0])} is not permitted in zone {zone.name}"
        if problem:
            problems.append(problem)
            continue
        if action == "DELETE":
            found = delete_problem(zone, key, record) or apex_problem(zone, key, action)
            if found:
                problems.append(found)
            result[key] = None
            continue
        there = key in zone.records and not (key in result and result[key] is None)
        if action == "CREATE" and there:
            problems.append(f"Tried to create resource record set {described(key)} but it already exists")
        problems += value_problems(record)
        result[key] = {**record, "Name": key[0]}
        written.append((key, result[key]))  # type: ignore[arg-type]
    problems += _after_problems(zone, result, written, limit)
    if problems:
        raise invalid(list(dict.fromkeys(problems)))
    return result


def _after_problems(
    zone: Zone, result: dict[Key, Record | None], written: list[tuple[Key, Record]], limit: int
) -> list[str]:
    """What cannot stand beside what will be there."""
    changed: dict[str, dict[Key, Record | None]] = {}
    for key, record in result.items():
        changed.setdefault(key[0], {})[key] = record

    def named(name: str) -> dict[Key, Record]:
        there: dict[Key, Record | None] = {k: zone.records[k] for k in zone.of_name(name)}
        there.update(changed.get(name, {}))
        return {k: r for k, r in there.items() if r is not None}

    def exists(name: str, kind: str) -> bool:
        return any(k[1] == kind for k in named(name))

    problems = []
    for key, record in written:
        found = neighbour_problem(zone, key, record, named(key[0]))
        if found:
            problems.append(found)
        if record.get("AliasTarget") is not None:
            found = alias_problem(zone, record, exists)
            if found:
                problems.append(found)
    grown = sum((r is not None) - (k in zone.records) for k, r in result.items())
    if len(zone.records) + grown > limit:
        problems.append(f"Number of resource record sets limit of {limit} exceeded in zone {zone.name}")
    return problems
