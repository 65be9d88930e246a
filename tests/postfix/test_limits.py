# SPDX-License-Identifier: BSD-2-Clause
"""A filter that is down or slow, and every version of the protocol."""
import signal
import smtplib

import pytest

import messages
from daemon import Daemon

SPOOF = messages.spoof()


@pytest.mark.parametrize("action, code, arrived", [("tempfail", 451, 0), ("accept", 250, 1)])
def test_without_the_filter_the_default_action_decides(relay, action, code, arrived):
    """With accept the spoof is out: the trap."""
    this = relay(extra=f"milter_default_action = {action}\n")
    assert this.filter.stop() == 0
    assert this.send(SPOOF).code == code
    assert this.sink.wait_for(arrived)
    assert len(this.sink.messages) == arrived


def test_without_the_filter_reject_takes_no_connection(relay):
    this = relay(extra="milter_default_action = reject\n")
    assert this.filter.stop() == 0
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        this.client()
    assert refused.value.smtp_code == 554


def slow(relay, budget, extra):
    """A relay whose filter waits for DNS as long as it may."""
    this = relay(flags=[f"--dns-timeout={budget}", f"--dns-budget={budget}"],
                 zone="slow.contoso.com. TIMEOUT\n", extra=extra)
    return this.send(messages.honest(), sender="alice@slow.contoso.com")


def test_the_filter_answers_within_the_time_that_postfix_gives(relay):
    reply = slow(relay, 2, "")
    assert (reply.code, reply.text.split(":")[0]) == (451, "4.7.24 dns-unavailable")


def test_where_postfix_gives_less_its_default_action_decides(relay):
    reply = slow(relay, 5, "milter_content_timeout = 2s\n")
    assert reply.code == 451 and "dns-unavailable" not in reply.text


def test_a_word_that_it_goes_on_gives_more_time(relay):
    """smfi_progress, after five seconds: Postfix then waits anew."""
    reply = slow(relay, 7, "milter_content_timeout = 6s\n")
    assert (reply.code, reply.text.split(":")[0]) == (451, "4.7.24 dns-unavailable")


@pytest.mark.parametrize("version", [2, 3, 4, 6])
def test_every_version_of_the_protocol(relay, version):
    this = relay(extra=f"milter_protocol = {version}\n")
    # In the simple form every space of the header counts.
    simple = messages.signed(messages.message(extra=messages.stamps()), canonicalize=(b"simple", b"simple"))
    assert this.send(simple).code == 250
    reply = this.send(SPOOF)
    assert reply.code == 550 and "tenant-denied" in reply.text
    assert this.sink.wait_for(1)
    assert this.sink.messages[0].results() == ["Authentication-Results: relay.example; x-tenant=pass"]


def test_a_filter_that_is_killed_defers_and_mail_flows_when_it_is_back(relay):
    this = relay()
    assert this.send(messages.honest()).code == 250
    with this.client() as client:
        client.mail("alice@contoso.com")
        client.rcpt("bob@example.net")
        assert client.docmd("DATA")[0] == 354
        this.filter.process.kill()  # in mid-message
        assert this.filter.stop() == -signal.SIGKILL
        client.send(messages.honest() + b"\r\n.\r\n")
        assert client.getreply()[0] == 451
    for content in (messages.honest(), SPOOF):
        assert this.send(content).code == 451
    (this.root / "notify.sock").unlink()
    flags = [*this.filter.flags]
    with Daemon(this.root, messages.POLICY, this.dns.port, flags, this.filter.socket,
                user="nobody") as again:
        assert this.send(messages.honest()).code == 250
        assert this.send(SPOOF).code == 550
        assert this.sink.wait_for(2)
        assert len(this.sink.messages) == 2
        assert [one["verdict"] for one in again.decisions()] == ["accept", "accept", "reject"]
