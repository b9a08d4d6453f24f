"""Who asks what: service, operation, region, account and parameters of a request."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import parse_qs

from botocore.model import OperationNotFoundError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model

from .context import Call, Context
from .errors import AwsError

DEFAULT_ACCOUNT = "111111111111"
# An access key names its account: AKIA + 12 digits + anything.
BASE_KEY = re.compile(r"^AKIA(\d{12})")
SIGNING_NAMES = {
    "elasticloadbalancing": "elbv2",
    "tagging": "resourcegroupstaggingapi",
}
JSON_TARGETS = {"CertificateManager": "acm", "ResourceGroupsTaggingAPI_20170126": "resourcegroupstaggingapi"}
GLOBAL_REGION = {"route53": "us-east-1", "iam": "us-east-1", "cloudfront": "us-east-1"}


class MotoRequest(Request):
    from_wsgi_server = True


def service_model(service: str) -> Any:
    return get_service_model(service)


def scope_of(environ: dict[str, Any]) -> tuple[str, str, str]:
    """Access key, region and signing name from the SigV4 credential scope."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    match = re.search(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request", authorization)
    if match:
        return match.group(1), match.group(2), match.group(3).lower()
    return "", "", ""


def account_of_base_key(access_key: str) -> str:
    match = BASE_KEY.match(access_key)
    return match.group(1) if match else DEFAULT_ACCOUNT


def identify(environ: dict[str, Any], body: bytes, context: Context) -> Call:
    access_key, region, signing = scope_of(environ)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    content_type = environ.get("CONTENT_TYPE", "")
    service = SIGNING_NAMES.get(signing, signing)
    if not service and target:
        service = JSON_TARGETS.get(target.split(".")[0], "")
    if not service and b"Action=AssumeRoleWith" in body:
        service, region = "sts", "us-east-1"  # the two STS calls that are not signed
    if not service:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    if service == "elbv2" and b"Version=2012-06-01" in body:
        service = "elb"
    region = region or GLOBAL_REGION.get(service, "us-east-1")

    model = service_model(service)
    protocol = determine_request_protocol(model, content_type)
    request = MotoRequest({**environ, "wsgi.input": io.BytesIO(body)})
    uri_params: dict[str, Any] = {}
    if target:
        operation = target.split(".")[-1]
    elif protocol in ("query", "ec2"):
        form = parse_qs(body.decode("utf-8", "replace")) if body else {}
        form = form or parse_qs(environ.get("QUERY_STRING", ""))
        operation = form.get("Action", [""])[0]
    else:
        try:
            found, uri_params = get_service_router(service).match(request)
            operation = found.name
        except (NotFound, NotImplementedError):
            operation = ""
    call = Call(
        service=service,
        operation=operation,
        account=account_of_base_key(access_key),
        region=region,
        access_key=access_key,
        protocol=protocol,
        params={},
        caller_arn="",
        request_id="%032x" % context.random.getrandbits(128),
        environ=environ,
        request=request,
    )
    call.caller_arn = f"arn:aws:iam::{call.account}:user/fairlead"
    call.request_id = "-".join(
        call.request_id[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
    )
    call.environ["fairlead.uri_params"] = uri_params
    return call


def parse(call: Call, body: bytes) -> None:
    """Fills in the parameters; refuses what the service model does not know."""
    try:
        operation = service_model(call.service).operation_model(call.operation)
    except OperationNotFoundError:
        code = "InvalidAction" if call.protocol in ("query", "ec2") else "UnknownOperationException"
        raise AwsError(code, f"The action {call.operation} is not valid for this web service.") from None
    parser = PROTOCOL_PARSERS[call.protocol](operation)
    request = call.request
    try:
        call.params = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": body,
                "url_path": request.path,
                "url_params": call.environ["fairlead.uri_params"],
            }
        )
    except Exception as error:
        code = {
            "json": "SerializationException",
            "rest-xml": "InvalidInput",
            "ec2": "InvalidParameterValue",
        }.get(call.protocol, "MalformedInput")
        raise AwsError(code, f"The request could not be parsed: {error}") from error
