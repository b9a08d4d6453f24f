"""Listeners: protocol and port, policy, default certificate, default actions."""

from __future__ import annotations

from typing import Any

from moto.elbv2.ssl_policies import SSL_POLICIES

from ..context import Call, Context
from ..errors import AwsError
from . import rule
from .elbv2_actions import check_actions, check_groups, normal
from .elbv2_certificates import check_supported, one_certificate
from .elbv2_lb_attributes import as_list, check_value
from .elbv2_limits import refuse_beyond
from .elbv2_state import Listener, LoadBalancer, Rule, listener, load_balancer, of, page, refresh_uses
from .elbv2_tags import forget_tags, set_tags, tags_for_create

API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
PROTOCOLS = {"application": ("HTTP", "HTTPS"), "network": ("TCP", "TLS", "UDP", "TCP_UDP")}
SECURE = ("HTTPS", "TLS")
DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
HEADERS = "routing.http.request.x_amzn_"


@rule(
    "elbv2-listener-protocol",
    doc=API + "API_CreateListener.html",
    says="An ALB listener has the protocol HTTP or HTTPS and a port from 1 to 65535.",
)
def check_protocol(balancer: LoadBalancer, protocol: str | None, port: int | None) -> None:
    if not port:
        raise AwsError("ValidationError", "A listener port must be specified")
    if not 1 <= port <= 65535:
        raise AwsError("ValidationError", f"Listener port '{port}' must be between '1' and '65535'")
    if not protocol:
        raise AwsError("ValidationError", "A listener protocol must be specified")
    if protocol not in PROTOCOLS[balancer.type]:
        raise AwsError(
            "ValidationError",
            f"Listener protocol '{protocol}' must be one of '{', '.join(PROTOCOLS[balancer.type])}'",
        )


@rule(
    "elbv2-listener-port",
    doc=API + "API_CreateListener.html",
    says="A port has one listener of a load balancer.",
)
def check_port(balancer: LoadBalancer, port: int, but: str = "") -> None:
    if any(each.port == port and each.arn != but for each in balancer.listeners.values()):
        raise AwsError(
            "DuplicateListener",
            f"A listener already exists on this port for this load balancer '{balancer.arn}'",
        )


@rule(
    "elbv2-listener-policy",
    doc=API + "API_DescribeSSLPolicies.html",
    says="The security policy is one that exists.",
)
def check_policy(name: str | None) -> None:
    if name is not None and name not in SSL_POLICIES:
        raise AwsError("SSLPolicyNotFound", f"SSL policy '{name}' not found")


@rule(
    "elbv2-listener-security",
    doc=API + "API_CreateListener.html",
    says="HTTPS needs exactly one certificate; HTTP has neither certificate nor policy.",
)
def check_security(call: Call, protocol: str, kept: str | None) -> str | None:
    given, policy = call.params.get("Certificates") or [], call.params.get("SslPolicy")
    if protocol not in SECURE:
        if given:
            raise AwsError("ValidationError", f"Certificates cannot be specified for {protocol} listeners")
        if policy:
            raise AwsError("ValidationError", f"An SSL policy cannot be specified for {protocol} listeners")
        return None
    check_policy(policy)
    if not given:
        if kept is None:
            raise AwsError("ValidationError", f"A certificate must be specified for {protocol} listeners")
        return kept
    arn = one_certificate(given)
    check_supported(call, arn)
    return arn


@rule(
    "elbv2-listener-idempotent",
    doc=API + "API_CreateListener.html",
    says="Creating again with the same settings succeeds; with other settings the port is taken.",
)
def existing(balancer: LoadBalancer, wanted: Listener) -> Listener | None:
    def settings(each: Listener) -> tuple[object, ...]:
        return each.port, each.protocol, each.ssl_policy, each.certificate, each.default.actions, each.alpn

    for each in balancer.listeners.values():
        if settings(each) == settings(wanted):
            return each
    check_port(balancer, wanted.port)
    return None


def create(context: Context, call: Call) -> dict[str, Any]:
    params, backend = call.params, of(call)
    balancer = load_balancer(backend, params["LoadBalancerArn"])
    protocol, port = params.get("Protocol"), params.get("Port")
    check_protocol(balancer, protocol, port)
    tags = tags_for_create(context, call)
    certificate = check_security(call, protocol, None)
    actions = normal(params["DefaultActions"])
    number = f"{context.random.getrandbits(64):016x}"
    arn = balancer.arn.replace(":loadbalancer/", ":listener/") + "/" + number
    made = Listener(
        arn=arn,
        load_balancer_arn=balancer.arn,
        port=port,
        protocol=protocol,
        ssl_policy=(params.get("SslPolicy") or DEFAULT_POLICY) if protocol in SECURE else None,
        certificate=certificate,
        certificates=[],
        default=Rule(
            arn=arn.replace(":listener/", ":listener-rule/") + f"/{context.random.getrandbits(64):016x}",
            priority=0,
            conditions=[],
            actions=actions,
        ),
        alpn=params.get("AlpnPolicy") or [],
    )
    check_actions(context, actions, made)
    there = existing(balancer, made)
    if there is not None:
        return {"Listeners": [view(there)]}
    check_groups(context, call, actions, balancer)
    refuse_beyond(
        context,
        "albListeners",
        len(balancer.listeners) + 1,
        "TooManyListeners",
        f"listeners on load balancer '{balancer.arn}'",
    )
    balancer.listeners[arn] = made
    set_tags(call, arn, tags)
    refresh_uses(backend, context.now())
    return {"Listeners": [view(made)]}


@rule(
    "elbv2-listener-modify",
    doc=API + "API_ModifyListener.html",
    says="ModifyListener replaces the default certificate and actions as a whole; HTTPS to HTTP drops certificates and policy.",
)
def modify(context: Context, call: Call) -> dict[str, Any]:
    params, backend = call.params, of(call)
    on = listener(backend, params["ListenerArn"])
    balancer = load_balancer(backend, on.load_balancer_arn)
    protocol, port = params.get("Protocol") or on.protocol, params.get("Port") or on.port
    check_protocol(balancer, protocol, port)
    check_port(balancer, port, but=on.arn)
    certificate = check_security(call, protocol, on.certificate)
    changed = Listener(**{**vars(on), "protocol": protocol, "port": port, "certificate": certificate})
    if params.get("DefaultActions"):
        actions = normal(params["DefaultActions"])
        check_actions(context, actions, changed)
        check_groups(context, call, actions, balancer, instead_of=on.default)
        on.default.actions = actions
    if protocol in SECURE:
        on.ssl_policy = params.get("SslPolicy") or on.ssl_policy or DEFAULT_POLICY
    else:
        on.ssl_policy, on.certificates = None, []
    on.protocol, on.port, on.certificate = protocol, port, certificate
    if params.get("AlpnPolicy") is not None:
        on.alpn = params["AlpnPolicy"]
    refresh_uses(backend, context.now())
    return {"Listeners": [view(on)]}


def delete(context: Context, call: Call) -> dict[str, Any]:
    backend = of(call)
    on = listener(backend, call.params["ListenerArn"])
    forget_tags(call, on.arn, *on.rules)
    del load_balancer(backend, on.load_balancer_arn).listeners[on.arn]
    refresh_uses(backend, context.now())
    return {}


def view(on: Listener) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ListenerArn": on.arn,
        "LoadBalancerArn": on.load_balancer_arn,
        "Port": on.port,
        "Protocol": on.protocol,
        "DefaultActions": on.default.actions,
    }
    if on.protocol in SECURE:
        found["Certificates"] = [{"CertificateArn": on.certificate}]
        found["SslPolicy"] = on.ssl_policy
        found["MutualAuthentication"] = {"Mode": "off"}
    if on.alpn:
        found["AlpnPolicy"] = on.alpn
    return found


@rule(
    "elbv2-listener-describe",
    doc=API + "API_DescribeListeners.html",
    says="DescribeListeners shows the default certificate alone, fails on an ARN that does not exist, and comes in pages.",
)
def describe(call: Call) -> dict[str, Any]:
    arn, arns = call.params.get("LoadBalancerArn"), call.params.get("ListenerArns") or []
    if not arn and not arns:
        raise AwsError("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
    if arn and arns:
        raise AwsError(
            "ValidationError", "Listener ARNs and a load balancer ARN cannot be specified at the same time"
        )
    found = (
        list(load_balancer(of(call), arn).listeners.values())
        if arn
        else [listener(of(call), a) for a in arns]
    )
    chosen, marker = page(call, found, lambda each: each.arn)
    return {"Listeners": [view(each) for each in chosen], **({"NextMarker": marker} if marker else {})}


@rule(
    "elbv2-listener-attributes",
    doc=API + "API_ListenerAttribute.html",
    says="Only listener attributes that begin with a known routing.http or tcp key are taken.",
)
def modify_attributes(call: Call) -> dict[str, Any]:
    on = listener(of(call), call.params["ListenerArn"])
    for each in call.params["Attributes"]:
        key = each.get("Key", "")
        if key == "tcp.idle_timeout.seconds" and on.protocol == "TCP":
            check_value("Listener", key, each.get("Value", ""), (60, 6000))
        elif key == "routing.http.response.server.enabled":
            check_value("Listener", key, each.get("Value", ""), ("true", "false"))
        elif not key.startswith((HEADERS, "routing.http.response.")) or not key.endswith(
            (".header_name", ".header_value")
        ):
            raise AwsError("ValidationError", f"Listener attribute key '{key}' is not recognized")
    on.attributes.update({a["Key"]: a.get("Value", "") for a in call.params["Attributes"]})
    return {"Attributes": as_list(on.attributes)}


def describe_attributes(call: Call) -> dict[str, Any]:
    return {"Attributes": as_list(listener(of(call), call.params["ListenerArn"]).attributes)}


def check_policy_names(call: Call) -> None:
    for name in call.params.get("Names") or []:
        check_policy(name)


def install(context: Context) -> None:
    context.before("elbv2", "DescribeSSLPolicies")(check_policy_names)
    context.replace("elbv2", "CreateListener")(lambda call: create(context, call))
    context.replace("elbv2", "ModifyListener")(lambda call: modify(context, call))
    context.replace("elbv2", "DeleteListener")(lambda call: delete(context, call))
    context.replace("elbv2", "DescribeListeners")(describe)
    context.replace("elbv2", "ModifyListenerAttributes")(modify_attributes)
    context.replace("elbv2", "DescribeListenerAttributes")(describe_attributes)
