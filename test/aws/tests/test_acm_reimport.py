"""ACM re-imports and the yearly quota (simulated clock)."""

from __future__ import annotations

import pki
import pytest

DAY = 86400


@pytest.fixture
def acm(aws):
    return aws.client("acm")


def arn_of(acm, **more):
    return acm.import_certificate(**{**pki.issue(), **more})["CertificateArn"]


def test_tags_on_reimport__ACM_REIMPORT_TAGS(acm, refused):
    tags = [{"Key": "fairlead.dev/slot", "Value": "a"}]
    arn = arn_of(acm, Tags=tags)
    with refused("ValidationException", "Tagging is not permitted on re-import."):
        arn_of(acm, CertificateArn=arn, Tags=tags)
    assert arn_of(acm, CertificateArn=arn) == arn
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == tags


def test_reimport_replaces_what_is_in_it(acm):
    arn = arn_of(acm, **pki.issue(serial=1))
    assert arn_of(acm, **pki.issue(serial=2, number=1), CertificateArn=arn) == arn
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Serial"] == "02"
    assert len(acm.list_certificates()["CertificateSummaryList"]) == 1


@pytest.mark.parametrize("kind", ["ec256", "rsa3072"])
def test_another_key_type__ACM_REIMPORT_KEY_TYPE(acm, refused, kind):
    arn = arn_of(acm)
    with refused("ValidationException", "key type and size cannot be changed"):
        arn_of(acm, **pki.issue(kind=kind), CertificateArn=arn)


def test_fewer_usages__ACM_REIMPORT_USAGES(acm, refused):
    arn = arn_of(acm)
    with refused("ValidationException", "KEY_ENCIPHERMENT"):
        arn_of(acm, **pki.issue(encipherment=False), CertificateArn=arn)
    with refused("ValidationException", "TLS_WEB_SERVER_AUTHENTICATION"):
        arn_of(acm, **pki.issue(extended=(pki.CLIENT,)), CertificateArn=arn)
    arn_of(acm, **pki.issue(extended=(pki.SERVER,)), CertificateArn=arn)


def test_reimport_of_nothing(acm, refused):
    arn = arn_of(acm)
    with refused("ResourceNotFoundException"):
        arn_of(acm, CertificateArn=arn[:-4] + "0000")


def test_yearly_imports__ACM_YEARLY_IMPORTS(aws, acm, refused):
    aws.config(acmYearlyImports=2)
    arn = arn_of(acm)
    arn_of(acm, CertificateArn=arn)
    with refused("LimitExceededException", "reached your limit of 2 certificates in the last year"):
        arn_of(acm)
    acm.delete_certificate(CertificateArn=arn)
    with refused("LimitExceededException"):
        arn_of(acm)
    arn_of(aws.client("acm", region="us-east-1"))
    aws.advance(365 * DAY)
    arn_of(acm, **pki.issue(days=1000))
