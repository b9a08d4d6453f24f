"""A tiny DNS server on loopback over UDP that answers what resolve() says."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from typing import Any

from ..context import Context
from .dns_wire import TYPES, answer, question
from .resolve import resolve


class Handler(socketserver.BaseRequestHandler):
    server: DnsServer

    def handle(self) -> None:
        message, socket = self.request
        # A message that cannot be read gets no answer, as from any server.
        with contextlib.suppress(ValueError, IndexError, UnicodeError):
            identity, name, number, asked = question(message)
            if number in TYPES:
                with self.server.lock:
                    found = resolve(self.server.context, name, TYPES[number], self.server.vpc)
                reply = answer(identity, asked, found["rcode"], found["answers"])
            else:
                reply = answer(identity, asked, "NOERROR", [])
            socket.sendto(reply, self.client_address)


class DnsServer(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def __init__(self, context: Context, lock: Any, vpc: str | None) -> None:
        self.context, self.lock, self.vpc = context, lock, vpc
        super().__init__(("127.0.0.1", 0), Handler)

    def start(self) -> int:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return int(self.server_address[1])
