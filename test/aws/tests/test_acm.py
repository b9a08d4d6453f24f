"""ACM (simulated clock)."""

from __future__ import annotations

import pki
import pytest
from conftest import A

DAY = 86400


@pytest.fixture
def acm(aws):
    return aws.client("acm")


def arn_of(acm, **more):
    return acm.import_certificate(**{**pki.issue(), **more})["CertificateArn"]


def listen(aws, *certificates, name="lb"):
    """A load balancer whose HTTPS listener holds the certificates, the first by default."""
    made = aws.control("POST", "seed", {})
    elb = aws.client("elbv2")
    subnets = [s["id"] for s in made["subnets"]["public"]]
    balancer = elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    listener = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificates[0]}],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    )["Listeners"][0]["ListenerArn"]
    for more in certificates[1:]:
        elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": more}])
    return balancer, listener


def test_what_describe_says__ACM_DESCRIBE(aws, acm):
    arn = arn_of(acm, **pki.issue(serial=0x0FAC5E, sans=("www.example.com", "example.com")))
    found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert arn.startswith(f"arn:aws:acm:eu-west-1:{A}:certificate/")
    assert found["Serial"] == "0f:ac:5e"
    assert found["KeyAlgorithm"] == "RSA-2048"
    assert found["Type"] == "IMPORTED"
    assert found["Status"] == "ISSUED"
    assert found["DomainName"] == "www.example.com"
    assert found["SubjectAlternativeNames"] == ["www.example.com", "example.com"]
    assert found["Issuer"] == "Test Intermediate"
    assert found["InUseBy"] == []
    assert found["NotAfter"] == pki.START + 89 * pki.DAY
    assert found["ImportedAt"] == pki.START
    assert found["SignatureAlgorithm"] == "SHA256WITHECDSA"
    assert {u["Name"] for u in found["ExtendedKeyUsages"]} == {
        "TLS_WEB_SERVER_AUTHENTICATION",
        "TLS_WEB_CLIENT_AUTHENTICATION",
    }
    aws.advance(89 * DAY)
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "EXPIRED"


def test_a_hundred_names_at_most__ACM_DESCRIBE(acm):
    names = tuple(f"n{i}.example.com" for i in range(120))
    arn = arn_of(acm, **pki.issue("n0.example.com", sans=names))
    found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert len(found["SubjectAlternativeNames"]) == 100
    summary = acm.list_certificates()["CertificateSummaryList"][0]
    assert len(summary["SubjectAlternativeNameSummaries"]) == 100
    assert summary["HasAdditionalSubjectAlternativeNames"] is True


def test_get_gives_back_what_was_imported__ACM_GET(acm, refused):
    given = pki.issue()
    arn = arn_of(acm, **given)
    found = acm.get_certificate(CertificateArn=arn)
    assert found["Certificate"].encode() == given["Certificate"]
    assert found["CertificateChain"].encode() == given["CertificateChain"]
    with refused("ValidationException", "is not a private certificate"):
        acm.export_certificate(CertificateArn=arn, Passphrase=b"passphrase")
    with refused("ResourceNotFoundException", "Could not find certificate"):
        acm.get_certificate(CertificateArn=arn[:-4] + "0000")


def test_secrets_are_not_in_the_call_log(aws, acm):
    arn_of(acm)
    params = aws.calls(operation="ImportCertificate")[0]["params"]
    assert "PrivateKey" not in params
    assert params["Certificate"].startswith("-----BEGIN CERTIFICATE")


def test_key_of_another_certificate__ACM_KEY_MATCHES(acm, refused):
    with refused("ValidationException", "does not match"):
        arn_of(acm, PrivateKey=pki.key_pem(pki.key("rsa2048", 1)))
    with refused("ValidationException", "does not match"):
        arn_of(acm, PrivateKey=pki.key_pem(pki.key("ec256", 1)))


def test_keys_that_are_not_keys__ACM_KEY_FORMAT(acm, refused):
    with refused("ValidationException", "private key"):
        arn_of(acm, PrivateKey=b"nonsense")
    with refused("ValidationException", "unencrypted"):
        arn_of(acm, PrivateKey=pki.key_pem(pki.key("rsa2048"), b"password"))
    with refused("ValidationException", "privateKey", "length less than or equal to"):
        arn_of(acm, PrivateKey=b"x" * 9000)


@pytest.mark.parametrize(("kind", "algorithm"), [("ec256", "EC-prime256v1"), ("ec384", "EC-secp384r1")])
def test_elliptic_curves__ACM_KEY_TYPE(acm, kind, algorithm):
    arn = arn_of(acm, **pki.issue(kind=kind))
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["KeyAlgorithm"] == algorithm


def test_ed25519__ACM_KEY_TYPE(acm, refused):
    with refused("ValidationException", "not supported"):
        arn_of(acm, **pki.issue(kind="ed25519"))


def test_two_certificates_in_the_body__ACM_ONE_CERTIFICATE(acm, refused):
    given = pki.issue()
    with refused("ValidationException", "contains more than one certificate"):
        arn_of(acm, **{**given, "Certificate": given["Certificate"] + given["CertificateChain"]})
    with refused("ValidationException", "PEM"):
        arn_of(acm, Certificate=b"text\n" + given["Certificate"])
    with refused("ValidationException", "PEM"):
        arn_of(acm, Certificate=b"nonsense")


def test_validity__ACM_VALID_NOW(aws, acm, refused):
    with refused("ValidationException", "not yet valid"):
        arn_of(acm, **pki.issue(start=pki.START + pki.DAY))
    with refused("ValidationException", "expired"):
        arn_of(acm, **pki.issue(days=0.5))
    given = pki.issue(days=3)
    aws.advance(2 * DAY)
    with refused("ValidationException", "expired"):
        arn_of(acm, **given)


def test_names__ACM_NAMES(acm, refused):
    with refused("ValidationException", "fully qualified domain name"):
        arn_of(acm, **pki.issue("localhost"))


def test_a_long_ocsp_url__ACM_OCSP_URL(acm, refused):
    with refused("ValidationException", "OCSP"):
        arn_of(acm, **pki.issue(ocsp="http://ocsp.example.com/" + "x" * 1000))


def test_chain_order__ACM_CHAIN(acm, refused):
    (root, root_key), (middle, _) = pki.authority()
    message = "Could not validate the certificate with the certificate chain."
    given = pki.issue()
    for chain in (
        pki.pem(root),
        pki.pem(root, middle),
        given["Certificate"] + pki.pem(middle),
        pki.pem(middle, middle),
        pki.pem(middle, pki.make("Test Root", pki.key("ec256", 5), ca=True)),
    ):
        with refused("ValidationException", message):
            arn_of(acm, **{**given, "CertificateChain": chain})
    arn_of(acm, **{**given, "CertificateChain": pki.pem(middle, root)})
    not_ca = pki.make("not.example.com", pki.key("ec256", 6), (root, root_key))
    leaf = pki.make("leaf.example.com", pki.key("ec256", 7), (not_ca, pki.key("ec256", 6)))
    with refused("ValidationException", message):
        acm.import_certificate(
            Certificate=pki.pem(leaf),
            PrivateKey=pki.key_pem(pki.key("ec256", 7)),
            CertificateChain=pki.pem(not_ca),
        )


def test_without_chain__ACM_CHAIN_NEEDED(acm, refused):
    given = pki.issue()
    del given["CertificateChain"]
    with refused("ValidationException", "not a valid self signed"):
        acm.import_certificate(**given)
    own = pki.key("rsa2048")
    lonely = pki.make("self.example.com", own)
    arn = acm.import_certificate(Certificate=pki.pem(lonely), PrivateKey=pki.key_pem(own))["CertificateArn"]
    assert "CertificateChain" not in acm.get_certificate(CertificateArn=arn)


def test_algorithm_of_the_ca__ACM_SIGNING_ALGORITHM(aws, acm, refused):
    arn_of(acm)
    aws.config(acmSigningAlgorithm="enforce")
    with refused("ValidationException", "algorithm"):
        arn_of(acm)
    arn_of(acm, **pki.issue(kind="ec256"))


def test_number_of_certificates__ACM_CERTIFICATES_QUOTA(aws, acm, refused):
    aws.config(acmCertificates=1)
    arn = arn_of(acm)
    with refused("LimitExceededException"):
        arn_of(acm)
    arn_of(acm, CertificateArn=arn)


def test_tag_rules__ACM_TAGS(acm, refused):
    with refused("InvalidTagException"):
        arn_of(acm, Tags=[{"Key": "aws:x", "Value": "1"}])
    with refused("InvalidTagException"):
        arn_of(acm, Tags=[{"Key": "x", "Value": "1"}, {"Key": "x", "Value": "2"}])
    arn = arn_of(acm, Tags=[{"Key": f"k{i}", "Value": "v"} for i in range(50)])
    with refused("TooManyTagsException"):
        acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "one-more"}])
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "k1"}])
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "one-more"}])
    assert len(acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]) == 50


def test_only_rsa_up_to_2048_by_default__ACM_LIST_KEY_TYPES(acm):
    rsa, ec = arn_of(acm), arn_of(acm, **pki.issue(kind="ec256"))

    def arns(**query):
        return [c["CertificateArn"] for c in acm.list_certificates(**query)["CertificateSummaryList"]]

    assert arns() == [rsa]
    assert arns(Includes={"keyTypes": ["EC_prime256v1"]}) == [ec]
    assert arns(Includes={"keyTypes": ["EC_prime256v1", "RSA_2048"]}) == [rsa, ec]
    assert arns(CertificateStatuses=["EXPIRED"]) == []
    assert arns(Includes={"extendedKeyUsage": ["CODE_SIGNING"]}) == []
    assert arns(Includes={"keyUsage": ["KEY_ENCIPHERMENT"]}) == [rsa]


def test_pages__ACM_LIST_PAGES(aws, acm, refused):
    arns = []
    for _ in range(5):
        arns.append(arn_of(acm))
        aws.advance(1)
    first = acm.list_certificates(MaxItems=2)
    second = acm.list_certificates(MaxItems=2, NextToken=first["NextToken"])
    third = acm.list_certificates(MaxItems=2, NextToken=second["NextToken"])
    pages = [p["CertificateSummaryList"] for p in (first, second, third)]
    assert [len(p) for p in pages] == [2, 2, 1]
    assert "NextToken" not in third
    assert [c["CertificateArn"] for p in pages for c in p] == arns
    with refused("InvalidArgsException"):
        acm.list_certificates(NextToken="bm90aGluZw==")
    with refused("InvalidArgsException", "together"):
        acm.list_certificates(SortBy="CREATED_AT")
    newest = acm.list_certificates(SortBy="CREATED_AT", SortOrder="DESCENDING")["CertificateSummaryList"]
    assert [c["CertificateArn"] for c in newest] == arns[::-1]
    with refused("ValidationException", "maxItems"):
        acm.list_certificates(MaxItems=0)


def test_in_use_by_load_balancers__ACM_DELETE_IN_USE__ACM_IN_USE_LATE(aws, acm, refused):
    aws.config(acmInUseClearSeconds=10)
    first, second = arn_of(acm), arn_of(acm)
    balancer, listener = listen(aws, first, second)
    for arn in (first, second):
        assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == [balancer]
        with refused("ResourceInUseException", "is in use"):
            acm.delete_certificate(CertificateArn=arn)
    assert all(c["InUse"] for c in acm.list_certificates()["CertificateSummaryList"])
    elb = aws.client("elbv2")
    elb.remove_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    aws.advance(9)
    with refused("ResourceInUseException"):
        acm.delete_certificate(CertificateArn=second)
    aws.advance(1)
    assert acm.describe_certificate(CertificateArn=second)["Certificate"]["InUseBy"] == []
    acm.delete_certificate(CertificateArn=second)
    elb.delete_listener(ListenerArn=listener)
    with refused("ResourceInUseException"):
        acm.delete_certificate(CertificateArn=first)
    aws.advance(10)
    acm.delete_certificate(CertificateArn=first)
    assert aws.state()["certificates"] == []


def test_a_use_that_comes_back_does_not_clear__ACM_IN_USE_LATE(aws, acm, refused):
    first, second = arn_of(acm), arn_of(acm)
    _, listener = listen(aws, first, second)
    elb = aws.client("elbv2")
    given = {"ListenerArn": listener, "Certificates": [{"CertificateArn": second}]}
    elb.remove_listener_certificates(**given)
    elb.add_listener_certificates(**given)
    aws.advance(60)
    with refused("ResourceInUseException"):
        acm.delete_certificate(CertificateArn=second)


def test_state(aws, acm):
    arn = arn_of(acm, **pki.issue(serial=255), Tags=[{"Key": "a", "Value": "b"}])
    (found,) = aws.state()["certificates"]
    assert found["arn"] == arn
    assert found["serial"] == "ff"
    assert found["tags"] == {"a": "b"}
    assert found["certificate"].startswith("-----BEGIN CERTIFICATE")
    assert "PRIVATE" not in str(found)
