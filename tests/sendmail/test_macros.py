# SPDX-License-Identifier: BSD-2-Clause
"""Which macros Sendmail gives: by itself, where the filter asks, where the .mc says so."""
import pytest

import certificates
import messages
from conftest import TLS, make_certificates
from sendmail import SMART_HOST

# What the daemon asks for (milter/callbacks.cc).
ASKED = {"connect": "{daemon_name} v", "helo": "{verify} {cert_subject} {cn_subject}",
         "mail": "i v {daemon_name} {auth_authen} {verify} {cert_subject} {cn_subject}",
         "rcpt": "{rcpt_mailer}", "eoh": "i", "eom": "i"}
USED = {name for names in ASKED.values() for name in names.split()}
LISTS = "".join(f"define(`confMILTER_MACROS_{stage}', `{names}')dnl\n" for stage, names in (
    ("CONNECT", "{daemon_name}, v"), ("HELO", "{verify}, {cert_subject}, {cn_subject}"),
    ("ENVFROM", "i, {auth_authen}"), ("ENVRCPT", "{rcpt_mailer}"), ("EOH", "i"), ("EOM", "i")))
EMPTY = "".join(f"define(`confMILTER_MACROS_{stage}', `')dnl\n" for stage in (
    "CONNECT", "HELO", "ENVFROM", "ENVRCPT", "EOH", "EOM", "DATA"))


def used(macros):
    """The names, of those that the daemon uses, that came at each stage."""
    found = {stage: set(values) & USED for stage, values in macros.items()}
    return {stage: names for stage, names in found.items() if names}


def with_certificate(name):
    def begin(root, client):
        client.starttls(context=certificates.client_context(root / "etc", name))
        client.ehlo()
    return {"mc": SMART_HOST + TLS, "prepare": make_certificates, "begin": begin}


def test_by_itself_sendmail_gives_too_few(given_macros):
    """Neither v nor {verify} nor {cn_subject}, and the queue id at MAIL alone."""
    assert used(given_macros(**with_certificate("client"))) == {
        "connect": {"{daemon_name}"}, "helo": {"{cert_subject}"}, "mail": {"i"},
        "rcpt": {"{rcpt_mailer}"}}


def test_with_lists_in_the_mc_it_gives_those(given_macros):
    certificate = with_certificate("client")
    certificate["mc"] += LISTS
    assert used(given_macros(**certificate)) == {
        "connect": {"{daemon_name}", "v"}, "helo": {"{verify}", "{cert_subject}", "{cn_subject}"},
        "mail": {"i"}, "rcpt": {"{rcpt_mailer}"}, "eoh": {"i"}, "eom": {"i"}}


@pytest.mark.parametrize("lists", ["", EMPTY])
def test_what_the_filter_asks_for_comes_whatever_the_mc_says(given_macros, lists):
    macros = given_macros(ASKED, mc=SMART_HOST + lists)
    assert {stage: set(values) for stage, values in macros.items()} == {
        "connect": {"{daemon_name}", "v"}, "helo": set(), "mail": {"i", "v", "{daemon_name}"},
        "rcpt": {"{rcpt_mailer}"}, "eoh": {"i"}, "eom": {"i"}}
    assert macros["mail"]["v"].startswith("8.17.") and macros["mail"]["{daemon_name}"] == "MTA"


@pytest.mark.parametrize("certificate, verify, cn", [
    ("client", "OK", "out.acme.example"), ("self", "FAIL", "out.acme.example"), (None, "NO", "")])
def test_a_certificate_s_macros_come_at_helo_and_at_mail(given_macros, certificate, verify, cn):
    """The subject is a whole DN in xtext, and like the CN it comes whether or not it verified."""
    macros = given_macros(ASKED, **with_certificate(certificate))
    expected = {"{verify}": verify, "{cn_subject}": cn,
                "{cert_subject}": f"/O=Acme+20Ltd/CN={cn}" if cn else ""}
    assert macros["helo"] == expected
    assert {name: macros["mail"][name] for name in expected} == expected


@pytest.mark.parametrize("lists", ["", EMPTY])
def test_the_daemon_s_evidence_does_not_depend_on_the_mc(relay, lists):
    this = relay(mc=SMART_HOST + lists)
    assert this.send(messages.honest()).code == 250
    record = this.filter.decisions()[0]
    evidence = record["evidence"]
    assert record["queue_id"] and evidence["mta"].startswith("8.17.")
    assert (evidence["daemon_name"], evidence["client"]) == ("MTA", "127.0.0.2")
    assert evidence["recipients"] == [{"domain": "example.net", "mailer": "relay"}]
