# SPDX-License-Identifier: BSD-2-Clause
"""Checks 1 to 3 and the scope on the wire: whose message it is, how it came in, and
which messages are judged at all (spec 3, 4, 6)."""
import expect
import messages
import policies
import pytest
from daemon import NotReady
from policies import GUID, honest, policy, sender, stamped
from signing import sign

OWN_SERVER = "192.0.2.25"
STRANGER = "203.0.113.200"
SENDMAIL = {"v": "8.17.1"}


@pytest.fixture
def relay(daemon):
    return daemon(policies.SPEC, policies.zone())


@pytest.fixture
def own(daemon):
    """A relay whose one sender has a network, logins and no tenant checks but those."""
    return daemon(policy(sender(networks=["192.0.2.0/24"],
                                logins=["contoso-app", "app@contoso.com"])))


@pytest.mark.parametrize("options", [
    {"extra": [("From", "Mallory <m@evil.example>")]},
    {"extra": [("from", "Alice <alice@contoso.com>")]},
    {"From": None},
    {"author": ""},
    {"author": "alice"},
    {"author": "contoso: ;"},
    {"author": "<@evil.example:alice@contoso.com>"},
    {"author": "alice@contoso.com, "},
    {"author": "alice@[40.107.1.1]"},
    {"author": '"a@evil.example <x>"@contoso.com'},
    {"author": "alice@contoso.com <mallory@evil.example>"},
    {"author": "Alice <alice@contoso.com> <m@evil.example>"},
    {"author": ", ".join(f"a{i}@contoso.com" for i in range(21))},
    {"extra": [("Sender", "a@contoso.com"), ("Sender", "a@contoso.com")]},
    {"extra": [("Sender", "nobody")]},
    {"extra": [("Resent-From", "<>")]},
], ids=lambda options: str(options)[:60])
def test_a_message_without_one_readable_author_is_refused(relay, options):
    options = {"author": "Alice <alice@contoso.com>", **options}
    outcome = relay.judge(stamped(**options))
    expect.refused(outcome, "author-invalid", identity=None)


def test_an_author_in_a_folded_or_grouped_field_is_read(relay):
    for author in ('"Alice,\r\n\t Ltd" <alice@contoso.com>', "Team: a@contoso.com, b@contoso.com;",
                   ", ".join(f"a{i}@contoso.com" for i in range(20)), "ALICE@CONTOSO.COM",
                   "Älice <alice@contoso.com>"):
        expect.accepted(relay.judge(honest(author=author)), senders=["contoso"])


@pytest.mark.parametrize("author, identity", [
    ("a@nobody.example", "nobody.example"),
    ("a@sub.contoso.com", "sub.contoso.com"),
    ("a@contoso.com.evil.example", "contoso.com.evil.example"),
    ("a@contoso.com, m@evil.example", "evil.example"),
    ("a@com", "com"),
])
def test_an_author_that_nobody_configured_is_refused(relay, author, identity):
    expect.refused(relay.judge(stamped(author=author)), "sender-unknown", identity=identity)


def test_names_below_a_domain_are_its_own_where_it_says_so(daemon):
    relay = daemon(policy(sender(subdomains=True)))
    expect.accepted(relay.judge(stamped(author="a@deep.sub.contoso.com")))
    expect.refused(relay.judge(stamped(author="a@notcontoso.com")), "sender-unknown",
                   identity="notcontoso.com")


def test_a_tenant_s_own_name_is_an_author_of_its_sender(daemon):
    relay = daemon(policy(sender()))
    expect.accepted(relay.judge(stamped(author="postmaster@contoso.onmicrosoft.com")))
    expect.refused(relay.judge(stamped(author="x@sub.contoso.onmicrosoft.com")), "sender-unknown",
                   identity="sub.contoso.onmicrosoft.com")


@pytest.mark.parametrize("client", [STRANGER, "40.95.0.1", "40.106.255.255", "2001:db8::25"])
def test_stamps_from_elsewhere_are_noise(relay, client):
    expect.refused(relay.judge(stamped(), client=client), "origin-denied")


@pytest.mark.parametrize("client", ["40.92.0.1", "104.47.127.255", "2a01:111:f400::1",
                                    "::ffff:40.107.1.1"])
def test_the_platform_s_addresses_are_known(daemon, client):
    relay = daemon(policy(sender()))
    outcome = relay.judge(stamped(), client=client)
    expect.accepted(outcome)
    assert outcome.record["evidence"]["client"] == client.removeprefix("::ffff:")


def test_a_platform_of_which_the_sender_lists_no_tenant_is_no_way_in(daemon):
    relay = daemon(policy(sender()))
    outcome = relay.judge(stamped(), client="209.85.128.1")
    expect.refused(outcome, "origin-denied")


@pytest.mark.parametrize("client, is_accepted", [
    (OWN_SERVER, True), ("::ffff:192.0.2.25", True), ("192.0.2.255", True),
    ("192.0.3.0", False), ("192.0.1.255", False), ("::192.0.2.25", False),
])
def test_networks_are_a_way_in(own, client, is_accepted):
    outcome = own.judge(messages.message(), client=client)
    if is_accepted:
        expect.accepted(outcome)
    else:
        expect.refused(outcome, "origin-denied")


def test_a_network_needs_no_tenant_evidence_but_spf_and_dkim_stay_the_sender_s_word(own):
    """Checks 4 to 11 are for platforms: a forged stamp from an own server is noise."""
    expect.accepted(own.judge(stamped("known-bad.onmicrosoft.com", "x"), client=OWN_SERVER))


@pytest.mark.parametrize("login, macros, is_accepted", [
    ("contoso-app", {}, True),
    ("app@contoso.com", {}, True),
    ("Contoso-App", {}, False),
    ("contoso-app ", {}, False),
    ("contoso-app@contoso.com", {}, False),
    ("app@CONTOSO.com", {}, False),
    ("app", {}, False),
    ("contoso+2Dapp", {}, False),  # Postfix sends it as it is
    ("contoso+2Dapp", SENDMAIL, True),  # Sendmail sends xtext
    ("contoso-app", SENDMAIL, True),
    ("app+40contoso.com", SENDMAIL, True),
    ("app+40CONTOSO.com", SENDMAIL, False),
    ("contoso+2dapp", SENDMAIL, False),  # xtext has capital digits: malformed
    ("contoso+2Dapp", {"v": "x Postfix"}, True),
], ids=str)
def test_logins_are_compared_byte_by_byte(own, login, macros, is_accepted):
    outcome = own.judge(messages.message(), client=STRANGER,
                        macros={**macros, "{auth_authen}": login})
    if is_accepted:
        expect.accepted(outcome)
    else:
        expect.refused(outcome, "origin-denied")


def test_a_login_is_for_the_messages_that_it_came_with(own):
    with own.connect(STRANGER) as session:
        session.macros["{auth_authen}"] = "contoso-app"
        expect.accepted(own.judge(messages.message(), session))
        del session.macros["{auth_authen}"]
        expect.refused(own.judge(messages.message(), session), "origin-denied")


@pytest.mark.parametrize("macros, is_accepted", [
    ({"{cert_subject}": "out.acme.example"}, True),
    ({"{cert_subject}": "OUT.acme.EXAMPLE"}, True),
    ({"{cert_subject}": "in.acme.example"}, False),
    ({"{cert_subject}": "/CN=out.acme.example"}, False),
    ({}, False),
    ({"v": "8.17.1", "{cn_subject}": "out.acme.example", "{verify}": "OK"}, True),
    ({"v": "8.17.1", "{cn_subject}": "out.acme.example", "{verify}": "FAIL"}, False),
    ({"v": "8.17.1", "{cn_subject}": "out.acme.example"}, False),
    ({"v": "8.17.1", "{cert_subject}": "out.acme.example", "{verify}": "OK"}, False),
], ids=str)
def test_a_platform_may_ask_for_a_certificate(daemon, macros, is_accepted):
    relay = daemon(policy(sender(tenants=["acme:contoso"]), """\
[platform.acme]
networks = ["198.51.100.0/24"]
client-certificate = "out.acme.example"
tenant-header = "X-Acme-Account"
"""))
    content = messages.message(extra=[("X-Acme-Account", "contoso")])
    outcome = relay.judge(content, client="198.51.100.7", macros=macros)
    if is_accepted:
        expect.accepted(outcome)
    else:
        expect.refused(outcome, "origin-denied", seen="certificate")


def test_certificates_are_those_of_the_session_after_starttls(daemon):
    """The macros are asked for as they stand at MAIL."""
    relay = daemon(policy(sender(tenants=["acme:contoso"]), """\
[platform.acme]
networks = ["198.51.100.0/24"]
client-certificate = "out.acme.example"
tenant-header = "X-Acme-Account"
"""))
    content = messages.message(extra=[("X-Acme-Account", "contoso")])
    with relay.connect("198.51.100.7") as session:
        expect.refused(relay.judge(content, session), "origin-denied")
        session.macros["{cert_subject}"] = "out.acme.example"  # STARTTLS, and EHLO again
        session.helo()
        expect.accepted(relay.judge(content, session))


def test_a_client_without_an_address_has_no_way_in(own):
    outcome = own.judge(messages.message(), client=None)
    expect.refused(outcome, "origin-denied")
    assert outcome.record["evidence"]["client"] is None


# Scope

FORGED = [("Authentication-Results", "relay.example; x-tenant=pass"),
          ("X-Tenant-Milter-Verdict", "none")]


def unjudged(outcome):
    """Not judged: nothing logged, nothing vouched for, forged fields removed."""
    assert outcome.accepted and outcome.record is None
    assert outcome.values("Authentication-Results") == []
    assert outcome.values("X-Tenant-Milter-Verdict") == []


@pytest.mark.parametrize("name, is_judged", [
    ("outbound", True), ("submission", True), ("inbound", False), ("Outbound", False),
    ("outbound2", False), ("", False)])
def test_the_scope_can_be_a_daemon_name(daemon, name, is_judged):
    relay = daemon(policy(sender()), "", "--scope=daemon:outbound,submission")
    outcome = relay.judge(stamped("evil.example", extra=FORGED), macros={"{daemon_name}": name})
    if is_judged:
        expect.refused(outcome, "tenant-denied")
    else:
        unjudged(outcome)


RELAYED = ("--scope=relayed", "--local-transports=local,virtual",
           "--inbound-domains=inbound.example,contoso.com")


@pytest.mark.parametrize("recipients, mailer, is_judged", [
    (["a@inbound.example"], "local", False),
    (["a@inbound.example", "b@Contoso.COM"], "virtual", False),
    (["a@inbound.example", "b@outside.example"], "local", True),
    (["a@outside.example"], "local", True),
    (["a@inbound.example"], "smtp", True),
    (["a@inbound.example"], "error", True),
    (["a@inbound.example"], "", True),
    (["a@sub.inbound.example"], "local", True),
    # Sent on by the MTA to another address.
    (["bob%outside.example@inbound.example"], "local", True),
    (["outside.example!bob@inbound.example"], "local", True),
    (['"bob@outside.example"@inbound.example'], "local", True),
], ids=str)
def test_the_scope_can_be_what_is_relayed(daemon, recipients, mailer, is_judged):
    relay = daemon(policy(sender()), "", *RELAYED)
    outcome = relay.judge(stamped("evil.example", extra=FORGED), recipients=recipients,
                          rcpt_mailer=mailer)
    if is_judged:
        expect.refused(outcome, "tenant-denied")
    else:
        unjudged(outcome)


@pytest.mark.parametrize("flags", [("--scope=relayed",), RELAYED[:2], (RELAYED[0], RELAYED[2])])
def test_the_scope_of_relayed_mail_needs_both_lists(daemon, flags):
    with pytest.raises(NotReady) as ended:
        daemon(policy(sender()), "", *flags)
    assert ended.value.code == 78


def test_recipients_and_their_transports_are_logged(daemon):
    relay = daemon(policy(sender()))
    outcome = relay.judge(stamped(), recipients=["a@one.example", "b@two.example"],
                          rcpt_mailer="relay")
    assert outcome.record["evidence"]["recipients"] == [
        {"domain": "one.example", "mailer": "relay"}, {"domain": "two.example", "mailer": "relay"}]
    assert "bob" not in str(outcome.record) and "alice" not in str(outcome.record)
