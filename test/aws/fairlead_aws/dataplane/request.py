"""A request from a client's side: DNS, connection, TLS, rule, action, answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..context import Context
from ..rules import rule
from ..rules.elbv2_actions import KEEP, TERMINAL
from ..rules.elbv2_state import Listener, LoadBalancer
from . import tls
from .forward import group_by_weight, send
from .match import Request, choose
from .reach import Unreachable, balancer_at, balancer_called, connect, default_source, view
from .resolve import resolve

PORTS = {"http": 80, "https": 443}
SECURE = ("HTTPS", "TLS")


def parse(body: dict[str, Any]) -> Request:
    """{"url"} or {"host", "path", "scheme", "port", "query"}, and "method", "headers", "sourceIp"."""
    parts = urlsplit(body.get("url") or "")
    scheme = parts.scheme or body.get("scheme", "https")
    if scheme not in PORTS:
        raise ValueError(f"scheme {scheme!r} is not http or https")
    host = parts.hostname or body.get("host")
    if not host:
        raise ValueError("a request needs a url or a host")
    path, _, inline = (parts.path or body.get("path") or "/").partition("?")
    query = body.get("query")
    if isinstance(query, dict):
        pairs = [(str(k), str(v)) for k, v in query.items()]
    else:
        pairs = parse_qsl(parts.query or query or inline, keep_blank_values=True)
    headers = {str(k): str(v) for k, v in (body.get("headers") or {}).items()}
    named = next((v for k, v in headers.items() if k.lower() == "host"), host)
    return Request(
        scheme=scheme,
        host=named.rsplit(":", 1)[0] if named.count(":") == 1 else named,
        port=int(parts.port or body.get("port") or PORTS[scheme]),
        path=path or "/",
        method=str(body.get("method", "GET")).upper(),
        headers=tuple(headers.items()),
        query=tuple(pairs),
        source_ip=str(body.get("sourceIp") or ""),
    )


def query_text(request: Request) -> str:
    return "&".join(f"{k}={v}" if v else k for k, v in request.query)


@rule(
    "dataplane-redirect",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
    says="#{protocol}, #{host}, #{port}, #{path} and #{query} are replaced by what the request had; Location names the port.",
)
def location(config: dict[str, Any], request: Request, on: Listener) -> str:
    values = {
        "#{protocol}": on.protocol.lower(),
        "#{host}": request.host,
        "#{port}": str(on.port),
        "#{path}": request.path.removeprefix("/"),
        "#{query}": query_text(request),
    }

    def fill(part: str) -> str:
        text = str(config.get(part, KEEP[part]))
        for name, value in values.items():
            text = text.replace(name, value)
        return text

    query = fill("Query")
    return f"{fill('Protocol').lower()}://{fill('Host')}:{fill('Port')}{fill('Path')}" + (
        f"?{query}" if query else ""
    )


def perform(
    context: Context, balancer: LoadBalancer, on: Listener, request: Request, trace: list[str]
) -> dict[str, Any]:
    """From an open connection to the answer."""
    from moto.elbv2.models import elbv2_backends

    backend = elbv2_backends[balancer.account][balancer.region]
    found = choose(on.ordered(), request)
    done: dict[str, Any] = {"rule": found.arn, "priority": "default" if found.is_default else found.priority}
    trace.append(f"rule {done['priority']}")
    action = next(a for a in found.actions if a["Type"] in TERMINAL)
    done["action"] = action["Type"]
    if len(found.actions) > 1:
        trace.append("the client is taken to be authenticated")
    if action["Type"] == "redirect":
        config = action["RedirectConfig"]
        done.update(
            status=int(config["StatusCode"].removeprefix("HTTP_")), location=location(config, request, on)
        )
    elif action["Type"] == "fixed-response":
        config = action["FixedResponseConfig"]
        done.update(
            status=int(config["StatusCode"]),
            body=config.get("MessageBody", ""),
            contentType=config.get("ContentType", "text/plain"),
        )
    else:
        groups = action["ForwardConfig"]["TargetGroups"]
        arn = group_by_weight(found.arn, groups)
        done["weights"] = {g["TargetGroupArn"]: g["Weight"] for g in groups}
        if arn is None:
            done.update(status=503, targetGroup=None, target=None, routing="all weights are 0")
        else:
            done.update(send(context, backend, backend.target_groups[arn]))
        trace.append(f"forward to {done['targetGroup']}: {done['routing']}, {done['target']}")
    return done


@rule(
    "dataplane-protocol",
    doc="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html",
    says="Plain HTTP on an HTTPS listener is answered with 400; TLS on an HTTP listener fails its handshake.",
)
def check_protocol(on: Listener, request: Request) -> int | None:
    if request.scheme == "https" and on.protocol not in SECURE:
        raise Unreachable("tls", f"the listener on port {on.port} does not speak TLS")
    return 400 if request.scheme == "http" and on.protocol in SECURE else None


def contacted(body: dict[str, Any], request: Request) -> str:
    """Whom the client connects to and names in SNI; a Host header may say another."""
    return urlsplit(body.get("url") or "").hostname or body.get("host") or request.host


def find_balancer(
    context: Context, body: dict[str, Any], request: Request, vpc: str | None, trace: list[str]
) -> LoadBalancer:
    if body.get("loadBalancer"):
        return balancer_called(body["loadBalancer"])
    if body.get("resolve") is False:
        raise ValueError("without resolving, the loadBalancer must be named")
    host = contacted(body, request)
    answer = resolve(context, host, "A", vpc)
    values = [a["value"] for a in answer["answers"] if a["type"] == "A"]
    trace.append(f"dns {host}: {answer['rcode']} {', '.join(values)}")
    if not values:
        raise Unreachable(
            "dns", f"{host} does not resolve: {answer['rcode']}{', no data' if answer['nodata'] else ''}"
        )
    balancer = balancer_at(values[0])
    if balancer is None:
        raise Unreachable("elsewhere", f"{values[0]} is not a load balancer")
    trace.append(f"load balancer {balancer.name}")
    return balancer


def request(context: Context, body: dict[str, Any]) -> dict[str, Any]:
    wanted, vpc, trace = parse(body), body.get("vpc"), []  # type: ignore[var-annotated]
    done: dict[str, Any] = {"status": 0, "url": f"{wanted.scheme}://{wanted.host}:{wanted.port}{wanted.path}"}
    try:
        balancer = find_balancer(context, body, wanted, vpc, trace)
        done["loadBalancer"] = balancer.arn
        source = wanted.source_ip or default_source(balancer, vpc)
        wanted = Request(**{**vars(wanted), "source_ip": source})
        on = connect(context, balancer, wanted.port, source)
        done["listener"] = view(on)
        refused = check_protocol(on, wanted)
        if wanted.scheme == "https":
            shown = tls.describe(context, balancer, on, body.get("sni", contacted(body, wanted)))
            done["certificate"] = {k: v for k, v in shown.items() if k not in ("certificate", "chain")}
            trace.append(f"tls {shown['arn']}{' (default)' if shown['default'] else ''}")
        if refused is None:
            done.update(perform(context, balancer, on, wanted, trace))
        else:
            done.update(status=refused, body="The plain HTTP request was sent to HTTPS port")
    except Unreachable as error:
        trace.append(f"{error.why}: {error.text}")
        done.update(error=error.why, message=error.text)
    return {**done, "trace": trace}
