"""The data plane: what clients of the load balancers and zones meet, asked over HTTP or over real sockets."""

from __future__ import annotations

import threading
from typing import Any

from ..context import Context
from . import forward, tls
from .dns_server import DnsServer
from .reach import Unreachable, balancer_at, balancer_called, connect, default_source, view
from .request import request
from .resolve import resolve
from .web_server import WebServer

_listening: list[tuple[DnsServer, WebServer, WebServer]] = []


def handshake(context: Context, query: dict[str, str]) -> dict[str, Any]:
    """?ip=|dns=|loadBalancer= &port=443 &sni= &vpc= &sourceIp="""
    vpc, port = query.get("vpc"), int(query.get("port", 443))
    try:
        if "ip" in query:
            balancer = balancer_at(query["ip"])
            if balancer is None:
                raise Unreachable("elsewhere", f"{query['ip']} is not a load balancer")
        elif "loadBalancer" in query:
            balancer = balancer_called(query["loadBalancer"])
        else:
            name = query["dns"]
            values = [a["value"] for a in resolve(context, name, "A", vpc)["answers"] if a["type"] == "A"]
            balancer = balancer_at(values[0]) if values else None
            if balancer is None:
                raise Unreachable("dns", f"{name} does not resolve to a load balancer")
        on = connect(context, balancer, port, query.get("sourceIp") or default_source(balancer, vpc))
        if on.protocol not in ("HTTPS", "TLS"):
            raise Unreachable("tls", f"the listener on port {port} does not speak TLS")
        shown = tls.describe(context, balancer, on, query.get("sni") or query.get("dns"))
        return {"loadBalancer": balancer.arn, "listener": view(on), **shown}
    except Unreachable as error:
        return {"error": error.why, "message": error.text}


def listen(context: Context, wanted: dict[str, Any]) -> dict[str, Any]:
    """{"loadBalancer"?, "vpc"?, "sourceIp"?, "httpPort"?, "httpsPort"?}: without a load balancer, the host decides."""
    unknown = set(wanted) - {"loadBalancer", "vpc", "sourceIp", "httpPort", "httpsPort"}
    if unknown:
        raise ValueError(f"listen does not know {', '.join(sorted(unknown))}")
    # The application's lock, so that a handshake never reads a listener that is being changed.
    lock = getattr(context, "lock", None) or threading.RLock()
    servers = (
        DnsServer(context, lock, wanted.get("vpc")),
        WebServer(context, lock, wanted, "https"),
        WebServer(context, lock, wanted, "http"),
    )
    _listening.append(servers)
    dns, https, http = (server.start() for server in servers)
    return {"host": "127.0.0.1", "dns": dns, "https": https, "http": http}


def close(_context: Context | None = None) -> dict[str, Any]:
    """Ends every listening socket. Answers within a request end by themselves."""
    closed = len(_listening)
    for servers in _listening:
        for server in servers:
            threading.Thread(target=_end, args=(server,), daemon=True).start()
    _listening.clear()
    return {"closed": closed}


def _end(server: Any) -> None:
    server.shutdown()
    server.server_close()


def reset(context: Context) -> None:
    close(context)
    forward.reset()


def install(context: Context) -> None:
    @context.endpoint("GET", "/_fairlead/dns")
    def dns(query: dict[str, str], _body: Any) -> Any:
        return resolve(context, query["name"], query.get("type", "A"), query.get("vpc"))

    @context.endpoint("GET", "/_fairlead/tls")
    def tls_(query: dict[str, str], _body: Any) -> Any:
        return handshake(context, query)

    @context.endpoint("POST", "/_fairlead/request")
    def request_(_query: dict[str, str], body: Any) -> Any:
        return request(context, body)

    @context.endpoint("POST", "/_fairlead/dataplane/listen")
    def listen_(_query: dict[str, str], body: Any) -> Any:
        return listen(context, body or {})

    @context.endpoint("DELETE", "/_fairlead/dataplane/listen")
    def close_(_query: dict[str, str], _body: Any) -> Any:
        return close()
