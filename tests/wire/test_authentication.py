# SPDX-License-Identifier: BSD-2-Clause
"""Checks 9, 10 and 11 on the wire: SPF, DKIM and what signatures say of the tenant."""
import expect
import policies
import pytest
import signing
from policies import honest, policy, sender, stamped
from signing import corrupt, key, sign

SPF_CODE, PERMERROR_CODE = "550 5.7.23", "550 5.7.24"


def zone(spf=None, *lines):
    return "".join(f"{line}\n" for line in
                   ([f'contoso.com. 300 IN TXT "{spf}"'] if spf else []) + list(lines))


# Check 9

@pytest.mark.parametrize("record, result", [
    ("v=spf1 -all", "fail"),
    ("v=spf1 ip4:192.0.2.1 -all", "fail"),
    ("v=spf1 ~all", "softfail"),
    ("v=spf1 ?all", "neutral"),
    ("v=spf1", "neutral"),
    (None, "none"),
])
def test_spf_anything_but_pass_is_not_pass(daemon, record, result):
    relay = daemon(policy(sender(spf="pass")), zone(record))
    outcome = relay.judge(stamped())
    expect.refused(outcome, "spf-failed", SPF_CODE, stage=None, seen=result)
    assert outcome.record["evidence"]["spf"]["result"] == result


@pytest.mark.parametrize("record", [
    "v=spf1 ip4:40.107.0.0/99 -all", "v=spf1 foo -all", "v=spf1 include:contoso.com ip4:40.107.1.1",
])
def test_spf_permerror_has_a_code_of_its_own(daemon, record):
    relay = daemon(policy(sender(spf="pass")), zone(record))
    expect.refused(relay.judge(stamped()), "spf-failed", PERMERROR_CODE, stage=None)


@pytest.mark.parametrize("envelope, alignment, is_aligned", [
    ("alice@contoso.com", "strict", True),
    ("alice@bounces.contoso.com", "relaxed", True),
    ("alice@bounces.contoso.com", "strict", False),
    ("alice@other.example", "relaxed", False),
    ("alice@CONTOSO.com", "strict", True),
    ("SRS0=abcd=ef=other.example=bob@contoso.onmicrosoft.com", "strict", True),
    ("bounces+SRS=abcd=ef@contoso.onmicrosoft.com", "relaxed", True),
    ("bob@contoso.onmicrosoft.com", "relaxed", False),
    ("SRS0=abcd=ef=contoso.com=bob@other.example", "relaxed", False),
])
def test_spf_alignment(daemon, envelope, alignment, is_aligned):
    passing = [f'{name}. TXT "v=spf1 ip4:40.107.0.0/16 -all"' for name in
               ("bounces.contoso.com", "other.example", "contoso.onmicrosoft.com")]
    relay = daemon(policy(sender(spf="aligned", spf_alignment=alignment)),
                   zone("v=spf1 ip4:40.107.0.0/16 -all", *passing))
    outcome = relay.judge(stamped(), sender=envelope)
    assert outcome.record["evidence"]["spf"]["result"] == "pass"
    if is_aligned:
        expect.accepted(outcome)
    else:
        expect.refused(outcome, "spf-unaligned", SPF_CODE, stage=None,
                       seen=envelope.rpartition("@")[2])


def test_spf_of_a_null_sender_is_that_of_helo_and_only_logged(daemon):
    relay = daemon(policy(sender(spf="pass")), zone(None, 'mail.example. TXT "v=spf1 -all"'))
    # It is never waited for; asked for here, it is known to the next message.
    expect.refused(relay.judge(stamped(), sender="x@mail.example"), "spf-failed", SPF_CODE, None)
    outcome = relay.judge(stamped(), sender="")
    expect.accepted(outcome)
    spf = outcome.record["evidence"]["spf"]
    assert (spf["result"], spf["domain"]) == ("fail", "mail.example")
    assert outcome.record["evidence"]["null_sender"]


# Check 10

def dkim_relay(daemon, extra="", dkim="aligned", **keys):
    return daemon(policy(sender(dkim=dkim, **keys)), policies.zone() + extra)


@pytest.mark.parametrize("options", [
    {},
    {"canon": "simple/simple"},
    {"canon": "relaxed/simple"},
    {"canon": "simple/relaxed"},
    {"fields": ("From", "From", "To", "Subject")},  # no second From may be added
    {"at": 1700000000},
    {"expires": 4000000000},
    {"i": "alice@mail.contoso.com"},
], ids=str)
def test_a_good_signature_passes(daemon, options):
    outcome = dkim_relay(daemon).judge(sign(stamped(), **options))
    expect.accepted(outcome)
    assert [one["result"] for one in outcome.record["evidence"]["signatures"]] == ["pass"]


def test_simple_canonicalisation_sees_the_header_as_it_came(daemon):
    content = sign(stamped(extra=[("X-Spaces", "   two  \t words ")], author=" A <a@contoso.com>"),
                   canon="simple/simple", fields=("From", "X-Spaces", "Subject"))
    expect.accepted(dkim_relay(daemon).judge(content))


def test_an_ed25519_key_counts(daemon):
    small = key("small", 0)
    relay = dkim_relay(daemon, small.zone_line("contoso.com", "ed"))
    outcome = relay.judge(sign(stamped(), by=small, selector="ed"))
    expect.accepted(outcome)
    assert outcome.record["evidence"]["signatures"][0]["algorithm"] == "ed25519-sha256"


def test_large_bodies_are_verified(daemon):
    relay = dkim_relay(daemon)
    content = sign(stamped(body="0123456789abcdef\r\n" * 20000))
    expect.accepted(relay.judge(content))
    expect.refused(relay.judge(corrupt(content, "body")), "dkim-failed", "550 5.7.20", "eom")


@pytest.mark.parametrize("make", [
    lambda: stamped(),
    lambda: stamped(extra=[("X-DKIM-Signature", "v=1; d=contoso.com")]),
])
def test_without_a_signature_it_is_refused_at_the_end_of_headers(daemon, make):
    expect.refused(dkim_relay(daemon).judge(make()), "dkim-missing", "550 5.7.20")


@pytest.mark.parametrize("make", [
    lambda: corrupt(honest(), "body"),
    lambda: corrupt(honest(), "subject"),
    lambda: corrupt(honest(), "signature"),
    lambda: sign(stamped(), selector="nowhere"),
    lambda: sign(stamped(), by=key("another")),
    lambda: sign(stamped(), expires=1700000000),
], ids=["body", "subject", "signature", "no key", "another key", "expired"])
def test_a_signature_that_does_not_verify_is_refused(daemon, make):
    outcome = dkim_relay(daemon).judge(make())
    expect.refused(outcome, "dkim-failed", "550 5.7.20", stage=None)
    assert outcome.record["evidence"]["signatures"][0]["result"] == "fail"


@pytest.mark.parametrize("make, zone_of", [
    (lambda: sign(stamped(), fields=("Subject", "Date")), None),
    (lambda: sign(stamped(), length=5), None),
    (lambda: sign(stamped(), length=0), None),
    (lambda: sign(stamped(), algorithm="rsa-sha1"), None),
    (lambda: sign(stamped(), by=key("short", 1016), selector="short"),
     lambda: key("short", 1016).zone_line("contoso.com", "short")),
    (lambda: sign(stamped(), selector="trial"),
     lambda: key().zone_line("contoso.com", "trial", "t=y; ")),
    (lambda: sign(stamped(), selector="trial"),
     lambda: key().zone_line("contoso.com", "trial", "t=s:y; ")),
], ids=["no From", "l=5", "l=0", "sha1", "short key", "t=y", "t=s:y"])
def test_a_signature_that_proves_nothing_is_not_acceptable(daemon, make, zone_of):
    relay = dkim_relay(daemon, zone_of() if zone_of else "")
    expect.refused(relay.judge(make()), "dkim-unacceptable", "550 5.7.21", stage=None)


def test_a_key_of_1024_bits_is_acceptable(daemon):
    relay = dkim_relay(daemon, key("old", 1024).zone_line("contoso.com", "old"))
    outcome = relay.judge(sign(stamped(), by=key("old", 1024), selector="old"))
    expect.accepted(outcome)
    assert outcome.record["evidence"]["signatures"][0]["key_bits"] == 1024


def test_only_listed_domains_count_where_a_sender_lists_some(daemon):
    extra = key().zone_line("news.contoso.com")
    relay = dkim_relay(daemon, extra, dkim_domains=["news.contoso.com"])
    expect.refused(relay.judge(honest()), "dkim-unacceptable", "550 5.7.21", "eom")
    expect.accepted(relay.judge(sign(stamped(), "news.contoso.com")))


@pytest.mark.parametrize("domain, alignment, is_aligned", [
    ("contoso.com", "strict", True), ("mail.contoso.com", "relaxed", True),
    ("mail.contoso.com", "strict", False), ("other.example", "relaxed", False),
    ("contoso.onmicrosoft.com", "relaxed", False),
])
def test_dkim_alignment(daemon, domain, alignment, is_aligned):
    relay = dkim_relay(daemon, key().zone_line("mail.contoso.com"), dkim_alignment=alignment)
    outcome = relay.judge(sign(stamped(), domain))
    if is_aligned:
        expect.accepted(outcome)
    else:
        expect.refused(outcome, "dkim-unaligned", "550 5.7.22", "eom")


def test_any_domain_will_do_where_dkim_has_only_to_pass(daemon):
    relay = dkim_relay(daemon, dkim="pass")
    expect.accepted(relay.judge(sign(stamped(), "other.example")))
    expect.refused(relay.judge(corrupt(sign(stamped(), "other.example"), "body")), "dkim-failed",
                   "550 5.7.20", "eom")


@pytest.mark.parametrize("make, reason, code", [
    (lambda: corrupt(sign(stamped(), "other.example"), "body"), "dkim-failed", "550 5.7.20"),
    (lambda: sign(sign(stamped(), "other.example"), "nowhere.example"), "dkim-unaligned",
     "550 5.7.22"),
    (lambda: sign(sign(stamped(), length=3), selector="nowhere"), "dkim-unacceptable",
     "550 5.7.21"),
    # Where one is aligned, the others are not looked at.
    (lambda: sign(corrupt(honest(), "body"), "other.example"), "dkim-failed", "550 5.7.20"),
], ids=["failed", "unaligned", "unacceptable", "failed beside a foreign one"])
def test_the_signature_that_came_furthest_names_the_reason(daemon, make, reason, code):
    expect.refused(dkim_relay(daemon).judge(make()), reason, code, stage=None)


def test_one_good_signature_among_bad_ones_is_enough(daemon):
    content = sign(sign(sign(honest(), "other.example"), selector="nowhere"), length=1)
    expect.accepted(dkim_relay(daemon).judge(content))


def test_when_both_have_failed_the_reply_says_both(daemon):
    relay = daemon(policy(sender(spf="aligned", dkim="aligned")), zone("v=spf1 -all"))
    outcome = relay.judge(stamped())
    if outcome.stage == "eoh" and outcome.code == 550 and outcome.enhanced == "5.7.23":
        pytest.fail("the absence of a signature is known at the end of headers")
    expect.refused(outcome, "spf-failed", "550 5.7.26", stage=None, seen="dkim-missing")


# Check 11

def test_a_signature_of_a_foreign_tenant_gives_it_away(daemon):
    """A blind relay: the stamps are right, the signature under the platform's suffix not."""
    relay = daemon(policy(sender()), policies.zone())
    outcome = relay.judge(sign(stamped(), "evil.onmicrosoft.com"))
    expect.refused(outcome, "tenant-denied", stage="eom", seen="evil.onmicrosoft.com")
    expect.accepted(relay.judge(sign(stamped(), "contoso.onmicrosoft.com")))
    expect.accepted(relay.judge(corrupt(sign(stamped(), "evil.onmicrosoft.com"), "body")))


def test_a_sender_that_lists_no_name_has_no_opinion_on_signatures(daemon):
    relay = daemon(policy(sender(tenants=[f"microsoft365:{policies.GUID}"]),
                          blocked_tenants=["microsoft365:known-bad.onmicrosoft.com"]),
                   policies.zone())
    expect.accepted(relay.judge(sign(stamped(None), "evil.onmicrosoft.com")))
    expect.refused(relay.judge(sign(stamped(None), "known-bad.onmicrosoft.com")), "tenant-blocked",
                   stage="eom", seen="known-bad.onmicrosoft.com")


def test_more_than_ten_signatures_under_the_suffix_are_a_conflict(daemon):
    relay = daemon(policy(sender()), policies.zone())
    content = stamped()
    for _ in range(10):
        content = sign(content, "contoso.onmicrosoft.com")
    expect.accepted(relay.judge(content))
    expect.refused(relay.judge(sign(content, "contoso.onmicrosoft.com")), "tenant-conflict",
                   stage=None)


# The test's own signer

@pytest.mark.parametrize("canon", ["relaxed/relaxed", "simple/simple"])
def test_dkimpy_agrees_with_the_signer(canon):
    import dkim
    content = sign(stamped(extra=[("X-A", "  b  c ")]), canon=canon, fields=("From", "X-A", "To"))
    record = key().zone_line("contoso.com").split("TXT ")[1].replace('" "', "").strip().strip('"')
    assert dkim.verify(content, dnsfunc=lambda *_, **__: record.encode())
    assert not dkim.verify(corrupt(content, "body"), dnsfunc=lambda *_, **__: record.encode())
    assert signing.key() is key()
