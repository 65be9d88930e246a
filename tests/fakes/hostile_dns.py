# SPDX-License-Identifier: BSD-2-Clause
"""A DNS server that lies about some names, byte for byte, and is honest about the others.

HostileDns(zone, {"name.example": lie}): a lie is called with the question as it came, the
honest answer and "udp" or "tcp", and gives the bytes that are sent, or None for none. The
lies below are what a broken or hostile server, or somebody who guesses, may send. A DELAY
counts from the first question on, as at a resolver that has to ask others.
"""
import struct
import time

import dns.message

from dns_server import DnsServer

HEADER = 12
TRUNCATED = 0x0200
PARENT = b"\xc0\x0e"  # the question's name without a first label of one letter


class HostileDns(DnsServer):
    def __init__(self, zone, lies):
        super().__init__(zone)
        self._lies = {name.lower(): lie for name, lie in lies.items()}
        self._ready = {}  # name: when a slow one is answered, however often it is asked for

    def _reply(self, wire, transport):
        reply, delay = super()._reply(wire, transport)
        name = dns.message.from_wire(wire).question[0].name.to_text().rstrip(".").lower()
        if delay:
            now = time.monotonic()
            delay = max(0, self._ready.setdefault(name, now + delay) - now)
        lie = self._lies.get(name)
        return (lie(wire, reply, transport) if lie else reply), delay


def end_of_question(wire):
    at = HEADER
    while wire[at]:
        at += 1 + wire[at]
    return at + 5


def header(wire, **changes):
    """The message with fields of its header changed: id, flags, qd, an, ns, ar."""
    names = ("id", "flags", "qd", "an", "ns", "ar")
    fields = dict(zip(names, struct.unpack(">6H", wire[:HEADER])))
    for name, value in changes.items():
        fields[name] = value(fields[name]) if callable(value) else value
    return struct.pack(">6H", *(fields[name] for name in names)) + wire[HEADER:]


def counted(**counts):
    """Sections that are not as long as the header says."""
    return lambda question, reply, transport: header(reply, **counts)


def cut(length):
    """The first bytes of the answer; from the end, where negative."""
    return lambda question, reply, transport: reply[:length]


def record(question, rdata, owner=b"\xc0\x0c", rdtype=16, rdclass=1, length=None, **counts):
    """An answer of one record, written by hand; the question stands as it came."""
    end = end_of_question(question)
    head = header(question[:end], flags=0x8180, **{"an": 1, "ar": 0, **counts})
    return head + owner + struct.pack(">HHIH", rdtype, rdclass, 300,
                                      len(rdata) if length is None else length) + rdata


def text(content):
    return b"".join(bytes([len(content[i:i + 255])]) + content[i:i + 255]
                    for i in range(0, len(content), 255))


def answer(rdata, **options):
    return lambda question, reply, transport: record(question, rdata, **options)


def name_in_a_loop(rdata):
    """The record's own name points at itself."""
    def lie(question, reply, transport):
        at = 0xC000 | end_of_question(question)
        return record(question, rdata, owner=at.to_bytes(2, "big"))
    return lie


def flagged(flags):
    return lambda question, reply, transport: header(reply, flags=lambda old: old ^ flags)


def other_question(question, reply, transport):
    """The answer to another name's question."""
    return reply[:HEADER + 1] + bytes([reply[HEADER + 1] ^ 1]) + reply[HEADER + 2:]


def wrong_id(question, reply, transport):
    return header(reply, id=lambda old: old ^ 0x55AA)


def over_tcp(broken):
    """Cut off over UDP, and over TCP what `broken` gives."""
    def lie(question, reply, transport):
        if transport == "udp":
            return header(question[:end_of_question(question)], flags=0x8180 | TRUNCATED, ar=0)
        return broken(question, reply, transport)
    return lie


def silence(question, reply, transport):
    return None


def garbage(question, reply, transport):
    return bytes(range(1, 200))


def garbage_behind_the_id(question, reply, transport):
    return question[:2] + bytes(range(130, 250)) * 3
