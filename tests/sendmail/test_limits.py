# SPDX-License-Identifier: BSD-2-Clause
"""What Sendmail does when the filter is down or slow: F= and the time limits."""
import collections
import smtplib

import pytest

import messages
from conftest import SPOOF
from dns_server import Silence

LIMITS = "T=S:30s;R:60s;E:5m"
UNAVAILABLE = "contoso.com. TIMEOUT TXT\n"
TWO_PARTS = ('contoso.com. TXT "v=spf1 include:spf.contoso.com -all"\n'
             'spf.contoso.com. TXT "v=spf1 ip4:127.0.0.2 -all"\n')
IGNORED = 7  # questions: the daemon's resolver asks for the eighth time after three seconds


def answer_late(dns):
    """Every name is answered when it has been asked for often: after three seconds or so."""
    answer, asked = dns.zone.answer, collections.Counter()

    def late(name, rdtype):
        asked[name] += 1
        return answer(name, rdtype) if asked[name] > IGNORED else (Silence, [])
    dns.zone.answer = late


@pytest.mark.parametrize("flags, code, text", [
    ("F=T, ", 451, "4.3.2 Please try again later"),
    ("", 250, "Message accepted for delivery")])
def test_without_the_filter(relay, flags, code, text):
    """With F=T nothing passes and nothing is lost; without F= everything passes: the trap."""
    this = relay(filter_flags=flags + LIMITS)
    assert this.filter.stop() == 0
    reply = this.send(SPOOF)
    assert reply.code == code and reply.text.endswith(text)
    this.sendmail.wait_until_idle()
    assert len(this.sink.messages) == (1 if code == 250 else 0)


@pytest.mark.parametrize("flags, code", [("F=R, ", 554), ("F=4, ", 421)])
def test_without_the_filter_no_connection_is_taken(relay, flags, code):
    this = relay(filter_flags=flags + LIMITS)
    assert this.filter.stop() == 0
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        this.client()
    assert refused.value.smtp_code == code


@pytest.mark.parametrize("flags, code", [("F=T, ", 451), ("F=R, ", 550), ("F=4, ", 421), ("", 250)])
def test_a_filter_that_goes_away_in_a_session(relay, flags, code):
    this = relay(filter_flags=flags + LIMITS)
    with this.client() as client:
        assert client.transact("alice@contoso.com", ["bob@example.net"], SPOOF).code == 550
        assert this.filter.stop() == 0
        assert client.mail("alice@contoso.com")[0] == code


def test_with_the_time_limits_of_the_manual_the_filter_answers_itself(relay):
    this = relay(zone=UNAVAILABLE, flags=["--dns-timeout=3", "--dns-budget=3"])
    reply = this.send(messages.honest())
    assert (reply.code, reply.text.split(":")[0]) == (451, "4.7.24 dns-unavailable")


@pytest.mark.parametrize("flags, code", [("F=T, ", 451), ("F=R, ", 554), ("", 250)])
def test_with_a_shorter_limit_for_a_reply(relay, flags, code):
    """The filter's word comes too late: with F=T mail is deferred, without F= it passes."""
    # Every reply has this limit, and only that to the message may miss it on a busy machine.
    this = relay(zone=UNAVAILABLE, flags=["--dns-timeout=7", "--dns-budget=7"],
                 filter_flags=flags + "T=S:30s;R:4s;E:5m")
    reply = this.send(messages.honest())
    assert reply.code == code and "dns-unavailable" not in reply.text
    this.sendmail.wait_until_idle()
    assert len(this.sink.messages) == (1 if code == 250 else 0)
    assert [line for one in this.sink.messages for line in one.results()] == []


def test_a_filter_that_says_that_it_goes_on_is_waited_for(relay):
    """Each word of it begins the limit for a reply anew."""
    this = relay(zone=TWO_PARTS, filter_flags="F=T, T=S:30s;R:6s;E:5m")
    answer_late(this.dns)
    assert this.send(messages.honest()).code == 250
    assert this.sink.wait_for(1)
    assert this.sink.messages[0].results() == ["Authentication-Results: relay.example; x-tenant=pass"]


def test_but_not_past_the_limit_for_the_end_of_a_message(relay):
    this = relay(zone=TWO_PARTS, filter_flags="F=T, T=S:30s;R:6s;E:4s")
    answer_late(this.dns)
    reply = this.send(messages.honest())
    assert (reply.code, reply.text) == (451, "4.3.2 Please try again later")
