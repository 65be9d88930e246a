# SPDX-License-Identifier: BSD-2-Clause
"""End to end: SMTP into a real Postfix, the real daemon, what reaches the next hop."""
import pytest

import messages


def test_the_spoof_is_refused_and_the_honest_message_passes(relay):
    this = relay()
    assert this.send(messages.honest()).code == 250
    reply = this.send(messages.spoof())
    assert (reply.code, reply.text) == (
        550, "5.7.1 tenant-denied: contoso.com: originator-org attacker.onmicrosoft.com")
    assert this.sink.wait_for(1)
    assert len(this.sink.messages) == 1 and this.postfix.queue() == []
    assert "Authentication-Results: relay.example; x-tenant=pass" in this.sink.messages[0].header()
    assert [one["verdict"] for one in this.filter.decisions()] == ["accept", "reject"]


def test_a_chrooted_smtpd_reaches_the_unix_socket(relay):
    this = relay(chroot=True)
    assert this.send(messages.honest()).code == 250
    assert this.send(messages.spoof()).code == 550
    assert this.sink.wait_for(1)


def test_messages_of_one_connection_inherit_nothing(relay):
    this = relay()
    contents = [messages.honest(), messages.spoof(), messages.message(), messages.honest(), messages.spoof(), messages.honest()]
    with this.client() as client:
        replies = [client.transact("alice@contoso.com", ["bob@example.net"], one)
                   for one in contents]
    assert [reply.code for reply in replies] == [250, 550, 550, 250, 550, 250]
    assert "tenant-missing" in replies[2].text
    assert this.sink.wait_for(3)
    assert [one["reason"] for one in this.filter.decisions()] == [
        "none", "tenant-denied", "tenant-missing", "none", "tenant-denied", "none"]


def test_xclient_in_mid_session_changes_who_is_judged(relay):
    this = relay()
    with this.client(None) as client:
        reply = client.transact("alice@contoso.com", ["bob@example.net"], messages.honest())
        assert reply.code == 550 and "origin-denied" in reply.text
        client.come_from("40.107.22.1")
        assert client.transact("alice@contoso.com", ["bob@example.net"], messages.honest()).code == 250


def test_a_queue_of_mixed_verdicts(relay):
    this = relay()
    for i in range(20):
        code = this.send(messages.honest() if i % 2 else messages.spoof()).code
        assert code == (250 if i % 2 else 550)
    assert this.sink.wait_for(10)
    assert len(this.sink.messages) == 10
    assert all("x-tenant=pass" in "\n".join(one.header()) for one in this.sink.messages)


def test_forged_results_of_this_relay_do_not_leave_it(relay):
    this = relay()
    forged = [("Authentication-Results", "relay.example; x-tenant=pass"),
              ("AUTHENTICATION-RESULTS", "(x) Relay.Example 1; dkim=pass"),
              ("Authentication-Results", "other.example; dkim=pass"),
              ("X-Tenant-Milter-Verdict", "none")]
    assert this.send(messages.signed(
        messages.message(extra=[*messages.stamps(), *forged]))).code == 250
    assert this.sink.wait_for(1)
    assert this.sink.messages[0].results() == ["Authentication-Results: relay.example; x-tenant=pass",
                       "Authentication-Results: other.example; dkim=pass"]


# Evil's own mail, in whose envelope Postfix finds the other customer once it has dropped
# comments and moved parts about.
@pytest.mark.parametrize("envelope", [
    "ceo@contoso.com", "ceo@contoso.com(@evil.example", "ceo@contoso.com (x)",
    "ceo @ contoso.com", "ceo@contoso. com", "a:ceo@contoso.com;"])
def test_no_spelling_hides_the_envelope_sender(relay, envelope):
    this = relay(policy=messages.TWO_CUSTOMERS)
    content = messages.message(author="x@evil.example", extra=messages.stamps(
        "attacker.onmicrosoft.com", messages.ATTACKER_TENANT))
    assert this.send(content, sender="x@evil.example").code == 250
    with this.client() as client:
        assert client.docmd("MAIL", f"FROM:<{envelope}>")[0] == 250
        client.rcpt("bob@example.net")
        code, text = client.data(content)
    assert code == 550 and text.startswith((b"5.7.1 tenant-denied", b"5.7.1 author-invalid"))


def test_no_spelling_hides_a_recipient_from_the_scope(relay):
    this = relay(flags=["--scope=relayed", "--local-transports=smtp",
                        "--inbound-domains=inbound.example"])
    for recipient, code in (("bob@inbound.example", 250), ("bob@example.net", 550),
                            ("bob@example.net(@inbound.example", 550)):
        with this.client() as client:
            client.mail("alice@contoso.com")
            assert client.docmd("RCPT", f"TO:<{recipient}>")[0] == 250
            assert client.data(messages.spoof())[0] == code, recipient


def test_quarantine_holds_and_tag_marks(relay):
    policy = """\
version = 1
[defaults]
mode = "{mode}"
[[sender]]
name    = "contoso"
domains = ["contoso.com"]
tenants = ["microsoft365:contoso.onmicrosoft.com"]
"""
    held = relay(policy=policy.format(mode="quarantine"))
    assert held.send(messages.spoof()).code == 250
    queue = held.postfix.queue()
    assert len(queue) == 1 and '"queue_name": "hold"' in queue[0]

    tagged = relay(policy=policy.format(mode="tag"))
    assert tagged.send(messages.spoof()).code == 250
    assert tagged.sink.wait_for(1)
    assert "X-Tenant-Milter-Verdict: tenant-denied" in tagged.sink.messages[0].header()


def test_without_its_filter_the_relay_takes_nothing(relay):
    this = relay()
    assert this.filter.stop() == 0
    assert this.send(messages.honest()).code == 451
    assert this.postfix.queue() == []
