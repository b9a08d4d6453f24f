"""The whole stand-in without a socket: a request goes in, an answer comes out."""

from __future__ import annotations

import json
import re
import threading
from typing import Any, TextIO
from urllib.parse import parse_qsl

from . import backends, control
from .buckets import throttle_error
from .calls import CallLog, without_secrets
from .clock import Clock
from .config import Config
from .context import Call, Context
from .errors import AwsError, DropConnection, render_error
from .execute import Answer, execute
from .iam_asks import actions
from .identify import identify, parse
from .rules import modules
from .validate import validate

ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>")


class App:
    def __init__(
        self,
        clock: str = "real",
        config: dict[str, Any] | None = None,
        log: TextIO | None = None,
        clock_file: str | None = None,
    ) -> None:
        # One lock around everything that touches a backend: calls happen one after the other.
        self.lock = threading.RLock()
        self.context = Context(Clock(clock, clock_file), Config(config), CallLog(log))
        # The data plane's own sockets answer from other threads.
        self.context.lock = self.lock
        self.rules = modules()
        backends.install(self.context)
        for module in self.rules:
            module.install(self.context)
        try:
            from . import dataplane
        except ImportError:
            dataplane = None  # type: ignore[assignment]
        if dataplane is not None and hasattr(dataplane, "install"):
            dataplane.install(self.context)
            self.rules.append(dataplane)
        control.install(self)
        backends.warm_up()
        self.reset()

    def reset(self) -> None:
        context = self.context
        context.config.restart()
        context.clock.restart()
        context.calls.reset()
        context.buckets.reset()
        context.faults.reset()
        context.random.seed(1)
        backends.reset()
        for module in self.rules:
            if hasattr(module, "reset"):
                module.reset(context)
        for fn in context.resets:
            fn(context)

    def handle(self, environ: dict[str, Any], body: bytes) -> Answer:
        """One HTTP request. Raises DropConnection when the connection is to be reset."""
        if environ["PATH_INFO"].startswith("/_fairlead/"):
            return self._control(environ, body)
        with self.lock:
            try:
                call = identify(environ, body, self.context)
            except AwsError as error:
                return render_error(error, "", "query", "")
            fault = self.context.faults.match(call.service, call.operation)
            if fault is None or fault["kind"] not in ("hang", "reset"):
                answer = self._call(call, body, fault)
                if fault is not None and fault["kind"] == "after-reset":
                    raise DropConnection
                return answer
            self._log(call, 0, fault["kind"])
        if fault["kind"] == "hang":
            # Outside the lock: a call that hangs must not hold up the others. Then the connection goes.
            threading.Event().wait(fault.get("seconds", 3600))
        raise DropConnection

    def _call(self, call: Call, body: bytes, fault: dict[str, Any] | None) -> Answer:
        context = self.context
        code = None
        try:
            parse(call, body)
            if fault is not None and fault["kind"] != "after-reset":
                raise fault_error(fault, call.service)
            for hook in context.befores.get(("*", "*"), ()):
                hook(call)
            context.buckets.take(call.service, call.operation, call.account, call.region)
            if context.config["validate"]:
                validate(call)
            status, headers, answered = execute(context, call)
            # Every answer names its request, as the call log does.
            headers = {k: v for k, v in headers.items() if k.lower() != "x-amzn-requestid"}
            answer = status, {**headers, "x-amzn-RequestId": call.request_id}, answered
            if answer[0] >= 400:
                code = code_of(answer)
        except AwsError as error:
            code = error.code
            answer = render_error(error, call.service, call.protocol, call.request_id)
        except Exception as error:
            self._log(call, 500, "InternalFailure")
            import sys
            import traceback

            traceback.print_exc(file=sys.stderr)
            failure = AwsError("InternalFailure", f"{type(error).__name__}: {error}", 500)
            return render_error(failure, call.service, call.protocol, call.request_id)
        self._log(call, answer[0], code)
        return answer

    def _log(self, call: Call, status: int, code: str | None) -> None:
        self.context.calls.add(
            time=round(self.context.now(), 3),
            service=call.service,
            operation=call.operation,
            account=call.account,
            region=call.region,
            status=status,
            errorCode=code,
            requestId=call.request_id,
            caller=call.caller_arn,
            actions=actions(call),
            denied=call.denied,
            userAgent=call.environ.get("HTTP_USER_AGENT", ""),
            params=without_secrets(call.params),
        )

    def _control(self, environ: dict[str, Any], body: bytes) -> Answer:
        headers = {"Content-Type": "application/json"}
        endpoint = self.context.endpoints.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if endpoint is None:
            known = sorted(f"{m} {p}" for m, p in self.context.endpoints)
            return 404, headers, json.dumps({"error": "no such endpoint", "endpoints": known}).encode()
        try:
            query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
            with self.lock:
                answer = endpoint(query, json.loads(body) if body else None)
            return 200, headers, json.dumps(answer, default=str).encode()
        except (ValueError, KeyError, TypeError, AwsError) as error:
            message = f"{type(error).__name__}: {error}"
            return 400, headers, json.dumps({"error": message}).encode()


def fault_error(fault: dict[str, Any], service: str) -> AwsError:
    kind = fault["kind"]
    if kind == "throttle":
        error = throttle_error(service)
        return AwsError(fault.get("code", error.code), error.message, error.status)
    if kind == "error500":
        return AwsError(fault.get("code", "InternalFailure"), "An internal error has occurred", 500)
    if kind == "error503":
        return AwsError(fault.get("code", "ServiceUnavailable"), "Service Unavailable", 503)
    return AwsError(fault["code"], fault.get("message", "A fault was asked for"), fault.get("status", 400))


def code_of(answer: Answer) -> str:
    status, headers, body = answer
    match = ERROR_CODE.search(body)
    if match:
        return match.group(1).decode()
    try:
        return str(json.loads(body)["__type"]).split("#")[-1]
    except (ValueError, KeyError, TypeError):
        return f"HTTP{status}"
