"""ACM: import, describe, list, delete, tags, quotas."""

from __future__ import annotations

import base64
from typing import Any

from moto.acm.models import CertBundle, acm_backends

from ..context import Call, Context
from ..errors import AwsError
from . import acm_import as checks
from . import rule
from .acm_certificate import (
    ImportedCertificate,
    algorithm_of,
    detail,
    extended_key_usages,
    key_usages,
    serial_of,
    summary,
)
from .acm_usage import in_use_by

API = "https://docs.aws.amazon.com/acm/latest/APIReference"
LIMITS = "https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html"
YEAR = 365 * 86400
DEFAULT_KEY_TYPES = ("RSA_1024", "RSA_2048")
DEFAULT_PAGE = 100

_imports: dict[tuple[str, str], list[float]] = {}


def _store(call: Call) -> dict[str, CertBundle]:
    return acm_backends[call.account][call.region]._certificates


def find(call: Call) -> CertBundle:
    arn = call.params["CertificateArn"]
    bundle = _store(call).get(arn)
    if bundle is None:
        raise AwsError("ResourceNotFoundException", f"Could not find certificate {arn}.")
    bundle.check()
    return bundle


@rule(
    "ACM-YEARLY-IMPORTS",
    doc=LIMITS,
    says="acmYearlyImports imports in 365 days, per account and region; re-imports count, deleting gives none back.",
)
def count_import(context: Context, call: Call) -> None:
    past = _imports.setdefault((call.account, call.region), [])
    past[:] = [t for t in past if t > context.now() - YEAR]
    limit = context.config["acmYearlyImports"]
    if len(past) >= limit:
        raise AwsError(
            "LimitExceededException",
            f"Error: you have reached your limit of {limit} certificates in the last year.",
        )


@rule("ACM-CERTIFICATES-QUOTA", doc=LIMITS, says="acmCertificates certificates per account and region; expired ones count.")
def check_quota(context: Context, call: Call) -> None:
    limit = context.config["acmCertificates"]
    if len(_store(call)) >= limit:
        raise AwsError(
            "LimitExceededException",
            f"Cannot have more than {limit} certificates in account {call.account}.",
        )


@rule("ACM-TAGS", doc=f"{API}/API_AddTagsToCertificate.html", says="50 tags at most, no key twice, none with aws:.")
def check_tags(bundle_tags: dict[str, Any], tags: list[dict[str, str]]) -> None:
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) != len(keys):
        raise AwsError("InvalidTagException", "Duplicate tag keys are not allowed.")
    if any(key.lower().startswith("aws:") for key in keys):
        raise AwsError("InvalidTagException", "aws: prefixed tag key names are not allowed for external use.")
    if len({*bundle_tags, *keys}) > 50:
        raise AwsError("TooManyTagsException", "A certificate can have 50 tags at most.")


def import_certificate(context: Context, call: Call) -> Any:
    now = context.clock.utcnow()
    params = call.params
    pem, key_pem, chain = (params.get(k) for k in ("Certificate", "PrivateKey", "CertificateChain"))
    leaf = checks.read_leaf(pem)
    key = checks.read_key(key_pem)
    checks.check_names(leaf)
    checks.check_ocsp(leaf)
    checks.check_key_matches(leaf, key)
    checks.check_valid_now(leaf, now)
    checks.check_chain(leaf, chain, now, context.config["acmSigningAlgorithm"] == "enforce")
    tags = params.get("Tags") or []
    if params.get("CertificateArn"):
        bundle = find(call)
        if not isinstance(bundle, ImportedCertificate):
            raise checks.invalid("Only imported certificates can be re-imported.")
        checks.check_no_tags(tags)
        checks.check_same_key_type(bundle, leaf)
        checks.check_usages_kept(bundle, leaf)
        count_import(context, call)
        bundle.put(now, leaf, pem, key_pem, chain)
    else:
        check_tags({}, tags)
        check_quota(context, call)
        count_import(context, call)
        bundle = ImportedCertificate(call.account, call.region, now, leaf, pem, key_pem, chain)
        bundle.tags.add(tags)
        _store(call)[bundle.arn] = bundle
    _imports[(call.account, call.region)].append(context.now())
    return {"CertificateArn": bundle.arn}


@rule(
    "ACM-LIST-KEY-TYPES",
    doc=f"{API}/API_Filters.html",
    says="Without Includes.keyTypes only RSA_1024 and RSA_2048 certificates are listed.",
)
def matches(bundle: CertBundle, params: dict[str, Any]) -> bool:
    includes = params.get("Includes") or {}
    if algorithm_of(bundle) not in (includes.get("keyTypes") or DEFAULT_KEY_TYPES):
        return False
    statuses = params.get("CertificateStatuses")
    if statuses and bundle.status not in statuses:
        return False
    usages = includes.get("keyUsage")
    if usages and not set(usages) & set(key_usages(bundle._cert)):
        return False
    extended = includes.get("extendedKeyUsage")
    return not extended or bool(set(extended) & {name for name, _ in extended_key_usages(bundle._cert)})


@rule("ACM-LIST-PAGES", doc=f"{API}/API_ListCertificates.html", says="MaxItems and NextToken; SortBy and SortOrder go together.")
def list_certificates(context: Context, call: Call) -> Any:
    params = call.params
    if bool(params.get("SortBy")) != bool(params.get("SortOrder")):
        raise AwsError("InvalidArgsException", "SortBy and SortOrder must be specified together.")
    bundles = list(_store(call).values())
    for bundle in bundles:
        bundle.check()
    found = [b for b in bundles if matches(b, params)]
    if params.get("SortBy"):
        found.sort(key=lambda b: b.created_at, reverse=params["SortOrder"] == "DESCENDING")
    start = _start(params.get("NextToken"), [b.arn for b in found])
    page = found[start : start + int(params.get("MaxItems") or DEFAULT_PAGE)]
    separator = context.config["acmKeyAlgorithmSeparator"]
    answer: dict[str, Any] = {
        "CertificateSummaryList": [
            summary(b, bool(in_use_by(context, call.account, b.arn)), separator) for b in page
        ]
    }
    after = start + len(page)
    if after < len(found):
        answer["NextToken"] = base64.b64encode(found[after].arn.encode()).decode()
    return answer


def _start(token: str | None, arns: list[str]) -> int:
    """The token names the next certificate, so that a deletion between pages skips nothing."""
    if not token:
        return 0
    try:
        return arns.index(base64.b64decode(token, validate=True).decode())
    except ValueError:
        raise AwsError("InvalidArgsException", "The next token is not valid.") from None


@rule("ACM-DELETE-IN-USE", doc=f"{API}/API_DeleteCertificate.html", says="A certificate in use cannot be deleted.")
def delete_certificate(context: Context, call: Call) -> None:
    bundle = find(call)
    if in_use_by(context, call.account, bundle.arn):
        raise AwsError(
            "ResourceInUseException", f"Certificate {bundle.arn} in account {call.account} is in use."
        )
    del _store(call)[bundle.arn]


@rule(
    "ACM-DESCRIBE",
    doc=f"{API}/API_CertificateDetail.html",
    says="Serial in colon-separated hex, a hundred names at most, type IMPORTED, status by the clock, key algorithm RSA-2048.",
)
def describe_certificate(context: Context, call: Call) -> Any:
    bundle = find(call)
    users = in_use_by(context, call.account, bundle.arn)
    return {"Certificate": detail(bundle, users, context.config["acmKeyAlgorithmSeparator"])}


@rule("ACM-GET", doc=f"{API}/API_GetCertificate.html", says="The certificate and the chain as imported; a pending one has none.")
def get_certificate(call: Call) -> Any:
    bundle = find(call)
    if bundle.status == "PENDING_VALIDATION":
        raise AwsError("RequestInProgressException", f"Certificate {bundle.arn} is not yet issued.")
    answer = {"Certificate": bundle.cert.decode()}
    if bundle.chain:
        answer["CertificateChain"] = bundle.chain.decode()
    return answer


def install(context: Context) -> None:
    context.config.default("acmSigningAlgorithm", "ignore")
    # ACM answers RSA-2048 where its model says RSA_2048; "_" for the model's form.
    context.config.default("acmKeyAlgorithmSeparator", "-")
    context.replace("acm", "ImportCertificate")(lambda call: import_certificate(context, call))
    context.replace("acm", "ListCertificates")(lambda call: list_certificates(context, call))
    context.replace("acm", "DeleteCertificate")(lambda call: delete_certificate(context, call))
    context.replace("acm", "DescribeCertificate")(lambda call: describe_certificate(context, call))
    context.replace("acm", "GetCertificate")(get_certificate)
    context.before("acm", "RequestCertificate")(lambda call: check_quota(context, call))

    @context.replace("acm", "AddTagsToCertificate")
    def add_tags(call: Call) -> None:
        bundle = find(call)
        check_tags(bundle.tags, call.params["Tags"])
        bundle.tags.add(call.params["Tags"])

    @context.replace("acm", "RemoveTagsFromCertificate")
    def remove_tags(call: Call) -> None:
        find(call).tags.remove(call.params["Tags"])

    @context.replace("acm", "ListTagsForCertificate")
    def list_tags(call: Call) -> Any:
        tags = find(call).tags.items()
        return {"Tags": [{"Key": k, **({} if v is None else {"Value": v})} for k, v in tags]}

    @context.state("certificates")
    def certificates(account: str) -> Any:
        found = []
        for region, backend in acm_backends[account].items():
            for bundle in backend._certificates.values():
                bundle.check()
                found.append(_shown(context, account, region, bundle))
        return found


def _shown(context: Context, account: str, region: str, bundle: CertBundle) -> dict[str, Any]:
    return {
        "arn": bundle.arn,
        "region": region,
        "domainName": bundle.common_name,
        "names": bundle.sans,
        "serial": serial_of(bundle._cert),
        "status": bundle.status,
        "type": bundle.type,
        "keyAlgorithm": algorithm_of(bundle),
        "notBefore": bundle._cert.not_valid_before_utc.isoformat(),
        "notAfter": bundle._cert.not_valid_after_utc.isoformat(),
        "inUseBy": in_use_by(context, account, bundle.arn),
        "certificate": bundle.cert.decode(),
        "chain": bundle.chain.decode(),
        "tags": dict(bundle.tags),
    }


def reset(context: Context) -> None:
    _imports.clear()
