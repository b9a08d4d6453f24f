"""Route53 hosted zones (simulated clock)."""

from __future__ import annotations

import pytest
from conftest import B


@pytest.fixture
def r53(aws):
    return aws.client("route53")


def make(r53, name, **more):
    more.setdefault("CallerReference", name + str(more))
    return r53.create_hosted_zone(Name=name, **more)


def test_a_new_zone(r53):
    made = make(r53, "Example.COM", HostedZoneConfig={"Comment": "c", "PrivateZone": False})
    zone = made["HostedZone"]
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert zone["Id"].startswith("/hostedzone/Z")
    assert len(zone["Id"]) == len("/hostedzone/") + 21
    assert zone["Name"] == "example.com."
    assert zone["ResourceRecordSetCount"] == 2
    assert made["ChangeInfo"]["Status"] == "PENDING"
    assert len(made["DelegationSet"]["NameServers"]) == 4
    ns, soa = r53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    assert (ns["Type"], ns["TTL"], soa["Type"], soa["TTL"]) == ("NS", 172800, "SOA", 900)
    assert r53.get_hosted_zone(Id=zone["Id"])["HostedZone"]["Config"]["Comment"] == "c"


def test_caller_reference__R53_ZONE_REFERENCE(r53, refused):
    make(r53, "example.com", CallerReference="1")
    with refused("HostedZoneAlreadyExists") as r:
        make(r53, "example.org", CallerReference="1")
    assert r.status == 409
    make(r53, "example.com", CallerReference="2")


def test_private_zones__R53_PRIVATE_ZONE_VPC(aws, r53, refused):
    vpc = aws.control("POST", "seed", {})["vpcId"]
    given = {"VPCRegion": "eu-west-1", "VPCId": vpc}
    with refused("InvalidInput"):
        make(r53, "example.com", HostedZoneConfig={"PrivateZone": True})
    with refused("InvalidVPCId"):
        make(r53, "example.com", VPC={**given, "VPCId": "vpc-1"})
    zone = make(r53, "example.com", VPC=given)["HostedZone"]
    assert zone["Config"]["PrivateZone"] is True
    assert r53.get_hosted_zone(Id=zone["Id"])["VPCs"] == [given]
    with refused("ConflictingDomainExists"):
        make(r53, "example.com", CallerReference="again", VPC=given)
    assert aws.state()["zones"][0]["vpcs"] == [vpc]


def test_names_of_zones_and_pages__R53_NAMES(r53, refused):
    with refused("InvalidDomainName", "DomainLabelEmpty"):
        make(r53, "example..com")
    zone = make(r53, "example.com")["HostedZone"]["Id"]
    with refused("InvalidInput", "DomainLabelTooLong"):
        r53.list_resource_record_sets(HostedZoneId=zone, StartRecordName="x" * 64 + ".example.com")
    with refused("InvalidInput", "DomainLabelEmpty"):
        r53.list_hosted_zones_by_name(DNSName="a..b")


def test_delete__R53_ZONE_NOT_EMPTY(aws, r53, refused):
    zone = make(r53, "example.com")["HostedZone"]["Id"]
    record = {"Name": "x.example.com", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "192.0.2.1"}]}

    def change(action):
        changes = [{"Action": action, "ResourceRecordSet": record}]
        r53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    change("CREATE")
    with refused("HostedZoneNotEmpty", "non-required resource record sets"):
        r53.delete_hosted_zone(Id=zone)
    change("DELETE")
    r53.delete_hosted_zone(Id=zone)
    with refused("NoSuchHostedZone", "No hosted zone found with ID: Z") as r:
        r53.get_hosted_zone(Id=zone)
    assert r.status == 404
    with refused("NoSuchHostedZone"):
        r53.list_resource_record_sets(HostedZoneId=zone)
    assert aws.state()["zones"] == []


def test_pages_of_zones__R53_LIST_ZONES(r53, refused):
    made = [make(r53, f"n{i}.example.com")["HostedZone"]["Id"] for i in range(5)]
    first = r53.list_hosted_zones(MaxItems="2")
    assert first["IsTruncated"] is True
    pages = r53.get_paginator("list_hosted_zones").paginate(PaginationConfig={"PageSize": 2})
    assert [z["Id"] for p in pages for z in p["HostedZones"]] == made
    assert r53.list_hosted_zones()["MaxItems"] == "100"
    with refused("NoSuchHostedZone"):
        r53.list_hosted_zones(Marker="Z0000000000000000000A")


def test_zones_by_name__R53_ZONES_BY_NAME(r53):
    for name in ("b.com", "a.com", "x.a.com", "c.org"):
        make(r53, name)
    found = r53.list_hosted_zones_by_name()["HostedZones"]
    assert [z["Name"] for z in found] == ["a.com.", "x.a.com.", "b.com.", "c.org."]
    found = r53.list_hosted_zones_by_name(DNSName="x.a.com", MaxItems="2")
    assert [z["Name"] for z in found["HostedZones"]] == ["x.a.com.", "b.com."]
    assert found["NextDNSName"] == "c.org."


def test_accounts_are_apart_and_tags_are_the_zones(aws, r53, refused):
    zone = make(r53, "example.com")["HostedZone"]["Id"][12:]
    with refused("NoSuchHostedZone"):
        aws.client("route53", account=B).get_hosted_zone(Id=zone)
    r53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=[{"Key": "k", "Value": "v"}])
    found = r53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone])["ResourceTagSets"]
    assert found[0]["Tags"] == [{"Key": "k", "Value": "v"}]
    with refused("NoSuchHostedZone"):
        r53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=["Z0000000000000000000A"])
    with refused("InvalidInput", "resourceIds"):
        r53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone] * 11)
