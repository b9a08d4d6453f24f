"""The server itself: identity, call log, clock, buckets, faults, validation, seed, reset (simulated clock)."""

from __future__ import annotations

import http.client
import time
import urllib.parse

import pki
import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from conftest import A, B

RESET = (ConnectionClosedError, EndpointConnectionError, ConnectionResetError)


def test_the_call_log_says_who_asked_what(aws, refused):
    aws.client("elbv2").describe_load_balancers()
    aws.client("acm", account=B, region="us-east-1").list_certificates(MaxItems=3)
    with refused("LoadBalancerNotFound"):
        aws.client("elbv2").describe_load_balancers(Names=["none"])
    one, two, three = aws.calls()
    assert (one["seq"], one["service"], one["operation"], one["status"], one["errorCode"]) == (
        1,
        "elbv2",
        "DescribeLoadBalancers",
        200,
        None,
    )
    assert (one["account"], one["region"]) == (A, "eu-west-1")
    assert (two["account"], two["region"], two["params"]) == (B, "us-east-1", {"MaxItems": 3})
    assert (three["status"], three["errorCode"]) == (400, "LoadBalancerNotFound")
    assert [c["seq"] for c in aws.calls(since=1, service="elbv2")] == [3]
    assert aws.calls(operation="ListCertificates") == [two]
    assert aws.control("GET", "calls/count?service=elbv2") == {"elbv2:DescribeLoadBalancers": 2}
    aws.control("POST", "calls/reset")
    assert aws.calls() == []
    for service, operation in (("route53", "list_hosted_zones"), ("ec2", "describe_vpcs"), ("acm", "list_certificates")):
        answer = getattr(aws.client(service), operation)()
        assert aws.calls()[-1]["requestId"] == answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


def test_the_clock_never_goes_back(aws):
    now = aws.control("GET", "clock")["now"]
    assert aws.control("POST", "clock", {"now": now + 5000})["now"] == now + 5000
    with pytest.raises(ValueError, match="never goes back"):
        aws.control("POST", "clock", {"now": now})


def test_elbv2_buckets(aws, refused):
    aws.config(buckets=True)
    elb = aws.client("elbv2")
    for _ in range(40):
        elb.describe_load_balancers()
    with refused("Throttling", "Rate exceeded") as r:
        elb.describe_load_balancers()
    assert r.status == 400
    aws.client("elbv2", account=B).describe_load_balancers()
    aws.client("elbv2", region="us-east-1").describe_load_balancers()
    aws.advance(0.1)
    elb.describe_load_balancers()
    with refused("Throttling"):
        elb.describe_load_balancers()


def test_elbv2_create_load_balancer_bucket(aws, refused):
    aws.config(buckets=True)
    subnets = [s["id"] for s in aws.control("POST", "seed", {})["subnets"]["public"]]
    elb = aws.client("elbv2")
    for i in range(10):
        elb.create_load_balancer(Name=f"lb{i}", Subnets=subnets)
    with refused("Throttling"):
        elb.create_load_balancer(Name="lb10", Subnets=subnets)
    aws.advance(4.9)
    with refused("Throttling"):
        elb.create_load_balancer(Name="lb10", Subnets=subnets)
    aws.advance(0.1)
    elb.create_load_balancer(Name="lb10", Subnets=subnets)


def test_acm_imports_one_a_second(aws, refused):
    aws.config(buckets=True)
    acm = aws.client("acm")
    acm.import_certificate(**pki.issue())
    with refused("ThrottlingException", "Rate exceeded") as r:
        acm.import_certificate(**pki.issue())
    assert r.status == 400
    aws.advance(1)
    acm.import_certificate(**pki.issue())


def test_route53_buckets_both_models(aws, refused):
    aws.config(buckets=True)
    r53 = aws.client("route53")
    for _ in range(50):
        r53.list_hosted_zones()
    with refused("Throttling", "Rate exceeded"):
        r53.list_hosted_zones()
    aws.config(route53Buckets="classic")
    other = aws.client("route53", account=B)
    for _ in range(5):
        other.list_hosted_zones()
    with refused("Throttling"):
        other.list_hosted_zones()
    aws.advance(0.2)
    other.list_hosted_zones()


def test_ec2_answers_503(aws, refused):
    aws.config(buckets=True, bucketOverrides={"ec2.Non-mutating": [1, 1]})
    ec2 = aws.client("ec2")
    ec2.describe_vpcs()
    with refused("RequestLimitExceeded", "Request limit exceeded.") as r:
        ec2.describe_vpcs()
    assert r.status == 503
    levels = aws.control("GET", "buckets")
    assert {"service": "ec2", "account": A, "region": "eu-west-1", "bucket": "Non-mutating"}.items() <= levels[0].items()


def test_a_fault_for_the_nth_call(aws, refused):
    fault = {"service": "acm", "operation": "ListCertificates", "nth": 2, "count": 2, "kind": "throttle"}
    aws.control("POST", "faults", [fault])
    acm = aws.client("acm")
    acm.list_certificates()
    for _ in range(2):
        with refused("ThrottlingException"):
            acm.list_certificates()
    acm.list_certificates()
    assert aws.control("GET", "faults")[0]["fired"] == 2
    aws.control("DELETE", "faults")
    assert aws.control("GET", "faults") == []


def test_every_second_and_a_number_of_times(aws, refused):
    aws.control("POST", "faults", {"service": "elbv2", "every": 2, "kind": "error503"})
    elb = aws.client("elbv2")
    elb.describe_load_balancers()
    with refused("ServiceUnavailable") as r:
        elb.describe_target_groups()
    assert r.status == 503
    aws.control("DELETE", "faults")
    aws.control("POST", "faults", {"count": 1, "kind": "error", "code": "AccessDenied", "status": 403})
    with refused("AccessDenied"):
        elb.describe_load_balancers()
    elb.describe_load_balancers()
    with pytest.raises(ValueError, match="kind"):
        aws.control("POST", "faults", {"kind": "flood"})


def test_500_and_a_reset_do_nothing_after_reset_does(aws, refused):
    r53 = aws.client("route53")
    aws.control(
        "POST",
        "faults",
        [
            {"operation": "CreateHostedZone", "nth": 1, "kind": "error500"},
            {"operation": "CreateHostedZone", "nth": 2, "kind": "reset"},
            {"operation": "CreateHostedZone", "nth": 3, "kind": "after-reset"},
        ],
    )
    with refused("InternalFailure") as r:
        r53.create_hosted_zone(Name="a.com", CallerReference="1")
    assert r.status == 500
    with pytest.raises(RESET):
        r53.create_hosted_zone(Name="b.com", CallerReference="2")
    assert aws.state()["zones"] == []
    with pytest.raises(RESET):
        r53.create_hosted_zone(Name="c.com", CallerReference="3")
    assert [z["name"] for z in aws.state()["zones"]] == ["c.com."]
    assert [c["status"] for c in aws.calls()] == [500, 0, 201]


def test_a_call_that_hangs_holds_up_nobody(aws):
    import boto3
    from botocore.config import Config

    aws.control("POST", "faults", {"operation": "ListCertificates", "nth": 1, "kind": "hang", "seconds": 1})
    config = Config(retries={"total_max_attempts": 1}, read_timeout=0.3)
    impatient = boto3.client(
        "acm",
        endpoint_url=aws.url,
        region_name="eu-west-1",
        aws_access_key_id=f"AKIA{A}TEST",
        aws_secret_access_key="x",
        config=config,
    )
    with pytest.raises(ReadTimeoutError):
        impatient.list_certificates()
    aws.client("acm").list_certificates()


@pytest.mark.parametrize(
    ("service", "method", "params", "code", "text"),
    [
        ("elbv2", "create_target_group", {}, "ValidationError", "Value null at 'name' failed to satisfy constraint: Member must not be null"),
        ("elbv2", "create_target_group", {"Name": "x", "Protocol": "HTTPX"}, "ValidationError", "Value 'HTTPX' at 'protocol' failed to satisfy constraint: Member must satisfy enum value set: ["),
        ("elbv2", "describe_target_groups", {"PageSize": 401}, "ValidationError", "less than or equal to 400"),
        ("acm", "describe_certificate", {"CertificateArn": "arn:aws:acm"}, "ValidationException", "greater than or equal to 20"),
        ("acm", "describe_certificate", {}, "ValidationException", "Value null at 'certificateArn'"),
        ("acm", "list_certificates", {"Includes": {"keyTypes": ["RSA"]}}, "ValidationException", "includes.keyTypes.1.member"),
        ("route53", "change_resource_record_sets", {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [{"Action": "ADD", "ResourceRecordSet": {"Name": "x", "Type": "A"}}]}}, "InvalidInput", "[CREATE, DELETE, UPSERT]"),
        ("route53", "get_hosted_zone", {"Id": "Z" * 40}, "InvalidInput", "length less than or equal to 32"),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::111111111111:role/x"}, "ValidationError", "roleSessionName"),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::111111111111:role/x", "RoleSessionName": "a b"}, "ValidationError", "regular expression pattern: [\\w+=,.@-]*"),
        ("ec2", "create_security_group", {"Description": "d"}, "MissingParameter", "The request must contain the parameter GroupName"),
        ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "x"}, "InvalidParameterValue", "Value (x) for parameter InstanceTenancy is invalid"),
        ("resourcegroupstaggingapi", "get_resources", {"TagFilters": [{"Key": "x" * 129}]}, "InvalidParameterException", "length less than or equal to 128"),
    ],
)  # fmt: skip
def test_parameters_are_validated_as_each_service_does(aws, refused, service, method, params, code, text):
    with refused(code, text) as r:
        getattr(aws.client(service), method)(**params)
    assert r.status == 400


def test_unknown_action_and_unsigned_request(aws, refused):
    host = urllib.parse.urlsplit(aws.url).netloc
    connection = http.client.HTTPConnection(host)
    connection.request("GET", "/")
    assert connection.getresponse().status == 403
    connection.close()
    scope = f"AWS4-HMAC-SHA256 Credential=AKIA{A}/20260101/eu-west-1/elasticloadbalancing/aws4_request"
    connection = http.client.HTTPConnection(host)
    headers = {"Authorization": scope, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/", "Action=Nothing&Version=2015-12-01", headers)
    answer = connection.getresponse()
    assert answer.status == 400
    assert b"<Code>InvalidAction</Code>" in answer.read()
    # The connection is kept alive.
    connection.request("POST", "/", "Action=DescribeLoadBalancers&Version=2015-12-01", headers)
    assert connection.getresponse().status == 200
    connection.close()


def test_the_seed_is_the_same_each_time(aws):
    wanted = {"vpc": {"cidr": "10.20.0.0/16", "cluster": "demo"}, "instances": 4, "zones": ["example.com", {"name": "example.com", "private": True}]}
    first = aws.control("POST", "seed", wanted)
    ec2 = aws.client("ec2")
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [first["vpcId"]]}])["Subnets"]
    assert len(subnets) == 6
    by_id = {s["SubnetId"]: {t["Key"]: t["Value"] for t in s["Tags"]} for s in subnets}
    assert {by_id[s["id"]]["kubernetes.io/role/elb"] for s in first["subnets"]["public"]} == {"1"}
    assert {by_id[s["id"]]["kubernetes.io/role/internal-elb"] for s in first["subnets"]["private"]} == {"1"}
    assert {by_id[s["id"]]["kubernetes.io/cluster/demo"] for s in first["subnets"]["private"]} == {"shared"}
    assert [s["zone"] for s in first["subnets"]["public"]] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    ids = [i["id"] for i in first["instances"]]
    found = [i for r in ec2.describe_instances(InstanceIds=ids)["Reservations"] for i in r["Instances"]]
    assert {i["PrivateIpAddress"] for i in found} == {i["ip"] for i in first["instances"]}
    assert [z["private"] for z in first["zones"]] == [False, True]
    aws.control("POST", "reset")
    assert aws.control("POST", "seed", wanted) == first
    with pytest.raises(ValueError, match="does not know"):
        aws.control("POST", "seed", {"vpcs": 1})


def test_a_dual_stack_seed(aws):
    made = aws.control("POST", "seed", {"vpc": {"ipv6": True}})
    ids = [s["id"] for s in made["subnets"]["public"]]
    found = aws.client("ec2").describe_subnets(SubnetIds=ids)["Subnets"]
    assert all(s["Ipv6CidrBlockAssociationSet"] for s in found)


def test_a_reset_leaves_nothing_and_is_fast(aws):
    aws.control("POST", "seed", {"zones": ["example.com"]})
    aws.client("acm").import_certificate(**pki.issue(), Tags=[{"Key": "a", "Value": "b"}])
    aws.config(route53InsyncSeconds=99)
    began = time.perf_counter()
    aws.control("POST", "reset")
    took = time.perf_counter() - began
    assert aws.state()["certificates"] == []
    assert aws.state()["zones"] == []
    assert aws.calls() == []
    assert aws.control("GET", "config")["route53InsyncSeconds"] == 1
    assert took < 0.5


def test_unknown_configuration_is_refused(aws):
    with pytest.raises(ValueError, match="unknown configuration: typo"):
        aws.control("POST", "config", {"typo": 1})
    with pytest.raises(ValueError, match="no such endpoint"):
        aws.control("GET", "nothing")
