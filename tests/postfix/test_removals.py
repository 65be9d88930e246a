# SPDX-License-Identifier: BSD-2-Clause
"""What Postfix's cleanup bears (spec 7: more than 100 fields to be removed), and what it makes of an
envelope sender without a domain (spec 6)."""
import time

import pytest

import messages


@pytest.mark.parametrize("flags", [[], ["--scope=daemon:nobody"], ["--mode=monitor"]], ids=str)
def test_a_message_with_thousands_of_forged_results_does_not_take_postfix_down(relay, flags):
    """10,500 removals, a request each, panicked cleanup: everybody waited for a minute."""
    this = relay(flags=flags)
    forged = [("Authentication-Results", "relay.example; x")] * 10500
    reply = this.send(messages.signed(messages.message(extra=[*messages.stamps(), *forged])))
    assert (reply.code, reply.text.split(":")[0]) == (550, "5.7.1 limit")
    begin = time.monotonic()
    assert this.send(messages.honest()).code == 250
    assert time.monotonic() - begin < 10
    assert this.sink.wait_for(1)
    assert "panic" not in this.postfix.log() and "fatal" not in this.postfix.log()


def test_the_most_removals_that_are_made_are_borne(relay):
    this = relay()
    forged = [("Authentication-Results", f"relay.example; x={i}") for i in range(100)]
    assert this.send(messages.signed(
        messages.message(extra=[*messages.stamps(), *forged]))).code == 250
    assert this.sink.wait_for(1)
    assert this.sink.messages[0].results() == [
        "Authentication-Results: relay.example; x-tenant=pass"]


@pytest.mark.parametrize("sender, code", [("ceo", 550), ("postmaster", 250), ("", 250)])
def test_an_envelope_sender_without_a_domain_is_not_given_ours(relay, sender, code):
    """Postfix puts myorigin to it: ceo@ the relay's own domain."""
    this = relay(policy=messages.TWO_CUSTOMERS)
    reply = this.send(messages.message(extra=messages.stamps(tenant=None)), sender=sender)
    assert reply.code == code, reply
    assert (code == 250) == ("author-invalid" not in reply.text)
