# SPDX-License-Identifier: BSD-2-Clause
"""Connections that break off, fall silent, talk nonsense or are many: whoever else comes
is served meanwhile, and nothing of them stays."""
import contextlib
import random
import resource
import socket
import struct

import pytest

import messages
from milter_client import split
from milter_wire import open_socket

MIB = 1024 * 1024
GROWTH = 8 * MIB  # of memory, past what the first round left: caches, threads' stacks
CONNECTIONS = 1000  # --max-connections as it comes
SILENT = 200  # many more than the pool has threads


class Recorder:
    """In the place of a session's Packets: keeps what it writes, and answers "go on"."""

    def __init__(self):
        self.packets = []

    def write(self, command, payload=b""):
        self.packets.append(struct.pack(">I", len(payload) + 1) + command + payload)

    def flush(self):
        pass

    def read(self):
        return b"c", b""


def conversation(this, content):
    """The packets of one whole message, from the negotiation on, as an MTA sends them."""
    session = this.connect()
    recorder, live = Recorder(), session._packets
    session._packets = recorder
    recorder.write(b"O", struct.pack(">III", 6, 0x1FF, 0x1FFFFF))
    fields, body = split(content)
    session.connect()
    session.helo()
    session.mail("alice@contoso.com")
    session.rcpt("bob@example.net")
    for name, value in fields:
        session.header(name, value)
    session.end_of_headers()
    session.body(body)
    session.end_of_message()
    live.abandon()
    return recorder.packets


def cuts(packets):
    """What an MTA has sent when it breaks off: before, within and after every packet."""
    sent = b""
    for packet in packets:
        for part in sorted({1, 4, 5, len(packet) // 2}):
            yield sent + packet[:part]
        sent += packet
        if packet is not packets[-1]:
            yield sent


def opened(this, data):
    stream = open_socket(this.daemon.socket, 60)
    with contextlib.suppress(BrokenPipeError):  # it may hang up on the first bytes
        stream.sendall(data)
    return stream


@pytest.fixture
def relay(service):
    """A service that has served, and what it then has open."""
    this = service()
    this.serves()
    return this


def test_an_mta_that_breaks_off_anywhere_leaves_nothing(relay):
    packets = conversation(relay, messages.honest())
    before = relay.descriptors()

    def break_off():
        for data in cuts(packets):
            opened(relay, data).close()
        relay.wait_until(lambda: relay.descriptors() <= before)

    for _ in range(3):
        break_off()
    memory = relay.memory()
    for _ in range(5):
        break_off()
    assert relay.memory() < memory + GROWTH
    verdicts = {(one["reason"], one["verdict"]) for one in relay.daemon.decisions()}
    assert verdicts == {("none", "accept"), ("tenant-denied", "reject")}
    assert relay.daemon.stop() == 0


def test_half_a_packet_and_then_silence_holds_nobody_up(relay):
    before = relay.descriptors()
    halves = list(cuts(conversation(relay, messages.honest())))
    silent = [opened(relay, halves[i * len(halves) // SILENT]) for i in range(SILENT)]
    for _ in range(5):
        relay.serves()
    assert relay.descriptors() >= before + SILENT
    for stream in silent:
        stream.close()
    relay.wait_until(lambda: relay.descriptors() <= before)
    assert relay.daemon.stop() == 0


def ended(stream):
    """Whether the daemon hangs up, whatever it says before."""
    try:
        while stream.recv(65536):
            pass
    except ConnectionResetError:
        pass
    stream.close()
    return True


@pytest.mark.parametrize("begun", [False, True], ids=["at once", "in mid-message"])
@pytest.mark.parametrize("length", [0, 16 * MIB + 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_packet_of_a_length_that_none_has_ends_its_connection_alone(relay, length, begun):
    packets = conversation(relay, messages.honest())
    sent = b"".join(packets[:12]) if begun else b""
    before, memory = relay.descriptors(), relay.memory()
    with relay.connect() as other:
        stream = opened(relay, sent + struct.pack(">I", length) + b"L" + b"x" * 65536)
        assert ended(stream)
        assert relay.judge(messages.honest(), other).accepted
    relay.wait_until(lambda: relay.descriptors() <= before)
    assert relay.memory() < memory + GROWTH


def changed(chance, packet):
    """Some packets with one byte of their payload changed."""
    if len(packet) == 5 or chance.randrange(5):
        return packet
    at = chance.randrange(5, len(packet))
    return packet[:at] + chance.randbytes(1) + packet[at + 1:]


def test_garbage_ends_its_connection_alone(relay):
    chance = random.Random(1)
    packets = conversation(relay, messages.spoof())
    before = relay.descriptors()
    for number in range(300):
        if number % 3 == 0:  # bytes without a sense
            data = chance.randbytes(chance.randrange(1, 2000))
        elif number % 3 == 1:  # packets of them
            data = packets[0] + b"".join(
                struct.pack(">I", len(one) + 1) + bytes([chance.choice(b"ABCDEHKLMNOQRTU")]) + one
                for one in (chance.randbytes(chance.randrange(60)) for _ in range(20)))
        else:  # a whole message with some bytes changed
            data = b"".join(changed(chance, one) for one in packets)
        stream = opened(relay, data)
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_WR)
        ended(stream)
    relay.wait_until(lambda: relay.descriptors() <= before)
    assert relay.daemon.process.poll() is None
    accepted = [one for one in relay.daemon.decisions() if one["verdict"] == "accept"]
    assert {one["queue_id"][:2] for one in accepted} == {"4F"}  # those of wait_until alone


def test_a_thousand_slow_connections_get_their_answers_and_no_more_is_taken(relay):
    """All are open at a time, and each sends a piece in turn."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * CONNECTIONS), hard))
    before = relay.descriptors()
    contents = [split(messages.honest()), split(messages.spoof())]
    sessions = [relay.connect(timeout=100) for _ in range(CONNECTIONS)]
    full = relay.judge(messages.honest())
    assert (full.stage, full.code, full.enhanced) == ("eoh", 421, "4.3.2")
    assert (full.record["reason"], full.record["verdict"]) == ("limit", "tempfail")
    for number, session in enumerate(sessions):
        session.macros["i"] = f"S{number}"
        session.mail("alice@contoso.com")
        session.rcpt("bob@example.net")
    for field in range(max(len(fields) for fields, _ in contents)):
        for number, session in enumerate(sessions):
            for name, value in contents[number % 2][0][field:field + 1]:
                session.header(name, value)
        for session in sessions:
            session._packets.flush()
    honest, spoofs = sessions[::2], sessions[1::2]
    assert {reply.text.partition(":")[0] for reply in (one.end_of_headers() for one in spoofs)} \
        == {"5.7.1 tenant-denied"}
    assert all(session.end_of_headers().goes_on for session in honest)
    assert all(session.body(contents[0][1]).goes_on for session in honest)
    for session in honest:
        session.start_end_of_message()
    assert {session.reply("eom").kind for session in honest} <= {"accept", "continue"}
    assert relay.descriptors() >= before + CONNECTIONS
    for session in sessions:
        session.close()
    relay.wait_until(lambda: relay.descriptors() <= before)
    reasons = [one["reason"] for one in relay.daemon.decisions() if one["queue_id"][0] == "S"]
    assert (reasons.count("none"), reasons.count("tenant-denied"), len(reasons)) == (500, 500, 1000)
    # The same once more is served out of what was given back.
    memory = relay.memory()
    for session in [relay.connect() for _ in range(CONNECTIONS)]:
        session.close()
    relay.wait_until(lambda: relay.descriptors() <= before)
    assert relay.memory() < memory + GROWTH
    assert relay.daemon.stop() == 0
