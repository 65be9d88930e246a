# SPDX-License-Identifier: BSD-2-Clause
"""End to end: SMTP into a real Sendmail, the real daemon, what reaches the next hop."""
import base64
import smtplib
import subprocess

import pytest

import certificates
import messages
import sendmail
from conftest import ELSEWHERE, POLICY

SPOOF = messages.spoof()
DENIED = "5.7.1 tenant-denied: contoso.com: originator-org attacker.onmicrosoft.com"
UNAVAILABLE = "contoso.com. TIMEOUT TXT\n"


def test_the_spoof_is_refused_and_the_honest_message_passes(relay):
    this = relay()
    assert this.send(messages.honest()).code == 250
    reply = this.send(SPOOF)
    assert (reply.code, reply.text) == (550, DENIED)
    assert this.sink.wait_for(1)
    assert len(this.sink.messages) == 1
    assert "Authentication-Results: relay.example; x-tenant=pass" in this.sink.messages[0].header()


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
    assert this.sink.messages[0].results() == ["Authentication-Results: relay.example; x-tenant=pass",
                       "Authentication-Results: other.example; dkim=pass"]


def test_the_macros_that_the_daemon_asks_for_come(relay):
    """All by smfi_setsymlist: the .mc has to name none."""
    this = relay(daemon_name="OUTBOUND")
    assert this.send(messages.honest()).code == 250
    record = this.filter.decisions()[0]
    evidence = record["evidence"]
    assert record["queue_id"] != ""
    assert evidence["mta"].startswith("8.17")
    assert evidence["daemon_name"] == "OUTBOUND"
    assert evidence["recipients"] == [{"domain": "example.net", "mailer": "relay"}]
    assert evidence["client"] == "127.0.0.2"


# --- certificates and logins

def make_certificates(root):
    certificates.make(root / "etc")


TLS = """\
define(`confCACERT', `TEST_ETC/ca.pem')dnl
define(`confCACERT_PATH', `TEST_ETC')dnl
define(`confSERVER_CERT', `TEST_ETC/server.pem')dnl
define(`confSERVER_KEY', `TEST_ETC/server.key')dnl
"""
ACME = """version = 1
[[sender]]
name    = "contoso"
domains = ["contoso.com"]
tenants = ["acme:contoso"]
[platform.acme]
networks = ["127.0.0.2/32"]
client-certificate = "out.acme.example"
tenant-header = "X-Acme-Account"
"""


@pytest.mark.parametrize("certificate, seen, code", [
    ("client", "out.acme.example", 250), ("self", "", 550), (None, "", 550)])
def test_a_certificate_counts_where_it_verifies(relay, certificate, seen, code):
    this = relay(policy=ACME, prepare=make_certificates, mc=sendmail.SMART_HOST + TLS)
    context = certificates.client_context(this.root / "etc", certificate)
    with this.client() as client:
        client.starttls(context=context)
        client.ehlo()
        reply = client.transact("alice@contoso.com", ["bob@example.net"],
                                messages.message(extra=[("X-Acme-Account", "contoso")]))
    record = this.filter.decisions()[0]
    assert (reply.code, record["evidence"]["certificate"]) == (code, seen)
    assert record["reason"] == ("none" if code == 250 else "origin-denied")


SASL = """\
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
define(`confAUTH_REALM', `relay.example')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN')dnl
"""


def make_logins(root):
    (root / "etc/Sendmail.conf").write_text(
        f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {root}/etc/sasldb2\n"
        "mech_list: PLAIN LOGIN\n", encoding="ascii")
    for user in ("contoso-app", "app+x=1", "other-app"):
        subprocess.run([sendmail.UNPACKED / "usr/sbin/saslpasswd2", "-p", "-c", "-f",
                        root / "etc/sasldb2", "-u", "relay.example", user], input=b"secret",
                       check=True)
    (root / "etc/sasldb2").chmod(0o600)


@pytest.mark.parametrize("user, code", [("contoso-app", 250), ("app+x=1", 250), ("other-app", 550)])
def test_a_login_is_taken_out_of_xtext(relay, user, code):
    policy = POLICY.replace('spf  =', 'logins = ["contoso-app", "app+x=1"]\nspf  =')
    this = relay(policy=policy, prepare=make_logins, mc=sendmail.SMART_HOST + SASL)
    with this.client(ELSEWHERE) as client:
        word = base64.b64encode(f"\0{user}\0secret".encode()).decode()
        assert client.docmd("AUTH", f"PLAIN {word}")[0] == 235
        reply = client.transact("alice@contoso.com", ["bob@example.net"], messages.message())
    assert (reply.code, this.filter.decisions()[0]["evidence"]["login"]) == (code, user)


# --- what happens when the filter is down or slow

@pytest.mark.parametrize("filter_flags, code, arrived", [
    ("F=T, T=S:30s;R:60s;E:5m", 451, 0), ("T=S:30s;R:60s;E:5m", 250, 1)])
def test_without_the_filter(relay, filter_flags, code, arrived):
    """With F=T nothing is lost and nothing passes; without F= everything passes: the trap."""
    this = relay(filter_flags=filter_flags)
    assert this.filter.stop() == 0
    with this.client() as client:
        assert client.transact("alice@contoso.com", ["bob@example.net"], SPOOF).code == code
    assert this.sink.wait_for(arrived)
    assert len(this.sink.messages) == arrived


def test_without_the_filter_f_r_takes_no_connection(relay):
    this = relay(filter_flags="F=R, T=S:30s;R:60s;E:5m")
    assert this.filter.stop() == 0
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        this.client()
    assert refused.value.smtp_code == 554


def test_with_the_time_limits_of_the_manual_the_filter_answers_itself(relay):
    this = relay(zone=UNAVAILABLE, flags=["--dns-timeout=3", "--dns-budget=3"])
    reply = this.send(messages.honest())
    assert (reply.code, reply.text.split(":")[0]) == (451, "4.7.24 dns-unavailable")


@pytest.mark.parametrize("filter_flags, code, arrived", [("F=T, ", 451, 0), ("", 250, 1)])
def test_with_a_shorter_limit_for_a_reply(relay, filter_flags, code, arrived):
    """The filter's word comes too late: with F=T mail is deferred, without F= it passes."""
    this = relay(zone=UNAVAILABLE, flags=["--dns-timeout=5", "--dns-budget=5"],
                 filter_flags=filter_flags + "T=S:30s;R:1s;E:5m")
    reply = this.send(messages.honest())
    assert reply.code == code and "dns-unavailable" not in reply.text
    assert this.sink.wait_for(arrived)
    assert [line for one in this.sink.messages for line in one.header() if "x-tenant" in line] == []


# --- modes

def test_quarantine_keeps_the_message_with_its_reason(relay):
    this = relay(policy=POLICY.replace('spf  =', 'mode = "quarantine"\nspf  ='))
    assert this.send(SPOOF).code == 250
    this.sendmail.wait_until_idle()
    held = list((this.root / "queue").glob("hf*"))
    assert len(held) == 1
    text = held[0].read_text("latin-1")
    assert "\nqtenant-denied\n" in text
    assert "X-Tenant-Milter-Quarantine: tenant-denied" in text
    assert this.sink.messages == []


def test_tag_marks(relay):
    this = relay(policy=POLICY.replace('spf  =', 'mode = "tag"\nspf  ='))
    assert this.send(SPOOF).code == 250
    assert this.sink.wait_for(1)
    assert "X-Tenant-Milter-Verdict: tenant-denied" in this.sink.messages[0].header()
