# SPDX-License-Identifier: BSD-2-Clause
"""The author as it leaves: Sendmail writes address fields anew after the filter has seen them."""
import pytest

import messages
import sendmail

# Every host of evil.example may be an author.
POLICY = messages.TWO_CUSTOMERS + """\
subdomains = true
[platform.microsoft365]
networks = ["127.0.0.2/32"]
"""
HOST = "contoso.com.evil.example"

# What evil.example writes, and what Sendmail makes of it: mail of contoso.com.
REWRITTEN = [
    (r'A. "\"<ceo@contoso.com>\"" <x@evil.example>',
     r'"A. \"\\"<ceo@contoso.com>\\"\"" <x@evil.example>'),
    (r"""O'Neil "\"<ceo@contoso.com>\"" <x@evil.example>""",
     r'''"O'Neil \"\\"<ceo@contoso.com>\\"\"" <x@evil.example>'''),
    (r'A. (\" <ceo@contoso.com> \") <x@evil.example>',
     r'"A. (\\" <ceo@contoso.com> \\")" <x@evil.example>'),
    (f"<{'a' * 242}@{HOST}>", f"<{'a' * 242}@contoso.com>"),
    (f'"{"a" * 237}" <ceo@{HOST}>', f'"{"a" * 237}" <ceo@contoso.com'),
    (f"({'a' * 238}) ceo@{HOST}", f"({'a' * 238}) ceo@contoso.com")]


def evil(**fields):
    return messages.message(**{"author": "x@evil.example", **fields}, extra=messages.stamps(
        "attacker.onmicrosoft.com", messages.ATTACKER_TENANT))


def field(message, name):
    return [line for line in message.header() if line.startswith(f"{name}: ")]


@pytest.mark.parametrize("written, left", REWRITTEN, ids=range(len(REWRITTEN)))
def test_what_would_leave_with_another_author_is_refused(relay, written, left):
    this = relay(policy=POLICY)
    reply = this.send(evil(author=written), sender="x@evil.example")
    assert reply.code == 550 and reply.text.startswith("5.7.1 author-invalid: From: ")
    # Where it passes all the same, it leaves as this.
    this = relay(policy=POLICY, flags=["--mode=monitor"])
    assert this.send(evil(author=written), sender="x@evil.example").code == 250
    assert this.sink.wait_for(1)
    assert field(this.sink.messages[0], "From") == [f"From: {left}"]


@pytest.mark.parametrize("name", ["Sender", "Resent-From", "Resent-Sender"])
def test_the_other_identities_are_held_to_it_too(relay, name):
    this = relay(policy=POLICY)
    reply = this.send(evil(**{name.replace("-", "_"): REWRITTEN[0][0]}), sender="x@evil.example")
    assert (reply.code, reply.text) == (
        550, f"5.7.1 author-invalid: {name}: backslash in a name that Sendmail quotes anew")


@pytest.mark.parametrize("author", [
    "x@evil.example", "X Y <x@evil.example>", '"X \\"Y\\" Z" <x@evil.example>',
    '"X" "Y \\"Z\\"" <x@evil.example>', "=?utf-8?q?J=C3=BCrgen?= <x@evil.example>",
    "x@evil.example (<ceo@contoso.com>)", f"{'a' * 222} <x@evil.example>",
    "G: x@evil.example;"], ids=range(8))
def test_what_leaves_as_it_was_judged_passes(relay, author):
    this = relay(policy=POLICY)
    assert this.send(evil(author=author), sender="x@evil.example").code == 250
    assert this.sink.wait_for(1)
    assert field(this.sink.messages[0], "From") == [f"From: {author}"]


# Forms in which an MTA could find contoso.com: refused, or no address of contoso.com leaves.
@pytest.mark.parametrize("envelope", [
    "ceo@contoso.com", "@relay.example:ceo@contoso.com", "ceo@contoso.com (x)",
    "ceo @ contoso.com", "a:ceo@contoso.com;", "ceo%contoso.com", "contoso.com!ceo"])
def test_no_spelling_hides_the_envelope_sender(relay, envelope):
    this = relay(policy=POLICY)
    with this.client() as client:
        assert client.docmd("MAIL", f"FROM:<{envelope}>")[0] == 250
        client.rcpt("bob@example.net")
        code, text = client.data(evil())
    assert code == 550 and text.startswith((b"5.7.1 tenant-denied", b"5.7.1 author-invalid"))


@pytest.mark.parametrize("envelope", [
    "ceo%contoso.com@relay.example", "contoso.com!ceo@relay.example",
    '"ceo@contoso.com"@relay.example', "ceo%contoso.com@evil.example"])
def test_the_envelope_sender_stays_where_it_is(relay, envelope):
    this = relay(policy=POLICY)
    with this.client() as client:
        client.docmd("MAIL", f"FROM:<{envelope}>")
        client.rcpt("bob@example.net")
        assert client.data(evil())[0] == 250
    assert this.sink.wait_for(1)
    assert this.sink.messages[0].sender == envelope


@pytest.mark.parametrize("canonify, domain", [
    ("undefine(`_NO_CANONIFY_')dnl\n", "contoso.com"), ("", "alias.evil.example")])
def test_without_nocanonify_sendmail_puts_other_names_in(relay, canonify, domain):
    """The trap: a name that is another's alias leaves as that one, author and envelope."""
    this = relay(policy=POLICY, mc=sendmail.SMART_HOST + canonify,
                 files={"hosts": sendmail.HOSTS + "192.0.2.1 contoso.com alias.evil.example\n"})
    assert this.send(evil(author="Ceo <ceo@alias.evil.example>"),
                     sender="ceo@alias.evil.example").code == 250
    assert this.sink.wait_for(1)
    message = this.sink.messages[0]
    assert field(message, "From") == [f"From: Ceo <ceo@{domain}>"]
    assert message.sender == f"ceo@{domain}"
