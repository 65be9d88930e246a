# SPDX-License-Identifier: BSD-2-Clause
"""TLS client certificates: what a platform's client-certificate is compared with."""
import pytest

import certificates

TLS = """\
smtpd_tls_security_level = may
smtpd_tls_cert_file = $root/tls/server.pem
smtpd_tls_key_file = $root/tls/server.key
smtpd_tls_CAfile = $root/tls/ca.pem
smtpd_tls_ask_ccert = yes
"""
ACME = certificates.POLICY.format(networks="127.0.0.0/8")


def make_certificates(root):
    (root / "tls").mkdir()
    certificates.make(root / "tls")


@pytest.mark.parametrize("certificate, seen, code", [
    ("client", "out.acme.example", 250), ("other", "in.acme.example", 550), ("self", "", 550),
    (None, "", 550)])
def test_a_certificate_counts_where_it_verifies(relay, certificate, seen, code):
    this = relay(policy=ACME, prepare=make_certificates, extra=TLS)
    context = certificates.client_context(this.root / "tls", certificate)
    with this.client(None) as client:
        client.starttls(context=context)
        client.ehlo()
        replies = [client.transact("alice@contoso.com", ["bob@example.net"], certificates.CONTENT)
                   for _ in range(2)]
    assert [reply.code for reply in replies] == [code, code]
    for record in this.filter.decisions():
        assert record["evidence"]["certificate"] == seen
        assert record["reason"] == ("none" if code == 250 else "origin-denied")


def test_without_tls_there_is_none(relay):
    this = relay(policy=ACME, prepare=make_certificates, extra=TLS)
    assert this.send(certificates.CONTENT, address=None).code == 550
    assert "certificate" in this.filter.decisions()[0]["seen"]
