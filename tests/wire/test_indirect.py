# SPDX-License-Identifier: BSD-2-Clause
"""Forwarding and system mail on the wire: authors that nobody has configured, sent by
a tenant that somebody has (spec 6)."""
import expect
import messages
import policies
import pytest
from policies import GUID, OTHER_GUID, policy, sender, stamped
from signing import corrupt, sign

FOREIGN = "Carol <carol@elsewhere.example>"
CONTOSO, LITWARE = "microsoft365:contoso.onmicrosoft.com", "microsoft365:litware.onmicrosoft.com"


def forwarder(name="contoso", tenants=(CONTOSO,), **keys):
    return sender(name, tenants, forwarding="allow", **keys)


def forwarded(entity="Internet", org="contoso.onmicrosoft.com", author=FOREIGN, **options):
    return stamped(org, entity=entity, author=author, **options)


@pytest.mark.parametrize("entity", ["Internet", "Hosted", "internet"])
def test_forwarded_mail_of_a_foreign_author_is_accepted(daemon, entity):
    relay = daemon(policy(forwarder()))
    expect.accepted(relay.judge(forwarded(entity), sender="carol@elsewhere.example"),
                    forwarded=True, senders=["contoso"])


def test_forwarded_mail_needs_neither_spf_nor_dkim(daemon):
    relay = daemon(policy(forwarder(spf="aligned", dkim="aligned")), "elsewhere.example. TIMEOUT\n")
    outcome = relay.judge(forwarded(), sender="carol@elsewhere.example")
    expect.accepted(outcome, forwarded=True)
    assert outcome.seconds < 1  # and does not wait for them


def test_without_permission_to_forward_the_author_is_unknown(daemon):
    relay = daemon(policy(sender()))
    expect.refused(relay.judge(forwarded()), "sender-unknown", identity="elsewhere.example")


@pytest.mark.parametrize("options", [
    {"org": "evil.onmicrosoft.com", "tenant": None},
    {"org": None, "tenant": None},
    {"org": "evil.onmicrosoft.com"},
    {"org": None, "tenant": OTHER_GUID},
], ids=str)
def test_a_tenant_that_nobody_listed_forwards_nothing(daemon, options):
    relay = daemon(policy(forwarder(tenants=[CONTOSO, f"microsoft365:{GUID}"])))
    content = stamped(entity="Internet", author=FOREIGN, **options)
    expect.refused(relay.judge(content), "sender-unknown", identity="elsewhere.example")


@pytest.mark.parametrize("options, reason", [
    ({"entity": "HybridOnPrem"}, "tenant-transit"),
    ({"entity": None}, "tenant-transit"),
    ({"connecting": f"TenantId={OTHER_GUID};Ip=[192.0.2.1];Helo=[x]"}, "tenant-transit"),
    ({"extra": [("X-OriginatorOrg", "evil.onmicrosoft.com")]}, "tenant-conflict"),
], ids=str)
def test_the_forwarder_s_own_checks_decide(daemon, options, reason):
    relay = daemon(policy(forwarder()))
    outcome = relay.judge(forwarded(**options))
    assert outcome.code == 550
    assert outcome.record["reason"] in (reason, "sender-unknown")
    if reason == "tenant-transit":
        expect.refused(outcome, reason, identity=None)


@pytest.mark.parametrize("author", [
    "a@contoso.com", "a@sub.contoso.com", "a@litware.com", "a@mail.litware.com",
    "carol@elsewhere.example, a@litware.com", "a@contoso.onmicrosoft.com"])
def test_a_configured_author_is_never_let_through_this_way(daemon, author):
    """... nor one below a configured domain: it is judged as its owner wants it."""
    relay = daemon(policy(forwarder(), sender("litware", [LITWARE])))
    outcome = relay.judge(forwarded(author=author), sender="carol@elsewhere.example")
    assert (outcome.code, outcome.stage) == (550, "eoh")
    assert not outcome.record["forwarded"]


def test_two_forwarders_of_one_tenant_are_told_apart_by_the_envelope(daemon):
    relay = daemon(policy(forwarder(), forwarder("litware", [CONTOSO])))
    expect.refused(relay.judge(forwarded(), sender="carol@elsewhere.example"), "sender-unknown",
                   identity="elsewhere.example")
    for envelope in ("srs@litware.com", "srs@contoso.com"):
        expect.accepted(relay.judge(forwarded(), sender=envelope), forwarded=True)
    outcome = relay.judge(forwarded(extra=[("Resent-From", "bob@litware.com")]),
                          sender="carol@elsewhere.example")
    expect.accepted(outcome, forwarded=True)
    outcome = relay.judge(forwarded(extra=[("Sender", "bob@contoso.com")]),
                          sender="carol@elsewhere.example")
    expect.accepted(outcome, forwarded=True)


def test_other_owners_are_judged_unchanged(daemon):
    relay = daemon(policy(forwarder(), sender("litware", [LITWARE])))
    outcome = relay.judge(forwarded(extra=[("Sender", "x@litware.com")]))
    expect.refused(outcome, "tenant-denied", identity="litware.com")


def test_a_blocked_signature_stops_a_forwarded_message(daemon):
    relay = daemon(policy(forwarder(), blocked_tenants=["microsoft365:known-bad.onmicrosoft.com"]),
                   policies.zone())
    outcome = relay.judge(sign(forwarded(), "known-bad.onmicrosoft.com"))
    expect.refused(outcome, "tenant-blocked", stage="eom", identity=None)
    expect.accepted(relay.judge(sign(forwarded(), "evil.onmicrosoft.com")), forwarded=True)
    expect.accepted(relay.judge(corrupt(sign(forwarded(), "known-bad.onmicrosoft.com"), "body")),
                    forwarded=True)


# System mail

REPORT = {"Content_Type": 'multipart/report; report-type=delivery-status; boundary="b"'}
POSTMASTER = "Postmaster <postmaster@elsewhere.onmicrosoft.com>"


def system(entity="Hosted", org="contoso.onmicrosoft.com", author=POSTMASTER, **fields):
    fields = fields or REPORT
    return stamped(org, None, entity, author=author, **fields)


@pytest.mark.parametrize("fields", [
    REPORT,
    {"Content_Type": "Multipart/Report;\r\n\tboundary=x"},
], ids=str)
def test_system_mail_of_a_listed_tenant_is_accepted(daemon, fields):
    relay = daemon(policy(sender(spf="aligned", dkim="aligned")))
    outcome = relay.judge(system(**fields), sender="")
    expect.accepted(outcome, system_mail=True, senders=["contoso"])
    assert outcome.header[0] == ("Authentication-Results", " " + expect.NEUTRAL)


@pytest.mark.parametrize("options, envelope", [
    ({}, "x@elsewhere.example"),
    ({"Auto_Submitted": "auto-replied"}, ""),
    ({"Auto_Submitted": ""}, ""),
    ({"author": "ceo@bank.example", **REPORT}, ""),
    ({"author": "ceo@elsewhere.onmicrosoft.com", **REPORT}, ""),
    ({"Content_Type": "multipart/report (x); boundary=x"}, ""),
    ({"Content_Type": "multipart/reporting; boundary=x"}, ""),
    ({"Content_Type": "text/plain; x=multipart/report"}, ""),
    ({"Subject": "Undeliverable"}, ""),
    ({"org": "evil.onmicrosoft.com", **REPORT}, ""),
], ids=str)
def test_what_is_no_system_mail_has_an_unknown_author(daemon, options, envelope):
    relay = daemon(policy(sender()))
    outcome = relay.judge(system(**options), sender=envelope)
    expect.refused(outcome, "sender-unknown", identity=None)


def test_system_mail_is_born_in_the_tenant(daemon):
    relay = daemon(policy(sender(entities=["Hosted", "Internet"])))
    expect.refused(relay.judge(system("Internet"), sender=""), "tenant-transit", identity=None)


@pytest.mark.parametrize("author", ["x@sub.contoso.com", "x@litware.com", "x@sub.litware.com"])
def test_system_mail_is_never_of_an_author_below_a_configured_domain(daemon, author):
    relay = daemon(policy(sender(), sender("litware", [LITWARE])))
    outcome = relay.judge(system(author=author), sender="")
    assert (outcome.code, outcome.stage) == (550, "eoh") and not outcome.record["system_mail"]


def test_the_first_of_several_by_name_decides_on_system_mail(daemon):
    relay = daemon(policy(sender("zulu", [CONTOSO]), sender("alpha", [CONTOSO])))
    expect.accepted(relay.judge(system(), sender=""), system_mail=True, senders=["alpha"])


def test_a_login_or_a_network_makes_no_system_mail(daemon):
    relay = daemon(policy(sender(networks=["192.0.2.0/24"])))
    outcome = relay.judge(messages.message(author=POSTMASTER, **REPORT), sender="",
                          client="192.0.2.1")
    expect.refused(outcome, "sender-unknown", identity="elsewhere.onmicrosoft.com")
