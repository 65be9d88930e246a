# SPDX-License-Identifier: BSD-2-Clause
"""What --trust-anchor is for: an answer that somebody forged on the way decides nothing, and the
record says of each answer whether it was secure. A real unbound serves zones that were signed."""
import contextlib

import expect
import pytest
import signing
from conftest import Filter
from daemon import Daemon
from policies import honest, policy, sender, stamped
from unbound import PlainZone, SignedZone, Unbound

POLICY = policy(sender(spf="aligned", dkim="aligned"),
                sender("unsigned", ["microsoft365:unsigned.onmicrosoft.com"],
                       domains=["unsigned.example"], spf="aligned"))
SPF = 'contoso.com. 300 IN TXT "v=spf1 ip4:{network} -all"\n'
OURS, FORGED = "192.0.2.0/24", "40.107.0.0/16"


@pytest.fixture
def relay(directory):
    """relay(network, tamper, is_trusted): contoso.com publishes the network, signed."""
    with contextlib.ExitStack() as stack:
        def start(network=FORGED, tamper=lambda signed: signed, is_trusted=True):
            text = SPF.format(network=network) + signing.key().zone_line("contoso.com")
            signed = SignedZone(directory, "contoso.com", text, tamper)
            plain = PlainZone(directory, "unsigned.example",
                              'unsigned.example. 300 IN TXT "v=spf1 ip4:40.107.0.0/16 -all"\n')
            anchor = directory / "anchor.key"
            anchor.write_text(signed.anchor)
            dns = stack.enter_context(Unbound(directory, [signed, plain]))
            flags = [f"--trust-anchor={anchor}"] if is_trusted else []
            return Filter(stack.enter_context(Daemon(directory, POLICY, dns.port, flags)), dns)

        yield start


def secure(outcome):
    evidence = outcome.record["evidence"]
    return evidence["spf"]["secure"], [one["secure"] for one in evidence["signatures"]]


def forge(signed):
    """The network of the SPF record as an attacker would have it; the RRSIG stays."""
    assert OURS in signed
    return signed.replace(OURS, FORGED)


def test_validated_answers_are_logged_as_secure(relay):
    outcome = relay().judge(honest())
    expect.accepted(outcome)
    assert secure(outcome) == (True, [True])


def test_without_an_anchor_nothing_is_secure(relay):
    outcome = relay(is_trusted=False).judge(honest())
    expect.accepted(outcome)
    assert secure(outcome) == (False, [False])


def test_a_forged_spf_record_passes_nobody(relay):
    outcome = relay(OURS, forge).judge(honest())
    expect.deferred(outcome, "dns-unavailable", "451 4.7.24")
    assert outcome.record["evidence"]["spf"]["result"] == "unavailable"


def test_without_an_anchor_a_forged_record_is_believed(relay):
    """This is what the manual warns of."""
    expect.accepted(relay(OURS, forge, is_trusted=False).judge(honest()))


def test_a_forged_key_verifies_nothing(relay):
    other = signing.key("forger")
    forged = signing.sign(stamped(), by=other)
    this = relay(tamper=lambda signed: signed.replace(signing.key().public[:200], other.public[:200])
                 .replace(signing.key().public[200:], other.public[200:]))
    outcome = this.judge(forged)
    expect.deferred(outcome, "dns-unavailable", "451 4.4.3")


def test_zones_outside_the_anchor_are_believed_and_not_secure(relay):
    outcome = relay().judge(stamped("unsigned.onmicrosoft.com", None, author="a@unsigned.example"),
                            sender="a@unsigned.example")
    expect.accepted(outcome, senders=["unsigned"])
    assert secure(outcome) == (False, [])
