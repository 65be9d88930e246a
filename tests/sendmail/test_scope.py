# SPDX-License-Identifier: BSD-2-Clause
"""Which messages are judged: by listener, by the mailer that Sendmail has chosen, the traps."""
import pytest

import sendmail
from conftest import SPOOF

# One host of its own, one domain that goes on to a hub, one whose users are aliases.
HOST = """\
LOCAL_DOMAIN(`relay.example')dnl
FEATURE(`mailertable', `text -o -k0 -v1 TEST_ETC/mailertable')dnl
FEATURE(`virtusertable', `text -o -k0 -v1 TEST_ETC/virtusertable')dnl
VIRTUSER_DOMAIN(`virtual.example')dnl
"""
FILES = {"mailertable": "inbound.example esmtp:[127.0.0.1]\n",
         "virtusertable": "info@virtual.example bob@example.net\nuser@virtual.example nobody\n",
         "aliases": "team: bob@example.net\n"}


def mailers(this):
    """The recipients of each decision, with their mailers."""
    return [{to["domain"]: to["mailer"] for to in one["evidence"]["recipients"]}
            for one in this.filter.decisions()]


@pytest.mark.parametrize("scope, code", [("daemon:OUTBOUND", 550), ("daemon:INBOUND", 250)])
def test_a_listener_s_name_is_a_scope(relay, scope, code):
    this = relay(flags=[f"--scope={scope}"], daemon_name="OUTBOUND")
    assert this.send(SPOOF).code == code
    judged = [one["evidence"]["daemon_name"] for one in this.filter.decisions()]
    assert judged == (["OUTBOUND"] if code == 550 else [])


@pytest.mark.parametrize("recipient, mailer", [
    ("nobody@relay.example", "local"),
    ("nobody+detail@relay.example", "local"),
    ("team@relay.example", "local"),  # before aliases are looked up
    ("user@virtual.example", "local"),
    ("info@virtual.example", "relay"),  # after the table of virtual users was
    ("bob@inbound.example", "esmtp"),  # as the mailer table has it
    ("bob@example.net", "relay"),
    ("bob@[127.0.0.1]", "esmtp"),
    ("bob%example.net@relay.example", "relay")])
def test_the_mailer_of_a_recipient(relay, recipient, mailer):
    this = relay(mc=HOST + sendmail.SMART_HOST, files=FILES)
    assert this.send(SPOOF, recipients=[recipient]).code == 550
    assert list(mailers(this)[0].values()) == [mailer]


def test_without_a_smart_host_the_mailer_is_esmtp(relay):
    this = relay(mc=HOST, files=FILES)
    assert this.send(SPOOF).code == 550
    assert mailers(this) == [{"example.net": "esmtp"}]


@pytest.mark.parametrize("recipient", ["unknown@relay.example", "/etc/passwd@relay.example",
                                       "none@bad.example"])
def test_what_sendmail_itself_refuses_is_no_recipient(relay, recipient):
    """Mailer error: the filter never hears of them, and they are none of the message's."""
    this = relay(mc=HOST + sendmail.SMART_HOST,
                 files={**FILES, "mailertable": "bad.example error:nouser\n"})
    with this.client() as client:
        client.mail("alice@contoso.com")
        assert client.rcpt("bob@example.net")[0] == 250
        assert client.rcpt(recipient)[0] in (550, 553)
        assert client.rcpt("carol@example.net")[0] == 250
        assert client.data(SPOOF)[0] == 550
    assert [to for one in this.filter.decisions() for to in one["evidence"]["recipients"]] == [
        {"domain": "example.net", "mailer": "relay"}] * 2


RELAYED = ["--scope=relayed", "--inbound-domains=relay.example,virtual.example,inbound.example"]


@pytest.mark.parametrize("transports, recipients, code", [
    ("local", ["nobody@relay.example"], 250),
    ("local", ["user@virtual.example"], 250),
    ("local", ["info@virtual.example"], 550),
    ("local", ["bob@inbound.example"], 550),
    ("local,esmtp", ["bob@inbound.example"], 250),
    ("local,esmtp", ["bob@inbound.example", "nobody@relay.example"], 250),
    ("local,esmtp", ["bob@inbound.example", "bob@example.net"], 550),
    ("local,esmtp,relay", ["bob@example.net"], 550)])
def test_the_recipient_s_mailer_is_a_scope(relay, transports, recipients, code):
    this = relay(flags=[*RELAYED, f"--local-transports={transports}"],
                 mc=HOST + sendmail.SMART_HOST, files=FILES)
    assert this.send(SPOOF, recipients=recipients).code == code
    assert len(this.filter.decisions()) == (1 if code == 550 else 0)
    this.sendmail.wait_until_idle()
    is_there = code == 250 and ("nobody@relay.example" in recipients or "user@" in recipients[0])
    assert (b"Subject: Invoice" in this.sendmail.mailbox("nobody")) == is_there


def test_an_alias_that_leads_outside_is_announced_as_local(relay):
    """The trap that the manual names: Sendmail, too, expands aliases later."""
    this = relay(flags=[*RELAYED, "--local-transports=local"], mc=HOST + sendmail.SMART_HOST,
                 files=FILES)
    assert this.send(SPOOF, recipients=["team@relay.example"]).code == 250
    assert this.sink.wait_for(1)
    assert this.sink.messages[0].recipients == ["bob@example.net"]
    assert this.filter.decisions() == []


@pytest.mark.parametrize("feature", ["LUSER_RELAY", "MAIL_HUB"])
def test_where_local_users_are_relayed_they_are_announced_as_local(relay, feature):
    this = relay(flags=[*RELAYED, "--local-transports=local"], files=FILES,
                 mc=HOST + sendmail.SMART_HOST + f"define(`{feature}', `esmtp:[127.0.0.1]')dnl\n")
    assert this.send(SPOOF, recipients=["unknown@relay.example"]).code == 250
    assert this.sink.wait_for(1)
    assert this.filter.decisions() == []


# For a domain of its own Sendmail takes these for addresses elsewhere, and relays to them.
@pytest.mark.parametrize("recipient", [
    "bob%example.net@relay.example", "example.net!bob@relay.example",
    '"bob@example.net"@relay.example', '"bob%example.net"@relay.example',
    "bob%example.net%relay.example@relay.example", "relay.example!example.net!bob@relay.example",
    "@relay.example:bob@example.net"])
def test_no_spelling_hides_a_recipient_from_the_scope(relay, recipient):
    this = relay(flags=[*RELAYED, "--local-transports=local,relay,esmtp"],
                 mc=HOST + sendmail.SMART_HOST, files=FILES)
    with this.client() as client:
        client.mail("alice@contoso.com")
        assert client.docmd("RCPT", f"TO:<{recipient}>")[0] == 250
        assert client.data(SPOOF)[0] == 550
        assert client.transact("alice@contoso.com", ["nobody@relay.example"], SPOOF).code == 250
