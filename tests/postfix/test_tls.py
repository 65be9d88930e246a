# SPDX-License-Identifier: BSD-2-Clause
"""TLS client certificates: what a platform's client-certificate is compared with."""
import ssl
import subprocess

import pytest

import messages

TLS = """\
smtpd_tls_security_level = may
smtpd_tls_cert_file = $root/tls/server.pem
smtpd_tls_key_file = $root/tls/server.key
smtpd_tls_CAfile = $root/tls/ca.pem
smtpd_tls_ask_ccert = yes
"""
ACME = """version = 1
[[sender]]
name    = "contoso"
domains = ["contoso.com"]
tenants = ["acme:contoso"]
[platform.acme]
networks = ["127.0.0.0/8"]
client-certificate = "out.acme.example"
tenant-header = "X-Acme-Account"
"""
CONTENT = messages.message(extra=[("X-Acme-Account", "contoso")])


def openssl(directory, *words):
    subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)


def make_certificates(root):
    """A CA with a server's and two clients' certificates, and one of the same name by nobody."""
    directory = root / "tls"
    directory.mkdir()
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
    openssl(directory, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=Test CA")
    for name, cn in (("server", "relay.example"), ("client", "out.acme.example"),
                     ("other", "in.acme.example")):
        openssl(directory, "req", "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", *key,
                "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/O=Acme Ltd/CN={cn}")
    openssl(directory, "req", "-x509", *key, "-keyout", "self.key", "-out", "self.pem",
            "-subj", "/O=Acme Ltd/CN=out.acme.example")


@pytest.mark.parametrize("certificate, seen, code", [
    ("client", "out.acme.example", 250), ("other", "in.acme.example", 550), ("self", "", 550),
    (None, "", 550)])
def test_a_certificate_counts_where_it_verifies(relay, certificate, seen, code):
    this = relay(policy=ACME, prepare=make_certificates, extra=TLS)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(this.root / f"tls/{certificate}.pem",
                                this.root / f"tls/{certificate}.key")
    with this.client(None) as client:
        client.starttls(context=context)
        client.ehlo()
        replies = [client.transact("alice@contoso.com", ["bob@example.net"], CONTENT)
                   for _ in range(2)]
    assert [reply.code for reply in replies] == [code, code]
    for record in this.filter.decisions():
        assert record["evidence"]["certificate"] == seen
        assert record["reason"] == ("none" if code == 250 else "origin-denied")


def test_without_tls_there_is_none(relay):
    this = relay(policy=ACME, prepare=make_certificates, extra=TLS)
    assert this.send(CONTENT, address=None).code == 550
    assert "certificate" in this.filter.decisions()[0]["seen"]
