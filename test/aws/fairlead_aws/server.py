"""HTTP in front of the application: threaded, keep-alive, loopback only."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import struct
from typing import Any
from urllib.parse import unquote

from .app import App
from .errors import DropConnection


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fairlead-aws"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet per answer
    app: App

    def handle_any(self) -> None:
        try:
            body = self._body()
            status, headers, answer = self.app.handle(self._environ(body), body)
        except DropConnection:
            self._drop()
            return
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "REQUEST_URI": self.path,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": str(len(body)),
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING", "X_MOTO_ACCOUNT_ID"):
                environ["HTTP_" + key] = value
        return environ

    def _drop(self) -> None:
        """RST instead of FIN: the client sees ECONNRESET."""
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.close()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """The call log says what happened; stdout is for the ready line alone."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def shutdown_request(self, request: Any) -> None:
        # A dropped connection must end in a RST; socketserver's shutdown would send a FIN first.
        with contextlib.suppress(OSError):
            linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
            if struct.unpack("ii", linger)[0]:
                self.close_request(request)
                return
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is not an error of ours."""
        import sys

        error = sys.exception()
        if not isinstance(error, (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def serve(
    app: App, port: int = 0, host: str = "127.0.0.1"
) -> Server:
    handler = type("AppHandler", (Handler,), {"app": app})
    return Server((host, port), handler)


def ready_line(server: Server) -> str:
    host, port = server.server_address[:2]
    return f"listening http://{host}:{port}"


def parse_config(text: str | None) -> dict[str, Any]:
    config = json.loads(text) if text else {}
    if not isinstance(config, dict):
        raise ValueError("--config takes a JSON object")
    return config
