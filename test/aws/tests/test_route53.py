"""Route53 batches, pages and time (simulated clock)."""

from __future__ import annotations

import pytest
from route53_support import change, create, names, rr


@pytest.fixture
def r53(aws):
    return aws.client("route53")


@pytest.fixture
def zone(r53):
    return r53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]


def test_create_of_what_exists__R53_CREATE_EXISTS(r53, zone, refused):
    create(r53, zone, rr("x.example.com"))
    with refused(
        "InvalidChangeBatch",
        "[Tried to create resource record set [name='x.example.com.', type='A'] but it already exists]",
    ) as r:
        create(r53, zone, rr("X.example.com."))
    assert r.status == 400
    change(r53, zone, ("UPSERT", rr("x.example.com", "A", "192.0.2.2")))
    records = r53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert records[-1]["ResourceRecords"] == [{"Value": "192.0.2.2"}]


def test_delete_says_exactly_what_is_there__R53_DELETE_EXACT(r53, zone, refused):
    there = rr("x.example.com", "A", "192.0.2.1", "192.0.2.2")
    create(r53, zone, there)
    with refused(
        "InvalidChangeBatch",
        "[Tried to delete resource record set [name='y.example.com.', type='A'] but it was not found]",
    ):
        change(r53, zone, ("DELETE", rr("y.example.com")))
    wrong = (
        rr("x.example.com", "A", "192.0.2.1"),
        rr("x.example.com", "A", "192.0.2.1", "192.0.2.3"),
        rr("x.example.com", "A", "192.0.2.1", "192.0.2.2", ttl=60),
        rr("x.example.com", AliasTarget={"HostedZoneId": zone[12:], "DNSName": "z.example.com", "EvaluateTargetHealth": False}),
    )
    for record in wrong:
        with refused("InvalidChangeBatch", "but the values provided do not match the current values"):
            change(r53, zone, ("DELETE", record))
    change(r53, zone, ("DELETE", rr("X.example.com", "A", "192.0.2.2", "192.0.2.1")))
    assert len(names(r53, zone)) == 2


def test_cname_beside_others__R53_CNAME_ALONE(r53, zone, refused):
    create(r53, zone, rr("a.example.com"), rr("c.example.com", "CNAME", "a.example.com"))
    with refused(
        "InvalidChangeBatch",
        "[RRSet of type A with DNS name c.example.com. is not permitted because a conflicting RRSet of type "
        "CNAME with the same DNS name already exists in zone example.com.]",
    ):
        create(r53, zone, rr("c.example.com"))
    with refused("InvalidChangeBatch", "RRSet of type CNAME with DNS name a.example.com. is not permitted because"):
        change(r53, zone, ("UPSERT", rr("a.example.com", "CNAME", "b.example.com")))
    with refused("InvalidChangeBatch", "conflicting"):
        create(r53, zone, rr("n.example.com"), rr("n.example.com", "CNAME", "b.example.com"))
    change(
        r53,
        zone,
        ("DELETE", rr("a.example.com")),
        ("CREATE", rr("a.example.com", "CNAME", "b.example.com")),
    )
    assert ("a.example.com.", "CNAME") in names(r53, zone)


def test_cname_at_apex__R53_CNAME_APEX(r53, zone, refused):
    with refused("InvalidChangeBatch", "RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com."):
        create(r53, zone, rr("example.com", "CNAME", "other.example.net"))


def test_one_record_set_twice__R53_ONCE_PER_BATCH(r53, zone, refused):
    text = rr("x.example.com", "TXT", '"a"')
    with refused(
        "InvalidChangeBatch",
        "[The request contains an invalid set of changes for a resource record set 'TXT x.example.com.']",
    ):
        change(r53, zone, ("CREATE", text), ("UPSERT", text))
    create(r53, zone, text)
    with refused("InvalidChangeBatch", "invalid set of changes"):
        change(r53, zone, ("DELETE", text), ("DELETE", text))
    with refused("InvalidChangeBatch", "invalid set of changes"):
        change(r53, zone, ("DELETE", text), ("UPSERT", text))
    change(r53, zone, ("DELETE", text), ("CREATE", rr("x.example.com", "TXT", '"b"')))
    last = r53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"][-1]
    assert last["ResourceRecords"] == [{"Value": '"b"'}]


def test_all_or_nothing__R53_BATCH_ATOMIC(r53, zone, refused):
    create(r53, zone, rr("x.example.com"))
    with refused("InvalidChangeBatch", "[name='x.example.com.'", ", Tried to delete", "[name='z.example.com.'") as r:
        change(
            r53,
            zone,
            ("CREATE", rr("new.example.com")),
            ("CREATE", rr("x.example.com")),
            ("DELETE", rr("z.example.com")),
        )
    assert r.message.startswith("[")
    assert r.message.endswith("]")
    assert ("new.example.com.", "A") not in names(r53, zone)


def test_a_thousand_records__R53_BATCH_SIZE(r53, zone, refused):
    many = [rr(f"n{i}.example.com") for i in range(1000)]
    create(r53, zone, *many)
    with refused("InvalidChangeBatch", "Number of records limit of 1000 exceeded."):
        create(r53, zone, *[rr(f"m{i}.example.com") for i in range(1001)])
    with refused("InvalidChangeBatch", "limit of 1000"):
        change(r53, zone, *[("UPSERT", r) for r in many[:501]])
    change(r53, zone, *[("UPSERT", r) for r in many[:500]])
    big = [rr(f"t{i}.example.com", "TXT", *[f'"{j}{"x" * 200}"' for j in range(10, 90)]) for i in range(2)]
    with refused("InvalidChangeBatch", "Number of characters limit of 32000 exceeded."):
        create(r53, zone, *big)
    with refused("InvalidChangeBatch", "32000"):
        change(r53, zone, ("UPSERT", big[0]))
    create(r53, zone, big[0])


def test_outside_the_zone__R53_IN_ZONE(r53, zone, refused):
    for name in ("x.example.org", "badexample.com"):
        with refused("InvalidChangeBatch", f"RRSet with DNS name {name}. is not permitted in zone example.com."):
            create(r53, zone, rr(name))


def test_soa_and_ns_stay__R53_APEX_PROTECTED(r53, zone, refused):
    found = r53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    texts = {"NS": "A HostedZone must contain at least one NS record for the zone itself.", "SOA": "exactly one SOA"}
    for record in found:
        with refused("InvalidChangeBatch", texts[record["Type"]]):
            change(r53, zone, ("DELETE", record))
    change(r53, zone, ("UPSERT", {**found[0], "TTL": 60}))
    create(r53, zone, rr("sub.example.com", "NS", "ns.example.net"))


def test_ttl_and_values_or_alias__R53_TTL_OR_ALIAS(r53, zone, refused):
    bare = {"Name": "x.example.com", "Type": "A"}
    start = (
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
        "TrafficPolicyInstanceId], but found"
    )
    with refused(
        "InvalidInput",
        f"{start} none in Change with [Action=CREATE, Name=x.example.com., Type=A, SetIdentifier=null]",
    ):
        create(r53, zone, bare)
    with refused("InvalidInput", f"{start} none in Change with [Action=DELETE"):
        change(r53, zone, ("DELETE", bare))
    with refused("InvalidInput", "Missing field 'TTL'"):
        create(r53, zone, {**bare, "ResourceRecords": [{"Value": "192.0.2.1"}]})
    alias = {"HostedZoneId": zone[12:], "DNSName": "y.example.com", "EvaluateTargetHealth": False}
    with refused("InvalidInput", f"{start} more than one"):
        create(r53, zone, {**rr("x.example.com"), "AliasTarget": alias})


def test_set_identifier__R53_SET_IDENTIFIER(r53, zone, refused):
    with refused("InvalidInput", "Missing field 'SetIdentifier'"):
        create(r53, zone, rr("x.example.com", Weight=1))
    with refused("InvalidInput", "but found none", "SetIdentifier=s"):
        create(r53, zone, rr("x.example.com", SetIdentifier="s"))
    with refused("InvalidInput", "but found more than one"):
        create(r53, zone, rr("x.example.com", SetIdentifier="s", Weight=1, Failover="PRIMARY"))


def test_policies_do_not_mix__R53_ROUTING_MIX(r53, zone, refused):
    create(r53, zone, rr("s.example.com"), rr("w.example.com", Weight=1, SetIdentifier="one"))
    create(r53, zone, rr("w.example.com", Weight=0, SetIdentifier="two"))
    with refused(
        "InvalidChangeBatch",
        "[RRSet with DNS name s.example.com., type A, SetIdentifier s cannot be created as other RRSets exist "
        "with the same name and type.]",
    ):
        create(r53, zone, rr("s.example.com", Weight=1, SetIdentifier="s"))
    with refused("InvalidChangeBatch", "w.example.com., type A cannot be created as other RRSets exist"):
        create(r53, zone, rr("w.example.com"))
    with refused("InvalidChangeBatch", "SetIdentifier m cannot be created as a non-multivalue answer set exists"):
        create(r53, zone, rr("w.example.com", MultiValueAnswer=True, SetIdentifier="m"))
    create(r53, zone, rr("l.example.com", Region="eu-west-1", SetIdentifier="a"))
    with refused("InvalidChangeBatch", "cannot be created as a non-weighted set exists with the same name and type."):
        create(r53, zone, rr("l.example.com", Weight=1, SetIdentifier="s"))
    with refused("InvalidChangeBatch", "set-identifier='two'"):
        change(r53, zone, ("DELETE", rr("w.example.com", Weight=7, SetIdentifier="two")))


def test_order_by_reversed_labels__R53_ORDER(r53, zone):
    some = ["b.example.com", "a.b.example.com", "z.example.com", "a.example.com", "a-b.example.com", "b.a.example.com"]
    create(r53, zone, *[rr(n) for n in some], rr("b.example.com", "TXT", '"t"'), rr("b.example.com", "AAAA", "::1"))
    assert names(r53, zone)[2:] == [
        ("a-b.example.com.", "A"),
        ("a.example.com.", "A"),
        ("b.a.example.com.", "A"),
        ("b.example.com.", "A"),
        ("b.example.com.", "AAAA"),
        ("b.example.com.", "TXT"),
        ("a.b.example.com.", "A"),
        ("z.example.com.", "A"),
    ]


def test_pages__R53_LIST_PAGES__R53_MAX_ITEMS(r53, zone, refused):
    create(r53, zone, *[rr(f"n{i:03}.example.com") for i in range(350)])
    create(r53, zone, *[rr("w.example.com", Weight=1, SetIdentifier=f"s{i}") for i in range(3)])
    first = r53.list_resource_record_sets(HostedZoneId=zone)
    assert len(first["ResourceRecordSets"]) == 300
    assert first["IsTruncated"] is True
    assert first["MaxItems"] == "300"
    assert (first["NextRecordName"], first["NextRecordType"]) == ("n298.example.com.", "A")
    again = r53.list_resource_record_sets(HostedZoneId=zone, MaxItems="1000")
    assert len(again["ResourceRecordSets"]) == 300
    seen, query = [], {}
    while True:
        page = r53.list_resource_record_sets(HostedZoneId=zone, MaxItems="71", **query)
        seen += [(r["Name"], r.get("SetIdentifier")) for r in page["ResourceRecordSets"]]
        if not page["IsTruncated"]:
            break
        query = {"StartRecordName": page["NextRecordName"], "StartRecordType": page["NextRecordType"]}
        if "NextRecordIdentifier" in page:
            query["StartRecordIdentifier"] = page["NextRecordIdentifier"]
    assert len(seen) == len(set(seen)) + 1 == 355  # the apex is there twice: NS and SOA
    one = r53.list_resource_record_sets(HostedZoneId=zone, StartRecordName="n100.example.com", MaxItems="1")
    assert one["ResourceRecordSets"][0]["Name"] == "n100.example.com."
    with refused("InvalidInput"):
        r53.list_resource_record_sets(HostedZoneId=zone, StartRecordType="A")
    with refused("InvalidInput"):
        r53.list_resource_record_sets(HostedZoneId=zone, MaxItems="0")


def test_pending_then_insync__R53_INSYNC_LATE(aws, r53, zone, refused):
    aws.config(route53InsyncSeconds=30)
    info = create(r53, zone, rr("x.example.com"))["ChangeInfo"]
    assert info["Status"] == "PENDING"
    assert info["Id"].startswith("/change/C")
    assert names(r53, zone)[-1] == ("x.example.com.", "A")
    answers = aws.state()["zones"][0]["answers"]
    assert "x.example.com." not in [r["Name"] for r in answers]
    aws.advance(29)
    assert r53.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "PENDING"
    aws.advance(1)
    assert r53.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    answers = aws.state()["zones"][0]["answers"]
    assert "x.example.com." in [r["Name"] for r in answers]
    with refused("NoSuchChange") as r:
        r53.get_change(Id="C0000000000000000000A")
    assert r.status == 404


def test_one_batch_at_a_time__R53_PRIOR_REQUEST(aws, r53, zone, refused):
    aws.config(route53ProcessingSeconds=2)
    other = r53.create_hosted_zone(Name="example.org", CallerReference="2")["HostedZone"]["Id"]
    create(r53, zone, rr("x.example.com"))
    with refused("PriorRequestNotComplete", "still processing a prior request") as r:
        create(r53, zone, rr("y.example.com"))
    assert r.status == 400
    create(r53, other, rr("x.example.org"))
    aws.advance(2)
    create(r53, zone, rr("y.example.com"))


def test_records_quota(aws, r53, zone, refused):
    aws.config(route53RecordsPerZone=3)
    create(r53, zone, rr("a.example.com"))
    with refused("InvalidChangeBatch", "limit of 3"):
        create(r53, zone, rr("b.example.com"))
    change(r53, zone, ("DELETE", rr("a.example.com")), ("CREATE", rr("b.example.com")))


def test_claim_and_compare_and_swap(r53, zone, refused):
    """The two batches DNS ownership is built on."""
    mine, theirs = rr("o.example.com", "TXT", '"owner=a"'), rr("o.example.com", "TXT", '"owner=b"')
    create(r53, zone, mine, rr("h.example.com"))
    with refused("InvalidChangeBatch", "already exists"):
        create(r53, zone, theirs, rr("h.example.com", "AAAA", "::1"))
    with refused("InvalidChangeBatch", "do not match"):
        change(r53, zone, ("DELETE", theirs), ("CREATE", theirs), ("UPSERT", rr("h.example.com", "A", "192.0.2.9")))
    change(r53, zone, ("DELETE", mine), ("CREATE", theirs), ("UPSERT", rr("h.example.com", "A", "192.0.2.9")))
