"""The data plane over real loopback sockets (simulated clock)."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from elbv2_support import forward, path
from fairlead_aws.dataplane import dns_wire
from pki import authority, key, key_pem, make, pem
from test_dataplane import HOST, Site


@pytest.fixture
def site(aws) -> Site:
    site = Site(aws)
    site.net.rule(site.https, 1, forward(site.targets), conditions=[path("/*")])
    return site.ready()


@pytest.fixture
def ports(site):
    found = site.aws.control("POST", "dataplane/listen", {})
    yield found
    site.aws.control("DELETE", "dataplane/listen")


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=pem(authority()[0][0]).decode())
    # The certificates are of the simulated time; the chain and the name are what is checked here.
    context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
    return context


def handshake(port: int, sni: str | None, context: ssl.SSLContext | None = None) -> x509.Certificate:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        context = context or trusting()
        with context.wrap_socket(raw, server_hostname=sni) as secured:
            return x509.load_der_x509_certificate(secured.getpeercert(binary_form=True))


def ask(port: int, name: str, number: int) -> tuple[int, list[bytes]]:
    message = (
        struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0)
        + dns_wire.write_name(name)
        + struct.pack("!HH", number, 1)
    )
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp:
        udp.settimeout(5)
        udp.sendto(message, ("127.0.0.1", port))
        reply = udp.recv(4096)
    identity, flags, _, count = struct.unpack("!HHHH", reply[:8])
    assert identity == 7
    at, found = len(message), []
    for _ in range(count):
        _, at = dns_wire.read_name(reply, at)
        length = struct.unpack("!H", reply[at + 8 : at + 10])[0]
        found.append(reply[at + 10 : at + 10 + length])
        at += 10 + length
    return flags & 15, found


def test_handshake_is_trusted_and_follows_sni(site, ports):
    assert handshake(ports["https"], HOST).subject.rfc4514_string() == f"CN={HOST}"
    other = site.net.certificate("other.example.com")
    site.net.elb.add_listener_certificates(ListenerArn=site.https, Certificates=[{"CertificateArn": other}])
    site.record("other.example.com")
    site.aws.advance(5)
    assert handshake(ports["https"], "other.example.com").subject.rfc4514_string() == "CN=other.example.com"
    site.net.elb.remove_listener_certificates(
        ListenerArn=site.https, Certificates=[{"CertificateArn": other}]
    )
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(ports["https"], "other.example.com")


def test_reimport_is_served_at_once(site, ports):
    before = handshake(ports["https"], HOST)
    _, middle = authority()
    leaf = make(HOST, key("ec256", 0), middle, serial=before.serial_number + 1)
    site.net.acm.import_certificate(
        CertificateArn=site.certificate,
        Certificate=pem(leaf),
        PrivateKey=key_pem(key("ec256", 0)),
        CertificateChain=pem(middle[0]),
    )
    after = handshake(ports["https"], HOST)
    assert after.public_bytes(serialization.Encoding.PEM) == pem(leaf)
    assert after.serial_number != before.serial_number


def test_a_name_that_is_not_served_fails_its_handshake(site, ports):
    with pytest.raises(ssl.SSLError):
        handshake(ports["https"], "nobody.example.com")
    with pytest.raises(ssl.SSLError):
        handshake(ports["https"], None, ssl._create_unverified_context())


def test_without_sni_a_named_load_balancer_serves_its_default_certificate(site):
    ports = site.aws.control("POST", "dataplane/listen", {"loadBalancer": site.arn})
    assert (
        handshake(ports["https"], None, ssl._create_unverified_context()).subject.rfc4514_string()
        == f"CN={HOST}"
    )


def test_requests_over_http_and_https(site, ports):
    plain = http.client.HTTPConnection("127.0.0.1", ports["http"], timeout=5)
    plain.request("GET", "/a?b=c", headers={"Host": HOST})
    answer = plain.getresponse()
    assert answer.status == 301 and answer.getheader("Location") == f"https://{HOST}:443/a?b=c"
    plain.close()
    with socket.create_connection(("127.0.0.1", ports["https"]), timeout=5) as raw:
        with trusting().wrap_socket(raw, server_hostname=HOST) as secured:
            secured.sendall(f"GET /x HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
            reply = http.client.HTTPResponse(secured)
            reply.begin()
            found = json.loads(reply.read())
    assert reply.status == 200 and found["target"] == {"id": "10.0.10.7", "port": 8080}


def test_dns_over_udp(site, ports):
    rcode, found = ask(ports["dns"], HOST, 1)
    wanted = {a["value"] for a in site.dns()["answers"]}
    assert rcode == 0 and {socket.inet_ntoa(f) for f in found} == wanted
    assert ask(ports["dns"], "nobody.example.com", 1) == (3, [])
    site.record(HOST, Type="TXT", TTL=5, ResourceRecords=[{"Value": '"heritage=external-dns" "b"'}])
    site.aws.advance(5)
    assert ask(ports["dns"], HOST, 16) == (0, [b"\x15heritage=external-dns\x01b"])
