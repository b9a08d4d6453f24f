"""AWS errors, and how each wire protocol renders them."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

NAMESPACES = {
    "elbv2": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "route53": "https://route53.amazonaws.com/doc/2013-04-01/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "cloudfront": "http://cloudfront.amazonaws.com/doc/2020-05-31/",
}


class AwsError(Exception):
    """An error AWS itself would answer with; a rule raises it, the server renders it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class DropConnection(Exception):
    """The client gets a TCP reset instead of an answer."""


def render_error(
    error: AwsError, service: str, protocol: str, request_id: str
) -> tuple[int, dict[str, str], bytes]:
    code, message = escape(error.code), escape(error.message)
    kind = "Sender" if error.status < 500 else "Receiver"
    if protocol in ("json", "rest-json"):
        body = json.dumps({"__type": error.code, "message": error.message})
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "x-amzn-RequestId": request_id,
            "x-amzn-ErrorType": error.code,
        }
        return error.status, headers, body.encode()
    if protocol == "ec2":
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
            f"<Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    else:
        namespace = NAMESPACES.get(service, "")
        xmlns = f' xmlns="{namespace}"' if namespace else ""
        body = (
            f'<?xml version="1.0"?>\n<ErrorResponse{xmlns}><Error><Type>{kind}</Type>'
            f"<Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return (
        error.status,
        {"Content-Type": "text/xml", "x-amzn-RequestId": request_id},
        body.encode(),
    )
