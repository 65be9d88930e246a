# SPDX-License-Identifier: BSD-2-Clause
"""What is done about a refusal: enforce, quarantine, tag, monitor (spec 6, Modes)."""
import expect
import messages
import policies
import pytest
from policies import policy, sender, stamped
from signing import sign

LITWARE = "microsoft365:litware.onmicrosoft.com"
MARKS = {"quarantine": "X-Tenant-Milter-Quarantine", "tag": "X-Tenant-Milter-Verdict"}
GUESSED = [("X-Tenant-Milter-Quarantine", "guessed"), ("X-Tenant-Milter-Verdict", "none"),
           ("x-tenant-milter-verdict", "none")]


def spoof(**options):
    return stamped("evil.onmicrosoft.com", **options)


def marks(outcome):
    return [(name, value.strip()) for name, value in outcome.header
            if name.lower().startswith("x-tenant-milter-")]


def check_mark(outcome, mode, reason):
    expect.let_through(outcome, reason, mode)
    assert marks(outcome) == ([(MARKS[mode], reason)] if mode in MARKS else [])
    assert outcome.quarantined == ([reason] if mode == "quarantine" else [])


@pytest.mark.parametrize("mode", ["quarantine", "tag", "monitor"])
def test_a_spoof_is_let_through_as_the_mode_says(daemon, mode):
    relay = daemon(policy(sender(mode=mode)))
    check_mark(relay.judge(spoof(extra=GUESSED)), mode, "tenant-denied")
    expect.accepted(relay.judge(stamped()))


@pytest.mark.parametrize("mode", ["quarantine", "tag", "monitor"])
def test_what_is_decided_at_the_end_is_let_through_too(daemon, mode):
    relay = daemon(policy(sender(mode=mode, dkim="aligned")), policies.zone())
    content = sign(stamped(), selector="nowhere")
    check_mark(relay.judge(content), mode, "dkim-failed")
    expect.accepted(relay.judge(policies.honest()))


@pytest.mark.parametrize("mode, other, strictest", [
    ("monitor", "tag", "tag"), ("tag", "quarantine", "quarantine"),
    ("quarantine", "monitor", "quarantine"), ("monitor", "monitor", "monitor")])
def test_the_strictest_mode_of_those_that_fail_counts(daemon, mode, other, strictest):
    relay = daemon(policy(sender(mode=mode), sender("litware", [LITWARE], mode=other)))
    both = spoof(extra=[("Sender", "x@litware.com")])
    check_mark(relay.judge(both), strictest, "tenant-denied")


def test_a_sender_under_which_nothing_fails_has_no_say(daemon):
    """contoso enforces and is content; litware, which is spoofed, only monitors."""
    relay = daemon(policy(sender(mode="enforce"), sender("litware", [LITWARE], mode="monitor")))
    outcome = relay.judge(stamped(tenant=None, extra=[("Sender", "x@litware.com")]))
    check_mark(outcome, "monitor", "tenant-denied")


def test_a_later_check_that_fails_under_a_strict_sender_makes_it_strict(daemon):
    """contoso (monitor) fails check 7, litware (enforce) fails the same one: refused."""
    relay = daemon(policy(sender(mode="monitor"), sender("litware", [LITWARE], mode="enforce")))
    outcome = relay.judge(spoof(author="a@contoso.com, b@litware.com"))
    expect.refused(outcome, "tenant-denied", identity=None)


@pytest.mark.parametrize("unknown, strictest", [("tag", "tag"), ("monitor", "monitor")])
def test_unknown_authors_have_a_mode_of_their_own(daemon, unknown, strictest):
    relay = daemon(policy(sender(mode="enforce"), unknown_senders=unknown))
    outcome = relay.judge(stamped(author="x@elsewhere.example"), sender="x@elsewhere.example")
    check_mark(outcome, strictest, "sender-unknown")
    # The envelope makes contoso responsible, and it enforces.
    outcome = relay.judge(stamped(author="x@elsewhere.example"), sender="x@contoso.com")
    expect.refused(outcome, "sender-unknown", identity="elsewhere.example")


def test_an_unreadable_author_may_hide_anybody(daemon):
    relay = daemon(policy(sender(mode="monitor"), sender("litware", [LITWARE], mode="enforce"),
                          unknown_senders="monitor"))
    outcome = relay.judge(stamped(author="broken"), sender="x@contoso.com")
    expect.refused(outcome, "author-invalid", identity=None)
    lenient = daemon(policy(sender(mode="monitor"), sender("litware", [LITWARE], mode="tag"),
                            unknown_senders="monitor"))
    check_mark(lenient.judge(stamped(author="broken")), "tag", "author-invalid")


@pytest.mark.parametrize("mode, is_deferred", [
    ("enforce", True), ("quarantine", True), ("tag", True), ("monitor", False)])
def test_a_temporary_failure_stays_one_but_in_monitor(daemon, mode, is_deferred):
    relay = daemon(policy(sender(mode=mode, spf="pass")), "contoso.com. SERVFAIL\n")
    outcome = relay.judge(stamped())
    if is_deferred:
        assert (outcome.code, outcome.enhanced) == (451, "4.7.24") and not outcome.edits
        assert (outcome.record["verdict"], outcome.record["mode"]) == ("tempfail", mode)
    else:
        assert outcome.accepted and marks(outcome) == []
        assert expect.PASS not in outcome.values("Authentication-Results")
        assert outcome.record["action"] == "accept"
    assert outcome.record["reason"] == "dns-unavailable"
    assert outcome.record["verdict"] == "tempfail"


@pytest.mark.parametrize("mode", ["enforce", "quarantine", "tag"])
def test_monitoring_overrides_every_mode_of_the_policy(daemon, mode):
    relay = daemon(policy(sender(mode=mode, spf="pass"), unknown_senders=mode),
                   "contoso.com. SERVFAIL\n", "--mode=monitor", "--max-headers-bytes=4K")
    expect.let_through(relay.judge(spoof()), "tenant-denied", "monitor")
    expect.let_through(relay.judge(stamped(author="broken")), "author-invalid", "monitor")
    expect.let_through(relay.judge(stamped(author="x@nobody.example")), "sender-unknown", "monitor")
    for content in (stamped(), stamped(extra=[("X-Long", "x" * 5000)])):
        outcome = relay.judge(content)
        assert outcome.accepted and outcome.record["verdict"] == "tempfail"
        assert outcome.record["action"] == "accept"


def test_monitoring_still_removes_what_is_forged(daemon):
    relay = daemon(policy(sender()), "", "--mode=monitor")
    forged = [("Authentication-Results", "relay.example; x-tenant=pass"), *GUESSED]
    outcome = relay.judge(spoof(extra=forged))
    assert outcome.accepted and marks(outcome) == []
    assert outcome.values("Authentication-Results") == []


def test_a_limit_is_enforced_in_every_mode_of_a_sender(daemon):
    relay = daemon(policy(sender(mode="tag")), "", "--max-headers-bytes=4K")
    outcome = relay.judge(stamped(extra=[("X-Long", "x" * 5000)]))
    assert (outcome.stage, outcome.code, outcome.enhanced) == ("eoh", 451, "4.3.4")


def test_the_record_says_what_was_done(daemon):
    relay = daemon(policy(sender(mode="quarantine"), sender("litware", [LITWARE], mode="tag"),
                          sender("fabrikam", ["microsoft365:fabrikam.onmicrosoft.com"])))
    for author, action in (("a@contoso.com", "quarantine"), ("a@litware.com", "tag"),
                           ("a@fabrikam.com", "reject")):
        relay.judge(spoof(author=author), sender="x@elsewhere.example")
        assert relay.records()[-1]["action"] == action
    assert messages.CUSTOMER_TENANT in str(relay.records()[-1]["evidence"]["tenants"])
