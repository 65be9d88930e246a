# SPDX-License-Identifier: BSD-2-Clause
"""Limits and hostile messages: a temporary failure or a verdict, never a crash and
never an acceptance by accident (spec 6, 8)."""
import expect
import messages
import policies
import pytest
from milter_client import Session, split
from policies import honest, policy, sender, stamped

MIB = 1024 * 1024
LIMIT = "451 4.3.4"


@pytest.fixture
def relay(daemon):
    return daemon(policy(sender()))


@pytest.fixture
def roomy(daemon):
    return daemon(policy(sender()), "", "--max-headers-bytes=64M")


def padded(size, **options):
    return stamped(extra=[("X-Long", "x" * size)], **options)


def test_a_header_over_the_limit_is_deferred(daemon):
    relay = daemon(policy(sender()), "", "--max-headers-bytes=4K")
    with relay.connect() as session:
        for content in (padded(4096), padded(100000),
                        stamped(extra=[("X-Many", "x" * 50)] * 100)):
            outcome = relay.judge(content, session)
            expect.deferred(outcome, "limit", LIMIT, "eoh")
            assert outcome.record["evidence"]["fault"] == "headers-limit"
            expect.accepted(relay.judge(padded(2000), session))


def test_over_the_limit_no_spoof_and_no_broken_author_gets_through(daemon):
    relay = daemon(policy(sender()), "", "--max-headers-bytes=4K")
    for content in (padded(5000, org="evil.example"), padded(5000, author="broken")):
        outcome = relay.judge(content)
        assert outcome.stage == "eoh" and outcome.code in (451, 550)


@pytest.mark.parametrize("size", [MIB, 10 * MIB])
def test_the_default_limit_is_a_mebibyte(relay, size):
    expect.accepted(relay.judge(padded(MIB - 10000)))
    expect.deferred(relay.judge(padded(size)), "limit", LIMIT, "eoh")


def test_a_field_of_ten_mebibytes_is_judged_where_there_is_room(roomy):
    expect.accepted(roomy.judge(padded(10 * MIB)))
    expect.refused(roomy.judge(padded(10 * MIB, org="evil.example")), "tenant-denied")
    huge = ", ".join(["alice@contoso.com"] * (10 * MIB // 20))
    expect.refused(roomy.judge(stamped(author=huge)), "author-invalid", identity=None)
    folded = "alice@contoso.com" + "\r\n\t(x)" * MIB
    expect.refused(roomy.judge(stamped(author=folded)), "author-invalid", identity=None)
    for name in ("X-OriginatorOrg", "X-MS-Exchange-CrossTenant-Id", "Authentication-Results",
                 "DKIM-Signature", "Sender", "Content-Type"):
        outcome = roomy.judge(stamped(extra=[(name, "relay.example;" * (MIB // 2))]))
        assert outcome.accepted == (name not in ("X-OriginatorOrg", "X-MS-Exchange-CrossTenant-Id",
                                                 "Sender")), name


def test_a_hundred_thousand_fields_are_judged_where_there_is_room(roomy):
    expect.accepted(roomy.judge(stamped(extra=[("X-A", "b")] * 100000)))
    many = [("X-OriginatorOrg", "contoso.onmicrosoft.com")] * 50000
    expect.accepted(roomy.judge(stamped(extra=many)))
    foreign = [("Authentication-Results", "other.example; x")] * 10000
    expect.accepted(roomy.judge(stamped(extra=foreign)))


FORGED = [("Authentication-Results", "relay.example; x"), ("X-Tenant-Milter-Verdict", "x"),
          ("authentication-results", "Relay.Example; x-tenant=pass"), ("X-Tenant-Milter-7", "x")]


@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
@pytest.mark.parametrize("flags", [[], ["--mode=monitor"], ["--scope=daemon:nobody"],
                                   ["--max-headers-bytes=2K"]], ids=str)
def test_more_fields_to_be_removed_than_an_mta_bears_are_refused_for_good(daemon, forged, flags):
    """Judged or not, whatever the mode: thousands of removals crash Postfix's cleanup."""
    relay = daemon(policy(sender()), "", *flags)
    for count in (101, 10500):
        outcome = relay.judge(stamped(extra=[forged] * count))
        assert (outcome.code, outcome.enhanced, outcome.stage) == (550, "5.7.1", "eoh")
        assert "limit" in outcome.text and not outcome.edits
        assert outcome.record["evidence"]["fault"] == "removals-limit"


def test_a_hundred_forged_fields_are_removed(daemon):
    for flags in ([], ["--scope=daemon:nobody"]):
        relay = daemon(policy(sender()), "", *flags)
        outcome = relay.judge(stamped(extra=FORGED * 25))
        assert outcome.accepted and len(outcome.edits) == 100 + (not flags)
        assert outcome.values("Authentication-Results") == ([] if flags else [expect.PASS])


@pytest.mark.parametrize("mode", ["enforce", "quarantine", "tag", "monitor"])
def test_a_header_over_the_limit_is_refused_for_good_where_it_is_asked_for(daemon, mode):
    relay = daemon(policy(sender(mode=mode), unknown_senders=mode), "", "--max-headers-bytes=4K",
                   "--oversize=reject")
    outcome = relay.judge(padded(4096))
    assert outcome.record["evidence"]["fault"] == "headers-refused"
    if mode == "monitor":
        assert outcome.accepted
    else:
        assert (outcome.code, outcome.enhanced, outcome.stage) == (552, "5.3.4", "eoh")
    expect.accepted(relay.judge(padded(2000)))


def test_the_from_field_of_125047_bytes_that_was_seen_in_the_field(relay):
    author = '"' + "x" * (125047 - 20) + '" <alice@contoso.com>'
    expect.refused(relay.judge(stamped(author=author)), "author-invalid", identity=None)


@pytest.mark.parametrize("count", [21, 1000, 20000])
def test_more_authors_than_anybody_has(relay, count):
    author = ",\r\n ".join(f"a{i}@d{i}.example" for i in range(count))
    expect.refused(relay.judge(stamped(author=author)), "author-invalid", identity=None)


def arc_set(instance):
    return [("ARC-Seal", f"i={instance}; a=rsa-sha256; t=1; cv=pass; d=microsoft.com; s=x; b=AAAA"),
            ("ARC-Message-Signature", f"i={instance}; a=rsa-sha256; c=relaxed/relaxed; "
                                      "d=microsoft.com; s=x; h=From; bh=AAAA; b=" + "A" * 400),
            ("ARC-Authentication-Results", f"i={instance}; mx.example; spf=none; dkim=none")]


@pytest.mark.parametrize("count", [1, 50, 200])
def test_an_arc_chain_of_any_length_is_no_matter(relay, count):
    chain = [field for i in range(count, 0, -1) for field in arc_set(i)]
    expect.accepted(relay.judge(stamped(extra=chain)))


@pytest.mark.parametrize("signature", [
    "", ";", "v=1", "d=contoso.com", "v=1; a=; d=; s=; h=; bh=; b=", "v=2; d=contoso.com; s=x",
    "v=1; a=rsa-sha256; d=contoso.com; s=selector1; h=From; bh=!!!; b=???",
    "v=1; a=rsa-sha256; d=" + "a." * 200 + "com; s=x; h=From; bh=AA==; b=AA==",
    "v=1; a=rsa-sha256; d=contoso.com; s=" + "s" * 300 + "; h=From; bh=AA==; b=AA==",
    "v=1; a=rsa-sha256; d=contoso.com; s=..; h=From; bh=AA==; b=AA==",
    "v=1; a=rsa-sha256; d=contoso.com; d=evil.example; s=x; h=From; bh=AA==; b=AA==",
    "v=1; a=rsa-sha256; d=contoso.com; s=x; l=99999999999999999999; h=From; bh=AA==; b=AA==",
    "v=1; a=rsa-sha256; d=contoso.com; s=x; t=-1; x=abc; h=From; bh=AA==; b=AA==",
    "v=1; a=rsa-sha256; d=contoso.com; s=x; h=" + "From:" * 20000 + "; bh=AA==; b=AA==",
    "v=1; a=rsa-sha256; d=cöntoso.com; s=ü; h=From; bh=AA==; b=AA==",
    "=" * 5000, "v=1;" * 5000,
], ids=range(17))
def test_a_broken_signature_is_no_signature(daemon, signature):
    relay = daemon(policy(sender(dkim="aligned")), policies.zone())
    content = stamped(extra=[("DKIM-Signature", signature)])
    outcome = relay.judge(content)
    assert outcome.code == 550 and outcome.record["reason"].startswith("dkim-"), outcome
    # Beside a good one it does no harm.
    expect.accepted(relay.judge(b"DKIM-Signature: " + signature.encode() + b"\r\n" + honest()))


def test_a_thousand_signatures_are_not_a_thousand_questions(daemon):
    relay = daemon(policy(sender(dkim="aligned")), policies.zone())
    fields = [("DKIM-Signature", f"v=1; a=rsa-sha256; d=contoso.com; s=s{i}; h=From; bh=AA==; b=AA")
              for i in range(1000)]
    outcome = relay.judge(stamped(extra=fields))
    expect.refused(outcome, "dkim-failed", "550 5.7.20", None)
    asked = {question.name for question in relay.dns.questions if "_domainkey" in question.name}
    assert 0 < len(asked) <= 10


ODD_VALUES = [b"a\0b", b"\0", b"\x80\xff\xfe", "é".encode("latin-1"), b"a\rb", b"\x01\x02\x7f",
              b"", b" ", b"\t\n \t", b"%s%n", b"(" * 5000, b"\\", b'"', b"=?utf-8?q?x"]
NO_NUL = [value for value in ODD_VALUES if b"\0" not in value]  # a NUL ends a value on the wire
HEADER, BODY = split(honest())


def bytewise(value):
    return value.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("name", ["X-Odd", "Subject", "Received", "Content-Type", "Message-ID",
                                  "X-MS-Exchange-CrossTenant-AuthAs", "Auto-Submitted"])
def test_odd_bytes_elsewhere_change_no_verdict(relay, name):
    for value in ODD_VALUES:
        outcome = relay.judge((HEADER + [(name, " " + bytewise(value))], BODY))
        assert outcome.accepted and outcome.record["verdict"] == "accept", value
        spoof = [("X-OriginatorOrg", " evil.example"), (name, bytewise(value))]
        assert relay.judge((HEADER + spoof, BODY)).code == 550


@pytest.mark.parametrize("name", ["From", "Sender", "Resent-From"])
def test_odd_bytes_in_an_author_field_never_pass(relay, name):
    others = [field for field in HEADER if field[0] != name]
    for value in NO_NUL:
        for odd in (b" " + value, b" alice@contoso.com" + value + b"@x", b" <" + value + b">"):
            outcome = relay.judge((others + [(name, bytewise(odd))], BODY))
            assert outcome.code == 550, odd
            assert outcome.record["reason"] in ("author-invalid", "sender-unknown")


def test_a_nul_ends_a_value_on_the_wire_and_hides_no_field_behind_it(relay):
    others = [field for field in HEADER if field[0] != "From"]
    ended = others + [("From", " alice@contoso.com\0, m@evil.example")]
    outcome = relay.judge((ended, BODY))
    assert [one["domain"] for one in outcome.record["evidence"]["authors"]] == ["contoso.com"]
    outcome = relay.judge((ended + [("From", " m@evil.example")], BODY))
    expect.refused(outcome, "author-invalid", identity=None)


@pytest.mark.parametrize("name", ["X-OriginatorOrg", "X-MS-Exchange-CrossTenant-Id"])
def test_odd_bytes_in_a_stamp_never_pass(relay, name):
    others = [field for field in HEADER if field[0] != name]
    for value in NO_NUL:
        outcome = relay.judge((others + [(name, " " + bytewise(value))], BODY))
        assert outcome.code == 550, value
        assert outcome.record["reason"] in ("tenant-conflict", "tenant-denied")


@pytest.mark.parametrize("name", [" ", ":", "X\0Y", "é", "\udcff", "X" * 10000])
def test_odd_field_names_harm_nobody(relay, name):
    outcome = relay.judge((HEADER + [(name, " x")], BODY))
    assert outcome.accepted or outcome.code in (451, 550)
    expect.refused(relay.judge((HEADER + [(name, " x"), ("X-OriginatorOrg", " evil.example")],
                                BODY)), "tenant-conflict")


@pytest.mark.parametrize("envelope", [
    "x", "@", "@contoso.com", "x@", "x@" + "a" * 5000, "a@b@contoso.com", "%s@%n.example", "x@..",
    "alice@contoso.com(@evil.example", "alice@contoso.com (x)", "alice @ contoso.com",
    "alice%contoso.com", "contoso.com!alice", "a:alice@contoso.com;", "alice@ｃontoso.com",
], ids=ascii)
def test_an_envelope_sender_that_the_mta_may_read_otherwise_is_refused(daemon, envelope):
    relay = daemon(policy(sender()), policies.zone())
    expect.refused(relay.judge(stamped(), sender=envelope), "author-invalid", identity=None)


@pytest.mark.parametrize("envelope", [
    "", "postmaster", "é@contoso.com", "x@é.example", "x" * 5000 + "@contoso.com", "x@[192.0.2.1]",
    '"a b"@contoso.com', "x@contoso.com.", "x@-", "\udcff\udcfe@contoso.com",
], ids=ascii)
def test_odd_envelope_senders_are_judged(daemon, envelope):
    relay = daemon(policy(sender(), sender("strict", spf="aligned", dkim="off")), policies.zone())
    outcome = relay.judge(stamped(), sender=envelope, helo=envelope or "x")
    expect.accepted(outcome)
    outcome = relay.judge(stamped(author="a@strict.com"), sender=envelope)
    assert outcome.accepted == (envelope == ""), outcome


def test_recipients_without_number_are_judged(relay):
    recipients = [f"r{i}@example.net" for i in range(5000)]
    outcome = relay.judge(stamped(), recipients=recipients)
    expect.accepted(outcome)
    evidence = outcome.record["evidence"]
    assert (len(evidence["recipients"]), evidence["recipient_count"]) == (100, 5000)


def test_bodies_of_every_size(daemon):
    relay = daemon(policy(sender(dkim="aligned")), policies.zone())
    for size in (0, 3, 65535, 65536, 20 * MIB):
        body = ("x" * 70 + "\r\n") * (size // 72) + "y" * (size % 72)
        body += "\r\n" if size % 72 else ""
        expect.accepted(relay.judge(honest(body=body)))


def test_connections_over_the_limit_are_deferred_and_counted_down_again(daemon):
    relay = daemon(policy(sender()), "", "--max-connections=2")
    first, second = relay.connect(), relay.connect()
    for _ in range(3):
        expect.accepted(relay.judge(stamped(), first))
        third = relay.judge(stamped())
        expect.deferred(third, "limit", "421 4.3.2", "eoh")
        assert third.record["evidence"]["fault"] == "connections-limit"
        expect.accepted(relay.judge(stamped(), second))
    first.close()
    expect.accepted(relay.judge(stamped()))
    second.abandon()
    with relay.connect(), Session(relay.address) as session:
        assert session.version >= 6
