"""Public certificates (simulated clock)."""

from __future__ import annotations

import pytest
from conftest import B


@pytest.fixture
def acm(aws):
    return aws.client("acm")


def ask(acm, name="www.example.com", **more):
    return acm.request_certificate(DomainName=name, ValidationMethod="DNS", **more)["CertificateArn"]


def describe(acm, arn):
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


def publish(aws, acm, arn, account=B):
    r53 = aws.client("route53", account=account)
    zones = r53.list_hosted_zones()["HostedZones"]
    zone = zones[0]["Id"] if zones else r53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    records = {o["ResourceRecord"]["Name"]: o["ResourceRecord"] for o in describe(acm, arn)["DomainValidationOptions"]}
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {"Name": r["Name"], "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": r["Value"]}]},
        }
        for r in records.values()
    ]
    r53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def test_issued_when_its_record_answers__ACM_ISSUED_WHEN_PROVEN(aws, acm, refused):
    aws.config(route53InsyncSeconds=10, acmIssueSeconds=20)
    arn = ask(acm)
    describe(acm, arn)
    aws.advance(3600)
    found = describe(acm, arn)
    assert (found["Status"], found["Type"]) == ("PENDING_VALIDATION", "AMAZON_ISSUED")
    assert "NotAfter" not in found
    with refused("RequestInProgressException"):
        acm.get_certificate(CertificateArn=arn)
    publish(aws, acm, arn)
    aws.advance(9)
    assert describe(acm, arn)["Status"] == "PENDING_VALIDATION"
    aws.advance(1)
    assert describe(acm, arn)["Status"] == "PENDING_VALIDATION"
    aws.advance(20)
    found = describe(acm, arn)
    assert found["Status"] == "ISSUED"
    assert found["DomainValidationOptions"][0]["ValidationStatus"] == "SUCCESS"
    assert "BEGIN CERTIFICATE" in acm.get_certificate(CertificateArn=arn)["CertificateChain"]


def test_a_private_zone_proves_nothing__ACM_ISSUED_WHEN_PROVEN(aws, acm):
    arn = ask(acm)
    aws.control("POST", "seed", {"account": B, "zones": [{"name": "example.com", "private": True}]})
    publish(aws, acm, arn)
    aws.advance(60)
    describe(acm, arn)
    aws.advance(60)
    assert describe(acm, arn)["Status"] == "PENDING_VALIDATION"


def test_a_name_and_its_wildcard_share_a_record__ACM_VALIDATION_RECORD(aws, acm):
    arn = ask(acm, "example.com", SubjectAlternativeNames=["*.example.com", "b.example.com"])
    options = describe(acm, arn)["DomainValidationOptions"]
    records = [o["ResourceRecord"] for o in options]
    assert [o["DomainName"] for o in options] == ["example.com", "*.example.com", "b.example.com"]
    assert records[0] == records[1] != records[2]
    assert records[0]["Name"].startswith("_")
    assert records[0]["Name"].endswith(".example.com.")
    assert records[0]["Value"].endswith(".acm-validations.aws.")
    assert describe(acm, ask(acm, "example.com"))["DomainValidationOptions"][0]["ResourceRecord"] == records[0]


def test_72_hours__ACM_VALIDATION_TIMES_OUT(aws, acm):
    arn = ask(acm)
    aws.advance(72 * 3600)
    assert describe(acm, arn)["Status"] == "VALIDATION_TIMED_OUT"


def test_names__ACM_REQUEST_NAMES(acm, refused):
    with refused("LimitExceededException"):
        ask(acm, SubjectAlternativeNames=[f"n{i}.example.com" for i in range(10)])
    ask(acm, SubjectAlternativeNames=[f"n{i}.example.com" for i in range(9)] + ["www.example.com"])
    with refused("InvalidDomainValidationOptionsException"):
        ask(acm, "x" * 60 + ".example.com")
    with refused("ValidationException"):
        ask(acm, "a.*.example.com")


def test_token__ACM_REQUEST_TOKEN(aws, acm):
    arn = ask(acm, IdempotencyToken="t")
    assert ask(acm, IdempotencyToken="t") == arn
    assert ask(acm, "other.example.com", IdempotencyToken="t") != arn
    aws.advance(3600)
    assert ask(acm, IdempotencyToken="t") != arn


def test_requested_ones_are_not_reimported(acm, refused):
    import pki

    with refused("ValidationException", "Only imported"):
        acm.import_certificate(**pki.issue(), CertificateArn=ask(acm))
