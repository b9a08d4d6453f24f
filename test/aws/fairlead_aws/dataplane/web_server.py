"""HTTP and TLS on loopback: real handshakes with the certificate the listener presents, real answers."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import os
import ssl
import tempfile
import threading
from typing import Any

from ..context import Context
from ..rules.elbv2_certificates import bundle
from ..rules.elbv2_state import LoadBalancer
from .reach import Unreachable, balancer_called, connect
from .request import find_balancer, parse, request
from .tls import certificate_for, pem_of

CLIENT = "203.0.113.1"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "awselb/2.0"
    server: WebServer

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        with self.server.lock:
            done = request(self.server.context, self.server.asked(host, self))
        if done["status"] == 0:
            self.close_connection = True  # a client of AWS would see the connection fail
            return
        body = (done.get("body") or json.dumps(done)).encode()
        if done.get("location"):
            body = b""
        self.send_response_only(done["status"])
        self.send_header("Content-Type", done.get("contentType") or "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (
            ("Location", done.get("location")),
            ("X-Fairlead-Rule", done.get("rule")),
            ("X-Fairlead-Target-Group", done.get("targetGroup")),
        ):
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = handle_any

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:
        """The answer itself says what happened."""


class WebServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: Context, lock: Any, wanted: dict[str, Any], scheme: str) -> None:
        self.context, self.lock, self.wanted, self.scheme = context, lock, wanted, scheme
        self.port_served = int(
            wanted.get("httpsPort", 443) if scheme == "https" else wanted.get("httpPort", 80)
        )
        self._contexts: dict[str, ssl.SSLContext] = {}
        super().__init__(("127.0.0.1", 0), Handler)

    def asked(self, host: str, handler: Handler | None) -> dict[str, Any]:
        """The request as if it had come to the load balancer's own port from somebody outside."""
        body: dict[str, Any] = {
            "scheme": self.scheme,
            "host": host or "localhost",
            "port": self.port_served,
            "sourceIp": self.wanted.get("sourceIp", CLIENT),
            "vpc": self.wanted.get("vpc"),
        }
        if self.wanted.get("loadBalancer"):
            body["loadBalancer"] = self.wanted["loadBalancer"]
        if handler is not None:
            body.update(method=handler.command, path=handler.path, headers=dict(handler.headers.items()))
            if self.scheme == "https":
                body["sni"] = getattr(handler.connection, "fairlead_sni", None)
        return body

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.scheme != "https":
            super().finish_request(request, client_address)
            return
        request.settimeout(10)
        with contextlib.suppress(ssl.SSLError, OSError):
            self.RequestHandlerClass(self._handshake(request), client_address, self)  # type: ignore[call-arg]

    def _handshake(self, raw: Any) -> ssl.SSLSocket:
        first = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # OpenSSL calls this for every ClientHello, with None when it names no host.
        first.sni_callback = self._choose
        return first.wrap_socket(raw, server_side=True)

    def _choose(self, connection: ssl.SSLObject, sni: str | None, _first: ssl.SSLContext) -> int | None:
        try:
            with self.lock:
                connection.context = self._context_for(sni)
        except (Unreachable, ValueError, OSError):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.fairlead_sni = sni  # type: ignore[attr-defined]
        return None

    def _balancer(self, sni: str | None) -> LoadBalancer:
        if self.wanted.get("loadBalancer"):
            return balancer_called(self.wanted["loadBalancer"])
        if not sni:
            raise ValueError("without SNI the load balancer must be named")
        body = self.asked(sni, None)
        return find_balancer(self.context, body, parse(body), self.wanted.get("vpc"), [])

    def _context_for(self, sni: str | None) -> ssl.SSLContext:
        balancer = self._balancer(sni)
        on = connect(self.context, balancer, self.port_served, self.wanted.get("sourceIp", CLIENT))
        if on.protocol != "HTTPS":
            raise Unreachable("tls", f"the listener on port {on.port} does not speak TLS")
        found = bundle(certificate_for(self.context, balancer, on, sni), balancer.account, balancer.region)
        if found is None:
            raise Unreachable("tls", "the certificate is gone from ACM")
        material = (pem_of(found.cert).strip() + "\n" + pem_of(found.chain).strip() + "\n").encode()
        secret = pem_of(found.key).encode()
        key = hashlib.sha256(material + secret).hexdigest()
        if key not in self._contexts:
            self._contexts[key] = _context_of(material, secret)
        return self._contexts[key]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle of a handshake is not an error of ours."""

    def start(self) -> int:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return int(self.server_address[1])


def _context_of(chain: bytes, secret: bytes) -> ssl.SSLContext:
    """Python reads keys from files only: one that only we may read, and not for longer than the call."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    handle, path = tempfile.mkstemp(prefix="fairlead-aws-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(chain + secret)
        made.load_cert_chain(path)
    finally:
        os.unlink(path)
    return made
