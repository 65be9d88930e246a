#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A DNS server for tests: answers from zone text, on loopback, as a resolver does.

Zone text is master-file lines with full names ("a.example. 300 IN A 192.0.2.1", TTL
and class optional) and directives in place of a record: "name. TIMEOUT [TYPE]" is never
answered, "name. SERVFAIL [TYPE]" always fails. CNAMEs are followed. `questions` lists
what was asked, as (name, type).

As a program: dns_server.py [--port N] ZONEFILE; prints its port, ends with SIGTERM.
"""
import argparse
import signal
import socketserver
import struct
import sys
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

SOA = "ns.invalid. root.invalid. 1 3600 600 86400 60"
DIRECTIVES = ("TIMEOUT", "SERVFAIL")
MAX_CNAMES = 16


class Zone:
    """Records and directives by name and type."""

    def __init__(self, text=""):
        self.records = {}
        self.directives = {}
        for line in text.splitlines():
            words = line.strip().split(None, 1)
            if words and not words[0].startswith((";", "#")):
                self._add(words[0], words[1].split())

    def _add(self, owner, words):
        name = dns.name.from_text(owner)
        if words[0] in DIRECTIVES:
            self.directives[name, words[1] if len(words) > 1 else "ANY"] = words[0]
            return
        ttl = int(words.pop(0)) if words[0].isdigit() else 300
        if words[0] == "IN":
            words.pop(0)
        self.add(name, words[0], " ".join(words[1:]), ttl)

    def add(self, name, kind, rdata, ttl=300):
        """Adds a record; `rdata` is text, or an Rdata already."""
        kind = dns.rdatatype.from_text(kind)
        if isinstance(rdata, str):
            rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, rdata)
        types = self.records.setdefault(name, {})
        types.setdefault(kind, dns.rrset.RRset(name, dns.rdataclass.IN, kind)).add(rdata, ttl)

    def directive(self, name, kind):
        kind = dns.rdatatype.to_text(kind)
        return self.directives.get((name, kind)) or self.directives.get((name, "ANY"))

    def exists(self, name):
        """Whether the name or one below it has records."""
        return any(other.is_subdomain(name) for other in self.records)


def answer(zone, query):
    """The response, or None for none."""
    response = dns.message.make_response(query, recursion_available=True)
    question = query.question[0]
    name = question.name.canonicalize()
    for _ in range(MAX_CNAMES):
        directive = zone.directive(name, question.rdtype)
        if directive == "TIMEOUT":
            return None
        if directive == "SERVFAIL":
            response.set_rcode(dns.rcode.SERVFAIL)
            return response
        types = zone.records.get(name, {})
        if question.rdtype in types:
            response.answer.append(types[question.rdtype])
            return response
        if dns.rdatatype.CNAME not in types:
            break
        response.answer.append(types[dns.rdatatype.CNAME])
        name = types[dns.rdatatype.CNAME][0].target.canonicalize()
    else:
        response.set_rcode(dns.rcode.SERVFAIL)
        return response
    if not zone.exists(name):
        response.set_rcode(dns.rcode.NXDOMAIN)
    apex = dns.name.from_text(name.to_text().rsplit(".", 2)[-2] + ".") if name != dns.name.root else name
    response.authority.append(dns.rrset.from_text(apex, 60, "IN", "SOA", SOA))
    return response


class _Handler(socketserver.BaseRequestHandler):
    def respond(self, wire, max_size):
        query = dns.message.from_wire(wire)
        question = query.question[0]
        self.server.owner.note(question)
        response = answer(self.server.owner.zone, query)
        if response is None:
            return None
        wire = response.to_wire(max_size=65535)
        if len(wire) <= max_size:
            return wire
        short = dns.message.make_response(query, recursion_available=True)
        short.flags |= dns.flags.TC
        return short.to_wire()


class _Udp(_Handler):
    def handle(self):
        wire, socket = self.request
        size = dns.message.from_wire(wire).payload or 512
        reply = self.respond(wire, max(size, 512))
        if reply is not None:
            socket.sendto(reply, self.client_address)


class _Tcp(_Handler):
    def handle(self):
        head = self.request.recv(2, 2)
        while len(head) == 2:
            (size,) = struct.unpack("!H", head)
            wire = b""
            while len(wire) < size:
                part = self.request.recv(size - len(wire))
                if not part:
                    return
                wire += part
            reply = self.respond(wire, 65535)
            if reply is None:
                return
            self.request.sendall(struct.pack("!H", len(reply)) + reply)
            head = self.request.recv(2)


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = 65535


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class DnsServer:
    """Serves a Zone on 127.0.0.1, UDP and TCP on one port."""

    def __init__(self, zone="", port=0):
        self.zone = zone if isinstance(zone, Zone) else Zone(zone)
        self.questions = []
        self._lock = threading.Lock()
        self._servers = self._bind(port)
        self.port = self._servers[0].server_address[1]

    @staticmethod
    def _bind(port):
        for _ in range(20):
            tcp = _TcpServer(("127.0.0.1", port), _Tcp)
            try:
                return tcp, _UdpServer(("127.0.0.1", tcp.server_address[1]), _Udp)
            except OSError:
                tcp.server_close()
        raise OSError("no port that is free for both UDP and TCP")

    def note(self, question):
        with self._lock:
            self.questions.append(
                (question.name.to_text(omit_final_dot=True).lower(),
                 dns.rdatatype.to_text(question.rdtype)))

    def start(self):
        for server in self._servers:
            server.owner = self
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05},
                             daemon=True).start()
        return self

    def stop(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def main():
    parser = argparse.ArgumentParser(description="answer DNS from zone text")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("zone")
    arguments = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    with open(arguments.zone, encoding="utf-8") as file:
        server = DnsServer(file.read(), arguments.port).start()
    print(server.port, flush=True)
    signal.sigwait([signal.SIGTERM, signal.SIGINT])
    server.stop()


if __name__ == "__main__":
    sys.exit(main())
