"""The command `aws`, as far as the pages use it: held to botocore's service models, and sent to the stand-in where that has the service."""

import json
import sys

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.validate import ParamValidator

SENT = {"iam", "route53"}
GLOBAL = {"query", "output", "region", "profile"}
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, without white space
LONGEST = {"PolicyDocument": 6144, "AssumeRolePolicyDocument": 2048}


def main(argv):
    service, operation, *rest = argv
    session = botocore.session.get_session()
    try:
        model = session.get_service_model(service)
    except UnknownServiceError:
        return fail(f"AWS has no service {service}")
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return fail(f"{service} has no operation {operation}")
    shape = model.operation_model(names[operation]).input_shape
    members = {} if shape is None else {xform_name(name, "-"): name for name in shape.members}
    given = {}
    for option, values in options(rest):
        if option in GLOBAL:
            continue
        if option not in members:
            return fail(f"aws {service} {operation} has no option --{option}")
        name = members[option]
        given[name] = value(shape.members[name], values)
        if name.endswith("PolicyDocument"):
            json.loads(given[name])
            size = len("".join(given[name].split()))
            longest = LONGEST["AssumeRolePolicyDocument" if "assume" in operation or operation == "create-role" else "PolicyDocument"]
            if size > longest:
                return fail(f"{name} has {size} characters, and IAM takes {longest}")
    if shape is not None:
        report = ParamValidator().validate(given, shape)
        if report.has_errors():
            return fail(report.generate_report())
    if service in SENT:
        client = session.create_client(service, region_name="us-east-1")
        answer = getattr(client, xform_name(names[operation]))(**given)
        answer.pop("ResponseMetadata", None)
        print(json.dumps(answer, default=str))
    else:
        print(json.dumps(given))
    return 0


def options(words):
    """Each option with its values."""
    found = []
    for word in words:
        if word.startswith("--"):
            found.append((word[2:], []))
        else:
            found[-1][1].append(word)
    return found


def value(shape, words):
    """As the command line reads it: JSON, a file, `Key=a,Value=b`, or the text itself."""
    first = words[0]
    if first.startswith("file://"):
        with open(first[7:], encoding="utf-8") as file:
            return file.read()
    if first[:1] in "[{":
        return json.loads(first)
    if shape.type_name == "list":
        return [value(shape.member, [word]) for word in words]
    if shape.type_name == "structure":
        return dict(part.split("=", 1) for part in first.split(","))
    return first


def fail(message):
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
