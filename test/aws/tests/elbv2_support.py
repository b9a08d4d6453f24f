"""A network and short ways to make what the load balancing tests need."""

from __future__ import annotations

from typing import Any

from pki import issue


class Network:
    def __init__(self, aws: Any, cidr: str = "10.0.0.0/16") -> None:
        self.aws = aws
        self.elb, self.ec2, self.acm = (aws.client(s) for s in ("elbv2", "ec2", "acm"))
        self.vpc = self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        start = cidr.split(".")[:2]
        self.public, self.private = (
            [
                self._subnet(f"{'.'.join(start)}.{third + n}.0/24", f"eu-west-1{zone}")
                for n, zone in enumerate("abc")
            ]
            for third in (0, 10)
        )
        groups = self.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
        self.default_group = groups["SecurityGroups"][0]["GroupId"]
        self._groups = 0

    def _subnet(self, cidr: str, zone: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)
        return made["Subnet"]["SubnetId"]

    def balancer(self, name: str = "web", **more: Any) -> dict[str, Any]:
        wanted = {"Name": name, "Subnets": self.public[:2], **more}
        return self.elb.create_load_balancer(**wanted)["LoadBalancers"][0]

    def group(self, **more: Any) -> str:
        self._groups += 1
        wanted = {"GroupName": f"g{self._groups}", "Description": "test", "VpcId": self.vpc, **more}
        return self.ec2.create_security_group(**wanted)["GroupId"]

    def target_group(self, name: str, **more: Any) -> str:
        wanted = {"Name": name, "Protocol": "HTTP", "Port": 80, "VpcId": self.vpc, "TargetType": "ip", **more}
        return self.elb.create_target_group(**wanted)["TargetGroups"][0]["TargetGroupArn"]

    def listener(self, balancer: str, group: str | None, port: int = 80, **more: Any) -> str:
        action = forward(group) if group else fixed()
        wanted = {
            "LoadBalancerArn": balancer,
            "Port": port,
            "Protocol": "HTTP",
            "DefaultActions": [action],
            **more,
        }
        return self.elb.create_listener(**wanted)["Listeners"][0]["ListenerArn"]

    def https(self, balancer: str, certificate: str, group: str | None = None, **more: Any) -> str:
        secure = {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": certificate}], "port": 443, **more}
        return self.listener(balancer, group, **secure)

    def rule(self, listener: str, priority: int, *actions: Any, conditions: Any = None, **more: Any) -> str:
        wanted = {
            "ListenerArn": listener,
            "Priority": priority,
            "Conditions": conditions or [path("/x")],
            "Actions": list(actions) or [fixed()],
            **more,
        }
        return self.elb.create_rule(**wanted)["Rules"][0]["RuleArn"]

    def certificate(self, name: str = "www.example.com", **more: Any) -> str:
        return self.acm.import_certificate(**issue(name, "ec256", **more))["CertificateArn"]

    def register(self, group: str, *targets: Any) -> None:
        self.elb.register_targets(TargetGroupArn=group, Targets=[target(t) for t in targets])

    def deregister(self, group: str, *targets: Any) -> None:
        self.elb.deregister_targets(TargetGroupArn=group, Targets=[target(t) for t in targets])

    def health(self, group: str, *targets: Any) -> dict[str, tuple[str, str | None]]:
        asked = {"Targets": [target(t) for t in targets]} if targets else {}
        found = self.elb.describe_target_health(TargetGroupArn=group, **asked)["TargetHealthDescriptions"]
        return {
            f"{t['Target']['Id']}:{t['Target']['Port']}": (
                t["TargetHealth"]["State"],
                t["TargetHealth"].get("Reason"),
            )
            for t in found
        }

    def tags(self, arn: str) -> dict[str, str]:
        found = self.elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        return {t["Key"]: t["Value"] for t in found}

    def interfaces(self) -> list[dict[str, Any]]:
        found = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return [e for e in found if e["Description"].startswith("ELB ")]

    def free_addresses(self) -> list[int]:
        found = self.ec2.describe_subnets(SubnetIds=self.public[:2])["Subnets"]
        return [s["AvailableIpAddressCount"] for s in found]

    def with_ipv6(self) -> None:
        answer = self.ec2.associate_vpc_cidr_block(VpcId=self.vpc, AmazonProvidedIpv6CidrBlock=True)
        block = answer["Ipv6CidrBlockAssociation"]["Ipv6CidrBlock"]
        for number, subnet in enumerate(self.public):
            prefix = block.replace("00::/56", f"{number:02x}::/64")
            self.ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=prefix)


def target(wanted: Any) -> dict[str, Any]:
    if isinstance(wanted, dict):
        return wanted
    name, _, port = wanted.partition(":")
    return {"Id": name, "Port": int(port)} if port else {"Id": name}


def forward(*groups: Any) -> dict[str, Any]:
    """forward(arn) or forward((arn, weight), ...)"""
    if len(groups) == 1 and isinstance(groups[0], str):
        return {"Type": "forward", "TargetGroupArn": groups[0]}
    pairs = [g if isinstance(g, tuple) else (g, 1) for g in groups]
    return {
        "Type": "forward",
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": a, "Weight": w} for a, w in pairs]},
    }


def fixed(status: str = "404", body: str = "") -> dict[str, Any]:
    return {
        "Type": "fixed-response",
        "FixedResponseConfig": {"StatusCode": status, "ContentType": "text/plain", "MessageBody": body},
    }


def redirect(**parts: Any) -> dict[str, Any]:
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **parts}}


def condition(field: str, *values: Any) -> dict[str, Any]:
    config = "".join(p.title() for p in field.split("-")) + "Config"
    return {"Field": field, config: {"Values": list(values)}}


def host(*values: str) -> dict[str, Any]:
    return condition("host-header", *values)


def path(*values: str) -> dict[str, Any]:
    return condition("path-pattern", *values)
