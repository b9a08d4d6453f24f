"""Executes one parsed call: by a rule's replacement if there is one, otherwise by moto."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from werkzeug.exceptions import HTTPException

from .context import Call, Context
from .errors import AwsError
from .identify import service_model
from .plain import NotPlain, namespace_of, serialize_plain

Answer = tuple[int, dict[str, str], bytes]


def _handlers() -> dict[str, type[BaseResponse]]:
    from moto.acm.responses import AWSCertificateManagerResponse
    from moto.ec2.responses import EC2Response
    from moto.elbv2.responses import ELBV2Response
    from moto.iam.responses import IamResponse
    from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse
    from moto.route53.responses import Route53
    from moto.sts.responses import TokenResponse

    return {
        "acm": AWSCertificateManagerResponse,
        "ec2": EC2Response,
        "elbv2": ELBV2Response,
        "iam": IamResponse,
        "resourcegroupstaggingapi": ResourceGroupsTaggingAPIResponse,
        "route53": Route53,
        "sts": TokenResponse,
    }


HANDLERS = _handlers()
REGIONLESS = frozenset({"iam", "route53", "cloudfront"})


def to_bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()


def serialize(call: Call, result: Any) -> Answer:
    model = service_model(call.service)
    operation = model.operation_model(call.operation)
    try:
        return serialize_plain(
            operation, call.protocol, result, call.request_id, namespace_of(call.service, model)
        )
    except NotPlain:
        pass
    serializer = get_serializer_class(call.service, call.protocol)(
        operation_model=operation,
        value_picker=XFormedAttributePicker(response_transformers=None),
    )
    answer = serializer.serialize(result)
    return answer["status_code"], dict(answer["headers"]), to_bytes(answer["body"])


def by_moto(call: Call) -> Answer:
    handler = HANDLERS.get(call.service)
    if handler is None:
        raise AwsError("UnknownOperationException", f"{call.service} is not part of this stand-in", 404)
    # The account is decided here, from the credentials; moto takes it from this header.
    call.request.environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
    host = call.service if call.service in REGIONLESS else f"{call.service}.{call.region}"
    query = call.environ.get("QUERY_STRING", "")
    url = f"https://{host}.amazonaws.com{call.request.raw_path}" + (f"?{query}" if query else "")
    try:
        status, headers, body = handler.dispatch(call.request, url, call.request.headers)
    except HTTPException as error:
        return int(error.code or 400), dict(error.get_headers()), to_bytes(error.get_body())
    except NotImplementedError as error:
        raise AwsError("InvalidAction", f"{call.service}:{call.operation}: {error}", 501) from error
    headers = {k: str(v) for k, v in headers.items() if k.lower() not in ("status", "date", "server", "content-length")}
    return status, headers, to_bytes(body)


def execute(context: Context, call: Call) -> Answer:
    key = (call.service, call.operation)
    for hook in context.befores.get((call.service, "*"), ()):
        hook(call)
    for hook in context.befores.get(key, ()):
        hook(call)
    replacement = context.replacements.get(key)
    if replacement is not None:
        result = replacement(call)
        answer = serialize(call, result.result if isinstance(result, ActionResult) else result)
    else:
        answer = by_moto(call)
    if answer[0] < 400:
        for after in (*context.afters.get(key, ()), *context.afters.get((call.service, "*"), ())):
            after(call, answer[0], answer[2])
    return answer
