"""STS (simulated clock)."""

from __future__ import annotations

from conftest import A, B

ROLE = f"arn:aws:iam::{B}:role/fairlead-dns"


def assume(aws, **more):
    request = {"RoleArn": ROLE, "RoleSessionName": "test", **more}
    return aws.client("sts").assume_role(**request)["Credentials"]


def test_a_session_is_its_roles_account__STS_IDENTITY(aws):
    keys = assume(aws)
    found = aws.client("sts", keys=keys).get_caller_identity()
    assert found["Account"] == B
    assert found["Arn"] == f"arn:aws:sts::{B}:assumed-role/fairlead-dns/test"
    assert found["UserId"].endswith(":test")
    assert aws.client("sts").get_caller_identity()["Account"] == A
    assert aws.client("sts", account=B).get_caller_identity()["Account"] == B
    assert [c["account"] for c in aws.calls(operation="GetCallerIdentity")] == [B, A, B]


def test_what_a_session_makes_is_in_its_account__STS_IDENTITY(aws):
    route53 = aws.client("route53", keys=assume(aws))
    route53.create_hosted_zone(Name="b.example.com", CallerReference="1")
    assert len(aws.client("route53", account=B).list_hosted_zones()["HostedZones"]) == 1
    assert aws.client("route53").list_hosted_zones()["HostedZones"] == []


def test_external_id_must_be_the_roles__STS_EXTERNAL_ID(aws, refused):
    aws.config(trust={ROLE: {"externalId": "fairlead-7"}})
    with refused("AccessDenied", f"is not authorized to perform: sts:AssumeRole on resource: {ROLE}") as r:
        assume(aws)
    assert r.status == 403
    with refused("AccessDenied"):
        assume(aws, ExternalId="fairlead-8")
    assert assume(aws, ExternalId="fairlead-7")["AccessKeyId"].startswith("ASIA")


def test_only_trusted_principals__STS_TRUST(aws, refused):
    aws.config(trust={ROLE: {"principals": ["333333333333"]}})
    with refused("AccessDenied"):
        assume(aws)
    aws.config(trust={ROLE: {"principals": [A]}}, trustUnlisted=False)
    assume(aws)
    with refused("AccessDenied"):
        assume(aws, RoleArn=f"arn:aws:iam::{B}:role/other")


def test_an_expired_session_is_refused_by_every_service__STS_SESSION_EXPIRED(aws, refused):
    keys = assume(aws, DurationSeconds=900)
    aws.advance(899)
    aws.client("sts", keys=keys).get_caller_identity()
    aws.advance(1)
    with refused("ExpiredToken", "expired") as r:
        aws.client("sts", keys=keys).get_caller_identity()
    assert r.status == 403
    with refused("ExpiredToken"):
        aws.client("elbv2", keys=keys).describe_load_balancers()
    with refused("ExpiredToken"):
        aws.client("route53", keys=keys).list_hosted_zones()
    with refused("ExpiredTokenException"):
        aws.client("acm", keys=keys).list_certificates()
    with refused("RequestExpired"):
        aws.client("ec2", keys=keys).describe_vpcs()


def test_unknown_session_or_wrong_token__STS_SESSION_KNOWN(aws, refused):
    keys = assume(aws)
    with refused("InvalidClientTokenId"):
        aws.client("sts", keys={**keys, "SessionToken": "x"}).get_caller_identity()
    with refused("UnrecognizedClientException"):
        aws.client("acm", keys={**keys, "AccessKeyId": "ASIAUNKNOWN000000000"}).list_certificates()
    with refused("AuthFailure"):
        aws.client("ec2", keys={**keys, "AccessKeyId": "ASIAUNKNOWN000000000"}).describe_vpcs()


def test_duration__STS_DURATION__STS_ROLE_CHAINING(aws, refused):
    with refused("ValidationError", "durationSeconds"):
        assume(aws, DurationSeconds=899)
    with refused("ValidationError", "MaxSessionDuration"):
        aws.config(trust={ROLE: {"maxSessionDuration": 3600}})
        assume(aws, DurationSeconds=7200)
    keys = assume(aws)
    with refused("ValidationError", "role chaining"):
        aws.client("sts", keys=keys).assume_role(
            RoleArn=ROLE, RoleSessionName="chained", DurationSeconds=7200
        )
