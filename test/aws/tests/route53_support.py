"""Record sets and batches, for the Route53 tests."""

from __future__ import annotations


def rr(name, kind="A", *values, ttl=300, **more):
    values = values or (("192.0.2.1",) if kind == "A" else ())
    record = {"Name": name, "Type": kind, **more}
    if values and "AliasTarget" not in more:
        record |= {"TTL": ttl, "ResourceRecords": [{"Value": v} for v in values]}
    return record


def change(r53, zone, *pairs):
    """change(r53, zone, ("CREATE", record), ...)"""
    changes = [{"Action": action, "ResourceRecordSet": record} for action, record in pairs]
    return r53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def create(r53, zone, *records):
    return change(r53, zone, *(("CREATE", r) for r in records))


def names(r53, zone, **query):
    return [
        (r["Name"], r["Type"])
        for r in r53.list_resource_record_sets(HostedZoneId=zone, **query)["ResourceRecordSets"]
    ]
