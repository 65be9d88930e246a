# SPDX-License-Identifier: BSD-2-Clause
"""Authentication-Results of our name, and the filter's own fields: forged ones leave no
message, whatever becomes of it; those of others stay (spec 6, 7; RFC 8601 section 5)."""
import re

import expect
import messages
import policies
import pytest
from policies import honest, policy, sender, stamped

NAME = "Authentication-Results"

OURS = [
    "relay.example; x-tenant=pass",
    "relay.example;spf=pass smtp.mailfrom=contoso.com",
    "RELAY.Example; none",
    "relay.example",
    "relay.example 1; dkim=pass",
    "relay.example  99 ; dkim=pass",
    '"relay.example"; dkim=pass',
    '"relay.exam\\ple"; dkim=pass',
    '"RELAY.example" 1; dkim=pass',
    "(comment) relay.example; dkim=pass",
    "(a (nested) one; other.example) relay.example (and) 1 (more); dkim=pass",
    "(with \\) a quoted parenthesis) relay.example; dkim=pass",
    "relay.example(comment); dkim=pass",
    "\r\n relay.example;\r\n\tdkim=pass",
    "\r\n\t(folded\r\n comment)\r\n relay.example\r\n ; dkim=pass",
    "\trelay.example\t; dkim=pass",
    "   relay.example; dkim=pass",
    # What nobody can parse and names us
    "; relay.example; dkim=pass",
    '"relay.example; dkim=pass',
    "(relay.example; dkim=pass",
    "= relay.example; dkim=pass",
    ") Relay.Example; dkim=pass",
    "<relay.example>; dkim=pass",
    "relay.example, other.example; dkim=pass",
    "@relay.example; dkim=pass",
]

THEIRS = [
    "other.example; dkim=pass",
    "relay.example.evil.test; dkim=pass",
    "sub.relay.example; dkim=pass",
    "notrelay.example; dkim=pass",
    "relay.example2; dkim=pass",
    "other.example (relay.example); dkim=pass",
    "other.example; dkim=pass header.d=relay.example",
    '"other.example"; x="relay.example; y"',
    "mx.google.com;\r\n       dkim=pass header.i=@contoso.com;\r\n       arc=pass (i=1)",
    "",
]


@pytest.fixture
def relay(daemon):
    return daemon(policy(sender()))


def with_results(*values, name=NAME):
    return stamped(extra=[(name, value) for value in values])


def kept(outcome):
    return [value for value in outcome.values(NAME) if value != expect.PASS]


@pytest.mark.parametrize("value", OURS)
def test_a_field_that_claims_our_name_is_removed(relay, value):
    outcome = relay.judge(with_results(value))
    assert outcome.accepted and outcome.values(NAME) == [expect.PASS]


@pytest.mark.parametrize("value", THEIRS)
def test_the_fields_of_others_stay(relay, value):
    outcome = relay.judge(with_results(value))
    expect.accepted(outcome)


@pytest.mark.parametrize("name", ["AUTHENTICATION-RESULTS", "authentication-results",
                                  "Authentication-results", "Authentication-Results ",
                                  "Authentication-Results\t "])
def test_the_field_s_name_has_no_case(relay, name):
    outcome = relay.judge(with_results("relay.example; dkim=pass", name=name))
    assert outcome.values(NAME) == [expect.PASS]


def test_all_of_many_are_removed_and_no_other(relay):
    values = [value for pair in zip(OURS, THEIRS * 3) for value in pair]
    outcome = relay.judge(with_results(*values))
    theirs = [value for value in outcome.sent if value[0] == NAME][1::2]
    assert [(NAME, value) for name, value in outcome.header if name == NAME][1:] == theirs
    assert len(theirs) == len(OURS)
    removed = [edit[1] for edit in outcome.edits if edit[0] == "chgheader"]
    assert removed == sorted(removed, reverse=True) and len(removed) == len(OURS)


def test_a_hundred_forged_fields_are_removed(relay):
    outcome = relay.judge(with_results(*["relay.example; dkim=pass"] * 100))
    assert outcome.values(NAME) == [expect.PASS]


def test_the_chain_of_arc_is_left_alone(relay):
    expect.accepted(relay.judge(stamped(extra=[
        ("ARC-Authentication-Results", "i=1; relay.example; dkim=pass"),
        ("X-Authentication-Results", "relay.example; dkim=pass")])))


@pytest.mark.parametrize("name", ["X-Tenant-Milter-Verdict", "X-Tenant-Milter-Quarantine",
                                  "x-tenant-milter-verdict", "X-TENANT-MILTER-QUARANTINE"])
def test_forged_fields_of_our_own_are_removed(relay, name):
    for values in (["tenant-denied"], ["a", "b", ""], ["x" * 5000]):
        outcome = relay.judge(stamped(extra=[(name, value) for value in values]))
        assert outcome.accepted and outcome.values(name) == []
        assert outcome.header[1:] == [row for row in outcome.sent if row[0] != name]


def test_fields_with_a_like_name_stay(relay):
    expect.accepted(relay.judge(stamped(extra=[("X-Tenant", "a"), ("X-Tenant-Milt", "b")])))


@pytest.mark.parametrize("flags, options", [
    (["--scope=daemon:outbound"], {}),
    (["--scope=relayed", "--local-transports=local", "--inbound-domains=example.net"],
     {"rcpt_mailer": "local"}),
], ids=["daemon", "relayed"])
def test_an_unjudged_message_keeps_no_forged_field_either(daemon, flags, options):
    relay = daemon(policy(sender()), "", *flags)
    outcome = relay.judge(stamped("evil.example", extra=[
        (NAME, OURS[0]), (NAME, THEIRS[0]), ("X-Tenant-Milter-Verdict", "none"),
        (NAME, OURS[5])]), **options)
    assert outcome.record is None
    assert outcome.values(NAME) == [THEIRS[0]]
    assert outcome.values("X-Tenant-Milter-Verdict") == []


def test_more_fields_than_a_message_may_have_leave_none_behind(daemon):
    """Past the limit an unjudged message is let through, and clean all the same."""
    relay = daemon(policy(sender()), "", "--scope=daemon:outbound", "--max-headers-bytes=2K")
    outcome = relay.judge(stamped(extra=[("X-Long", "x" * 3000), (NAME, OURS[0])]))
    assert outcome.accepted and outcome.values(NAME) == []


@pytest.mark.parametrize("kind, wanted", [
    ("minimal", ["relay.example; x-tenant=pass"]), ("off", [])])
def test_what_is_added_is_a_choice(daemon, kind, wanted):
    relay = daemon(policy(sender()), "", f"--auth-results={kind}")
    outcome = relay.judge(with_results(*OURS[:3]))
    assert outcome.accepted and outcome.values(NAME) == wanted


def test_full_results_name_spf_dkim_platform_and_tenant(daemon):
    relay = daemon(policy(sender(spf="aligned", dkim="aligned")), policies.zone(),
                   "--auth-results=full")
    outcome = relay.judge(honest())
    assert outcome.accepted and outcome.header[0][0] == NAME
    value = " ".join(outcome.values(NAME)[0].split())
    assert value.startswith("relay.example; ") and "x-tenant=pass" in value
    for part in ("spf=pass", "dkim=pass", "contoso.com", "microsoft365",
                 "contoso.onmicrosoft.com"):
        assert part in value
    assert len(outcome.values(NAME)) == 1


def test_full_results_echo_nothing_that_could_forge_another(daemon):
    """What a login lets in may bear any HELO name and any envelope sender."""
    relay = daemon(policy(sender(logins=["app"])), "", "--auth-results=full")
    for envelope in ('"a; x-tenant=pass"@contoso.com', '"a;b"@contoso.com', "",
                     "a\u00e9@contoso.com", '"a(b"@contoso.com'):
        outcome = relay.judge(messages.message(), client="198.51.100.1", sender=envelope,
                              helo="x; dkim=pass", macros={"{auth_authen}": "app"})
        assert outcome.accepted
        value = " ".join(outcome.values(NAME)[0].split())
        value = re.sub(r'"(?:[^"\\]|\\.)*"', "QUOTED", value)
        assert value.startswith("relay.example; ") and "dkim=pass" not in value
        assert value.count("x-tenant=pass") == 1 and value.isascii()


def test_the_name_of_the_host_is_the_default(daemon):
    relay = daemon(policy(sender()), "", "--authserv-id=mx-1.relay.example")
    outcome = relay.judge(with_results("relay.example; a", "MX-1.relay.example; b"))
    assert outcome.values(NAME) == ["mx-1.relay.example; x-tenant=pass", "relay.example; a"]


def test_a_refusal_edits_nothing(relay):
    outcome = relay.judge(stamped("evil.example", extra=[(NAME, OURS[0])]))
    expect.refused(outcome, "tenant-denied")
