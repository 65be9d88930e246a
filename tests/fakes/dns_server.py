#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A recursive resolver for tests, on 127.0.0.1, UDP and TCP on one free port.

It knows what its zone says and nothing else. Zone text: master-file lines
(`contoso.example. 300 IN TXT "v=spf1 -all"`; TTL and class may be left out) and
directives: `name. TIMEOUT [TYPE]` (never answers), `name. SERVFAIL [TYPE]`,
`name. NXDOMAIN`. A directive without a type is for every type of which the name
has no record. `name. DELAY SECONDS`: over UDP, what is asked of the name itself is
answered so much later. Aliases are followed; an alias loop is SERVFAIL, as at a resolver.
As a program: dns_server.py --zone FILE... [--port-file FILE]; ends on SIGTERM.
"""
import argparse
import collections
import os
import selectors
import signal
import socket
import sys
import threading

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tokenizer

HOST = "127.0.0.1"
DEFAULT_TTL = 300
NEGATIVE_SOA = "localhost. hostmaster.localhost. 1 3600 600 86400 60"
MAX_ALIASES = 12
MAX_WAITING = 65535 + 2  # bytes of one TCP client's unfinished question

FAILURES = ("TIMEOUT", "SERVFAIL", "NXDOMAIN")
Question = collections.namedtuple("Question", "name type transport")
Silence = object()  # what is answered by nothing at all


class Zone:
    """Records and directives by name; names are dns.name.Name, without case."""

    def __init__(self, text="", origin="."):
        self.records = {}  # name: {type: dns.rrset.RRset}
        self.failures = {}  # name: {type or None: directive}
        self.parents = set()  # names that have something below them
        self.delays = {}  # name: seconds
        self.read(text, origin)

    def read(self, text, origin="."):
        """Adds zone text; names without a final dot are below the origin."""
        origin = dns.name.from_text(origin)
        text = dns.tokenizer.Tokenizer(text)
        name = None
        while True:
            token = text.get(want_leading=True)
            if token.is_whitespace():  # the name of the line before
                token = text.get()
                if not token.is_eol_or_eof():
                    text.unget(token)
                    self._read_entry(text, name, origin)
            elif token.is_eof():
                return
            elif not token.is_eol():
                name = text.as_name(token, origin)
                self._read_entry(text, name, origin)

    def _read_entry(self, text, name, origin):
        ttl = DEFAULT_TTL
        word = text.get_identifier()
        if word.isdigit():
            ttl = int(word)
            word = text.get_identifier()
        if word.upper() == "IN":
            word = text.get_identifier()
        if word == "DELAY":
            self.delays[name] = float(text.get_string())
            text.get_eol()
        elif word in FAILURES:
            rest = text.get_remaining()
            self.add_failure(name, word, *(token.value for token in rest))
            text.get_eol()
        else:
            rdtype = dns.rdatatype.from_text(word)
            self.add(name, dns.rdata.from_text(dns.rdataclass.IN, rdtype, text, origin, False), ttl)

    def add(self, name, rdata, ttl=DEFAULT_TTL):
        types = self.records.setdefault(name, {})
        rrset = types.setdefault(
            rdata.rdtype, dns.rrset.RRset(name, dns.rdataclass.IN, rdata.rdtype))
        rrset.add(rdata, ttl)
        self._add_parents(name)

    def add_failure(self, name, directive, rdtype=None):
        rdtype = dns.rdatatype.from_text(rdtype) if rdtype else None
        self.failures.setdefault(name, {})[rdtype] = directive
        self._add_parents(name)

    def _add_parents(self, name):
        while name != dns.name.root:
            name = name.parent()
            self.parents.add(name)

    def failure_of(self, name, rdtype):
        directives = self.failures.get(name, {})
        if rdtype in directives:
            return directives[rdtype]
        return None if rdtype in self.records.get(name, {}) else directives.get(None)

    def answer(self, name, rdtype):
        """The rcode and the answer's record sets; Silence as rcode for no answer."""
        chain = []
        for _ in range(MAX_ALIASES):
            failure = self.failure_of(name, rdtype)
            if failure == "TIMEOUT":
                return Silence, []
            if failure == "SERVFAIL":
                return dns.rcode.SERVFAIL, []
            if failure == "NXDOMAIN":
                return dns.rcode.NXDOMAIN, chain
            types = self.records.get(name, {})
            if rdtype in types:
                return dns.rcode.NOERROR, chain + [types[rdtype]]
            alias = types.get(dns.rdatatype.CNAME)
            if alias is None:
                exists = name in self.records or name in self.failures or name in self.parents
                return (dns.rcode.NOERROR if exists else dns.rcode.NXDOMAIN), chain
            chain.append(alias)
            name = alias[0].target
        return dns.rcode.SERVFAIL, []

    def soa(self, name):
        """The nearest SOA at or above the name, else one of the root's."""
        while True:
            rrset = self.records.get(name, {}).get(dns.rdatatype.SOA)
            if rrset is not None:
                return rrset
            if name == dns.name.root:
                return dns.rrset.from_text(".", 60, "IN", "SOA", NEGATIVE_SOA)
            name = name.parent()


class DnsServer:
    """Serves a Zone, or zone text, from one thread between start() and stop().

    Datagrams that have the bytes `silent` in them are dropped unread, however many come."""

    def __init__(self, zone, silent=None):
        self.silent = silent
        self.zone = zone if isinstance(zone, Zone) else Zone(zone)
        self.questions = []  # as they came in, those not answered too
        self._asked = threading.Condition()
        self.port = 0
        self._udp = self._tcp = self._thread = None
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = os.pipe()

    def start(self):
        self._bind()
        self._selector.register(self._wake_in, selectors.EVENT_READ, None)
        self._selector.register(self._udp, selectors.EVENT_READ, self._on_datagram)
        self._selector.register(self._tcp, selectors.EVENT_READ, self._on_connection)
        self._thread = threading.Thread(target=self._serve, name="dns_server", daemon=True)
        self._thread.start()
        return self

    def stop(self):
        if self._thread is None:
            return
        os.write(self._wake_out, b".")
        self._thread.join()
        self._thread = None
        for key in list(self._selector.get_map().values()):
            if key.fileobj != self._wake_in:
                key.fileobj.close()
        self._selector.close()
        os.close(self._wake_in)
        os.close(self._wake_out)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def asked(self, name, rdtype=None):
        """How often a name (and type) was asked for: "contoso.example", "TXT"."""
        name = dns.name.from_text(name).to_text().rstrip(".").lower()
        return sum(1 for question in list(self.questions)
                   if question.name == name and rdtype in (None, question.type))

    def wait_for(self, name, rdtype, timeout=30):
        """Waits until the question has come."""
        with self._asked:
            if not self._asked.wait_for(lambda: self.asked(name, rdtype) > 0, timeout):
                raise TimeoutError(f"nobody asked for {name} {rdtype}")

    def _bind(self):
        for _ in range(50):
            self._tcp = socket.create_server((HOST, 0), backlog=64)
            self.port = self._tcp.getsockname()[1]
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self._udp.bind((HOST, self.port))
            except OSError:  # somebody has this port for UDP: another one, then
                self._udp.close()
                self._tcp.close()
                continue
            self._udp.setblocking(False)
            self._tcp.setblocking(False)
            return
        raise OSError("no port is free for both UDP and TCP")

    def _serve(self):
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                key.data(key.fileobj)

    def _on_datagram(self, udp):
        try:
            wire, client = udp.recvfrom(65535)
        except OSError:
            return
        if self.silent is not None and self.silent in wire:
            return
        reply, delay = self._reply(wire, "udp")
        if reply is None:
            return
        if delay:
            later = threading.Timer(delay, _send, (udp, reply, client))
            later.daemon = True
            later.start()
        else:
            _send(udp, reply, client)

    def _on_connection(self, tcp):
        try:
            connection, _ = tcp.accept()
        except OSError:
            return
        connection.settimeout(5)
        waiting = bytearray()
        self._selector.register(connection, selectors.EVENT_READ,
                                lambda _: self._on_stream(connection, waiting))

    def _on_stream(self, connection, waiting):
        try:
            data = connection.recv(65535)
            waiting += data
            while len(waiting) >= 2:
                length = int.from_bytes(waiting[:2], "big")
                if len(waiting) < 2 + length:
                    break
                reply, _ = self._reply(bytes(waiting[2:2 + length]), "tcp")
                del waiting[:2 + length]
                if reply is not None:
                    connection.sendall(len(reply).to_bytes(2, "big") + reply)
        except OSError:
            data = b""
        if not data or len(waiting) > MAX_WAITING:
            self._selector.unregister(connection)
            connection.close()

    def _reply(self, wire, transport):
        """The reply, None for none, and by how many seconds it is delayed."""
        try:
            query = dns.message.from_wire(wire)
            name, rdtype = query.question[0].name, query.question[0].rdtype
        except (dns.exception.DNSException, IndexError):
            return None, 0
        with self._asked:
            self.questions.append(Question(name.to_text().rstrip(".").lower(),
                                           dns.rdatatype.to_text(rdtype), transport))
            self._asked.notify_all()
        rcode, rrsets = self.zone.answer(name, rdtype)
        delay = self.zone.delays.get(name, 0)
        if rcode is Silence:
            return None, delay
        reply = dns.message.make_response(query, recursion_available=True, our_payload=4096)
        reply.set_rcode(rcode)
        reply.answer.extend(rrsets)
        has_answer = rrsets and rrsets[-1].rdtype == rdtype
        if not has_answer and rcode != dns.rcode.SERVFAIL:
            reply.authority.append(self.zone.soa(rrsets[-1][0].target if rrsets else name))
        size = 65535 if transport == "tcp" else max(query.payload, 512)
        try:
            return reply.to_wire(max_size=size), delay
        except dns.exception.TooBig:
            return _truncated(query).to_wire(), delay


def _send(udp, reply, client):
    try:
        udp.sendto(reply, client)
    except OSError:  # the asker, or this server, has gone
        pass


def _truncated(query):
    reply = dns.message.make_response(query, recursion_available=True, our_payload=4096)
    reply.flags |= dns.flags.TC
    return reply


def main():
    parser = argparse.ArgumentParser(description="a DNS server for tests")
    parser.add_argument("--zone", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--port-file", metavar="FILE", help="gets the port once it is served")
    arguments = parser.parse_args()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    zone = Zone()
    for path in arguments.zone:
        with open(path, encoding="latin-1") as file:
            zone.read(file.read())
    with DnsServer(zone) as server:
        if arguments.port_file:
            with open(arguments.port_file + ".new", "w", encoding="ascii") as file:
                file.write(f"{server.port}\n")
            os.replace(arguments.port_file + ".new", arguments.port_file)
        else:
            print(server.port, flush=True)
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
