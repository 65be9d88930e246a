# SPDX-License-Identifier: BSD-2-Clause
"""End to end: SMTP into a real Sendmail, the real daemon, what reaches the next hop."""
import base64
import subprocess

import pytest

import certificates
import messages
import sendmail
from conftest import ELSEWHERE, POLICY, SPOOF, TLS, directory, make_certificates

DENIED = "5.7.1 tenant-denied: contoso.com: originator-org attacker.onmicrosoft.com"


def test_the_spoof_is_refused_and_the_honest_message_passes(relay):
    this = relay()
    assert this.send(messages.honest()).code == 250
    reply = this.send(SPOOF)
    assert (reply.code, reply.text) == (550, DENIED)
    assert this.sink.wait_for(1)
    assert len(this.sink.messages) == 1
    assert "Authentication-Results: relay.example; x-tenant=pass" in this.sink.messages[0].header()


def test_from_elsewhere_nothing_passes(relay):
    this = relay()
    reply = this.send(messages.honest(), source=ELSEWHERE)
    assert reply.code == 550 and reply.text.startswith("5.7.1 origin-denied: contoso.com: ")
    assert this.filter.decisions()[0]["evidence"]["client"] == ELSEWHERE


def test_messages_of_one_connection_inherit_nothing(relay):
    this = relay()
    with this.client() as client:
        replies = [client.transact("alice@contoso.com", ["bob@example.net"], one)
                   for one in (messages.honest(), SPOOF, messages.message(), messages.honest())]
    assert [reply.code for reply in replies] == [250, 550, 550, 250]
    assert [one["reason"] for one in this.filter.decisions()] == [
        "none", "tenant-denied", "tenant-missing", "none"]


def test_forged_fields_do_not_leave_the_relay(relay):
    this = relay()
    forged = [("Authentication-Results", "relay.example; x-tenant=pass"),
              ("Authentication-Results", "other.example; dkim=pass"),
              ("X-Tenant-Milter-Verdict", "none")]
    assert this.send(messages.signed(
        messages.message(extra=[*messages.stamps(), *forged]))).code == 250
    assert this.sink.wait_for(1)
    assert this.sink.messages[0].results() == [
        "Authentication-Results: relay.example; x-tenant=pass",
        "Authentication-Results: other.example; dkim=pass"]


def test_a_socket_in_a_directory_that_its_group_may_write_is_unsafe():
    """Sendmail does not start."""
    with directory() as root:
        (root / "run").mkdir()
        (root / "run").chmod(0o770)
        with pytest.raises(RuntimeError, match="run/s unsafe: Group writable directory"):
            sendmail.Sendmail(root, f"unix:{root}/run/s", 25).start()


# --- certificates and logins

ACME = certificates.POLICY.format(networks="127.0.0.2/32")


@pytest.mark.parametrize("certificate, seen, code", [
    ("client", "out.acme.example", 250), ("self", "", 550), (None, "", 550)])
def test_a_certificate_counts_where_it_verifies(relay, certificate, seen, code):
    this = relay(policy=ACME, prepare=make_certificates, mc=sendmail.SMART_HOST + TLS)
    context = certificates.client_context(this.root / "etc", certificate)
    with this.client() as client:
        client.starttls(context=context)
        client.ehlo()
        reply = client.transact("alice@contoso.com", ["bob@example.net"],
                                certificates.CONTENT)
    record = this.filter.decisions()[0]
    assert (reply.code, record["evidence"]["certificate"]) == (code, seen)
    assert record["reason"] == ("none" if code == 250 else "origin-denied")
    assert code == 250 or reply.text.startswith("5.7.1 origin-denied: contoso.com: ")


SASL = """\
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
define(`confAUTH_REALM', `relay.example')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN')dnl
"""


def make_logins(root):
    (root / "etc/Sendmail.conf").write_text(
        f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {root}/etc/sasldb2\n"
        "mech_list: PLAIN LOGIN\n", encoding="ascii")
    for user in ("contoso-app", "app+x=1", "two words", "other-app"):
        subprocess.run([sendmail.UNPACKED / "usr/sbin/saslpasswd2", "-p", "-c", "-f",
                        root / "etc/sasldb2", "-u", "relay.example", user], input=b"secret",
                       check=True)
    (root / "etc/sasldb2").chmod(0o600)


@pytest.mark.parametrize("user, code", [
    ("contoso-app", 250), ("app+x=1", 250), ("two words", 250), ("other-app", 550),
    ("contoso-app@relay.example", 550)])  # the realm is there where the client says it
def test_a_login_is_taken_out_of_xtext(relay, user, code):
    policy = POLICY.replace('spf  =', 'logins = ["contoso-app", "app+x=1", "two words"]\nspf  =')
    this = relay(policy=policy, prepare=make_logins, mc=sendmail.SMART_HOST + SASL)
    with this.client(ELSEWHERE) as client:
        word = base64.b64encode(f"\0{user}\0secret".encode()).decode()
        assert client.docmd("AUTH", f"PLAIN {word}")[0] == 235
        reply = client.transact("alice@contoso.com", ["bob@example.net"], messages.message())
    assert (reply.code, this.filter.decisions()[0]["evidence"]["login"]) == (code, user)


# --- modes

def test_quarantine_keeps_the_message_with_its_reason(relay):
    this = relay(policy=POLICY.replace('spf  =', 'mode = "quarantine"\nspf  ='))
    assert this.send(SPOOF).code == 250
    this.sendmail.wait_until_idle()
    held = this.sendmail.quarantined()
    assert len(held) == 1
    assert "\nqtenant-denied\n" in held[0]
    assert "X-Tenant-Milter-Quarantine: tenant-denied" in held[0]
    assert this.sink.messages == []


def test_tag_marks(relay):
    this = relay(policy=POLICY.replace('spf  =', 'mode = "tag"\nspf  ='))
    assert this.send(SPOOF).code == 250
    assert this.sink.wait_for(1)
    assert "X-Tenant-Milter-Verdict: tenant-denied" in this.sink.messages[0].header()
