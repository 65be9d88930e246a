# SPDX-License-Identifier: BSD-2-Clause
"""Header lines over 998 octets, which Postfix breaks on their way out, after the filter
(spec 6): what arrives at the next hop shows the author who was judged, to every reader."""
import email
import email.policy
import email.utils

import pytest

import messages

LIMIT = 998
UNFILTERED = {"open": "- smtpd -o smtpd_milters="}


def upto_break(start, end, fill=" ", name="From"):
    """`start`, filled so that `end` ends with the last octet before the break."""
    return start + fill * (LIMIT - len(name) - 2 - len(start) - len(end)) + end


HIDES_AN_ADDRESS = '" <ceo@contoso.com>, \\"" <x@evil.example>'
SPOOFS = {
    "a quoted pair": upto_break('"CEO', "\\") + HIDES_AN_ADDRESS,
    "a quoted pair in a folded field": upto_break('"CEO', "\\") + '" <ceo@contoso.com>,\r\n \\"" '
                                                                 "<x@evil.example>",
    "a quoted pair in a comment": upto_break("x@evil.example (CEO", "\\") + ") <ceo@contoso.com>)",
    "the middle of a domain": upto_break('"', '" <x@evil', "x") + ".example>",
    "the middle of a local part": upto_break('"', '" <x', "x") + "y@evil.example>",
    "a second break": upto_break('"CEO', "", "x") + "y" * (LIMIT - 2) + "\\" + HIDES_AN_ADDRESS,
}
HONEST = {
    "a quoted name": '"' + "x" * 1500 + '" <x@evil.example>',
    "words": "Jo " * 700 + "<x@evil.example>",
    "a comment": "x@evil.example (" + "word " * 300 + ")",
    "many authors": ", ".join(f'"{"n" * 90} {i}" <a{i}@evil.example>' for i in range(18)),
}


def evil(author):
    return messages.message(author=author, extra=messages.stamps(
        "attacker.onmicrosoft.com", messages.ATTACKER_TENANT))


def shown_domains(field):
    """The domains that Python's readers show, each in its own way."""
    modern = email.message_from_bytes(b"From: " + field + b"\r\n\r\n", policy=email.policy.default)
    unfolded = field.replace(b"\r\n", b"").decode()
    return [{address.domain for address in modern["from"].addresses},
            {address.rsplit("@", 1)[-1] for _, address in email.utils.getaddresses([unfolded])}]


def author_field(delivered):
    head = delivered.content.split(b"\r\n\r\n")[0]
    fields = head.replace(b"\r\n ", b"\x00").replace(b"\r\n\t", b"\x01").split(b"\r\n")
    line = next(one for one in fields if one.startswith(b"From: "))
    return line[len("From: "):].replace(b"\x00", b"\r\n ").replace(b"\x01", b"\r\n\t")


@pytest.mark.parametrize("author", SPOOFS.values(), ids=SPOOFS)
def test_a_field_that_a_break_changes_is_refused(relay, author):
    this = relay(policy=messages.TWO_CUSTOMERS, listeners=UNFILTERED)
    reply = this.send(evil(author), sender="x@evil.example")
    assert reply.code == 550 and "author-invalid" in reply.text, reply
    assert this.sink.messages == []
    # Without the filter Postfix sends it, and breaks it as the filter took it to do.
    assert this.send(evil(author), sender="x@evil.example", at="open").code == 250
    assert this.sink.wait_for(1)
    lines = this.sink.messages[0].content.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(len(line) for line in lines) == LIMIT


def test_the_spoof_shows_the_other_customer_where_nothing_stops_it(relay):
    """The attack itself, so that the tests above are about something."""
    this = relay(policy=messages.TWO_CUSTOMERS, listeners=UNFILTERED)
    content = evil(SPOOFS["a quoted pair"])
    assert this.send(content, sender="x@evil.example", at="open").code == 250
    assert this.sink.wait_for(1)
    assert "contoso.com" in shown_domains(author_field(this.sink.messages[0]))[1]


@pytest.mark.parametrize("author", HONEST.values(), ids=HONEST)
def test_a_long_field_that_stays_the_same_is_accepted(relay, author):
    this = relay(policy=messages.TWO_CUSTOMERS)
    reply = this.send(evil(author), sender="x@evil.example")
    assert reply.code == 250, reply
    assert this.sink.wait_for(1)
    field = author_field(this.sink.messages[0])
    assert b"\r\n " in field
    assert shown_domains(field) == [{"evil.example"}] * 2


@pytest.mark.parametrize("name", ["Sender", "Resent-From", "Resent-Sender"])
def test_sender_and_resent_fields_are_read_both_ways_too(relay, name):
    this = relay(policy=messages.TWO_CUSTOMERS)
    value = upto_break('"CEO', "\\", name=name) + HIDES_AN_ADDRESS
    content = messages.message(author="x@evil.example", extra=[
        (name, value), *messages.stamps("attacker.onmicrosoft.com", messages.ATTACKER_TENANT)])
    reply = this.send(content, sender="x@evil.example")
    assert reply.code == 550 and "author-invalid" in reply.text, reply
