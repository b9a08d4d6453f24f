"""One server in this process, on the simulated clock, reset before each test."""

from __future__ import annotations

import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fairlead_aws.app import App  # noqa: E402
from fairlead_aws.server import serve  # noqa: E402

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

A, B = "111111111111", "222222222222"
REGION = "eu-west-1"


class Aws:
    def __init__(self, app: App, url: str) -> None:
        self.app = app
        self.url = url
        self._clients: dict[Any, Any] = {}

    def client(
        self,
        service: str,
        account: str = A,
        region: str = REGION,
        keys: dict[str, Any] | None = None,
        check: bool = False,
    ) -> Any:
        """A client that never retries; check=False leaves parameter validation to the server."""
        key = (service, account, region, json.dumps(keys, default=str), check)
        if key not in self._clients:
            credentials = {
                "aws_access_key_id": f"AKIA{account}TEST",
                "aws_secret_access_key": "secret",
            }
            if keys:
                credentials = {
                    "aws_access_key_id": keys["AccessKeyId"],
                    "aws_secret_access_key": keys["SecretAccessKey"],
                    "aws_session_token": keys["SessionToken"],
                }
            self._clients[key] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=region,
                config=Config(
                    retries={"total_max_attempts": 1},
                    parameter_validation=check,
                    read_timeout=10,
                ),
                **credentials,
            )
        return self._clients[key]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_fairlead/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from None

    def config(self, **keys: Any) -> None:
        self.control("POST", "config", keys)

    def advance(self, seconds: float) -> None:
        """Moves the simulated clock on."""
        self.control("POST", "clock", {"now": round((self.app.context.now() + seconds) * 1000)})

    def calls(self, **query: Any) -> list[dict[str, Any]]:
        text = "&".join(f"{k}={v}" for k, v in query.items())
        return self.control("GET", f"calls?{text}")["calls"]

    def state(self, account: str = A) -> dict[str, Any]:
        return self.control("GET", "state")["accounts"][account]


def _serve(clock: str) -> Iterator[Aws]:
    app = App(clock)
    server = serve(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    host, port = server.server_address[:2]
    yield Aws(app, f"http://{host}:{port}")
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def _simulated() -> Iterator[Aws]:
    yield from _serve("simulated")


@pytest.fixture
def aws(_simulated: Aws) -> Aws:
    """Simulated clock; token buckets off unless the test turns them on."""
    _simulated.control("POST", "reset")
    _simulated.config(buckets=False)
    return _simulated


class Refused:
    """with refused("Code", "part of the message"): ... """

    def __init__(self, code: str, *parts: str) -> None:
        self.code, self.parts = code, parts
        self.message = ""
        self.status = 0

    def __enter__(self) -> Refused:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        assert isinstance(error, ClientError), f"expected {self.code}, got {error!r}"
        found = error.response["Error"]
        self.message = found["Message"]
        self.status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert found["Code"] == self.code, f"expected {self.code}, got {found}"
        for part in self.parts:
            assert part in found["Message"], f"{part!r} is not in {found['Message']!r}"
        return True


@pytest.fixture
def refused() -> type[Refused]:
    return Refused
