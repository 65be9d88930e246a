# SPDX-License-Identifier: BSD-2-Clause
"""Which messages are judged: by listener, by the recipient's transport, and the traps."""
import pytest

import messages

FORGED = [("Authentication-Results", "relay.example; x-tenant=pass"),
          ("X-Tenant-Milter-Verdict", "none")]
SPOOF = messages.spoof(FORGED)
OUTBOUND = {"outbound": "- smtpd -o milter_macro_daemon_name=OUTBOUND"}
RELAYED = ["--scope=relayed", "--local-transports=local", "--inbound-domains=inbound.example"]
# Nobody delivers here: what is taken for this domain waits in the queue.
INBOUND = "mydestination = inbound.example\nlocal_recipient_maps =\nalias_maps =\n"


def test_a_listener_s_name_is_a_scope(relay):
    this = relay(flags=["--scope=daemon:OUTBOUND"], listeners=OUTBOUND)
    assert this.send(SPOOF, at="outbound").code == 550
    assert this.send(messages.honest(), at="outbound").code == 250
    assert this.send(SPOOF).code == 250
    assert this.sink.wait_for(2)
    assert [one["evidence"]["daemon_name"] for one in this.filter.decisions()] == ["OUTBOUND"] * 2
    # What is not judged leaves without what was forged, and without a word of ours.
    assert sorted(one.results() for one in this.sink.messages) == [
        [], ["Authentication-Results: relay.example; x-tenant=pass"]]


def test_a_listener_without_the_filter_asks_nobody(relay):
    this = relay(listeners={"inbound": "- smtpd -o smtpd_milters="})
    assert this.send(SPOOF, at="inbound").code == 250
    assert this.sink.wait_for(1)
    assert this.sink.messages[0].results() == [f"{name}: {value}" for name, value in FORGED]
    assert this.filter.decisions() == []


@pytest.mark.parametrize("recipients, code, mailers", [
    (["user@inbound.example"], 250, []), (["bob@example.net"], 550, ["smtp"]),
    (["user@inbound.example", "bob@example.net"], 550, ["local", "smtp"])])
def test_the_recipient_s_transport_is_a_scope(relay, recipients, code, mailers):
    this = relay(flags=RELAYED, extra=INBOUND)
    assert this.send(SPOOF, recipients=recipients).code == code
    judged = [to["mailer"] for one in this.filter.decisions() for to in one["evidence"]["recipients"]]
    assert judged == mailers


def test_an_alias_that_leads_outside_is_announced_as_inbound(relay):
    """The trap that the manual names in its first lines: Postfix expands aliases later."""
    this = relay(flags=RELAYED, extra=INBOUND
                 + "virtual_alias_maps = inline:{ {team@inbound.example=bob@example.net} }\n")
    assert this.send(SPOOF, recipients=["team@inbound.example"]).code == 250
    assert this.sink.wait_for(1)
    assert this.sink.messages[0].recipients == ["bob@example.net"]
    assert this.filter.decisions() == []


def test_a_virtual_alias_domain_is_never_inbound(relay):
    """Its recipients are announced with the transport error: judged, whatever is listed."""
    this = relay(flags=["--scope=relayed", "--local-transports=local,error",
                        "--inbound-domains=inbound.example"],
                 extra="virtual_alias_domains = inbound.example\n"
                       "virtual_alias_maps = inline:{ {team@inbound.example=bob@example.net} }\n")
    assert this.send(SPOOF, recipients=["team@inbound.example"]).code == 550
    assert this.filter.decisions()[0]["evidence"]["recipients"] == [
        {"domain": "inbound.example", "mailer": "error"}]


def test_the_operator_s_own_macro_lists_take_nothing_away(relay):
    """The daemon asks for its macros; Postfix's own lists are for those that don't."""
    empty = "".join(f"milter_{stage}_macros =\n" for stage in
                    ("connect", "helo", "mail", "rcpt", "end_of_header", "end_of_data"))
    this = relay(extra=empty)
    assert this.send(messages.honest()).code == 250
    record = this.filter.decisions()[0]
    assert record["queue_id"] and record["evidence"]["mta"].startswith("Postfix")
    assert record["evidence"]["recipients"][0]["mailer"] == "smtp"
