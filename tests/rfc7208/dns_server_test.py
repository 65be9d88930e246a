#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tests/fakes/dns_server.py, asked by dnspython: what other tests rest on."""
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

FAKES = pathlib.Path(__file__).resolve().parent.parent / "fakes"
sys.path.insert(0, str(FAKES))

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from dns_server import HOST, DnsServer, Question, Zone

LONG_TEXT = " ".join(f'"{letter * 250}"' for letter in "abcdefgh")
ZONE = rf"""
; a comment
contoso.example. 120 IN TXT "v=spf1 -all" "second"
                 A 192.0.2.1   ; of the same name
contoso.example. MX 10 mail.contoso.example.
alias.example.   CNAME next.example.
next.example.    CNAME contoso.example.
astray.example.  CNAME gone.example.
loop.example.    CNAME loop.example.
odd\032\.x.example. A 192.0.2.2
long.example.    TXT {LONG_TEXT}
deep.below.example. A 192.0.2.3
silent.example.  TIMEOUT
half.example.    TIMEOUT
half.example.    A 192.0.2.4
texts.example.   SERVFAIL TXT
broken.example.  SERVFAIL
denied.example.  A 192.0.2.5
under.denied.example. NXDOMAIN
fabrikam.example. 30 SOA ns.fabrikam.example. admin.fabrikam.example. 1 2 3 4 5
"""


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = DnsServer(ZONE).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ask(self, name, rdtype="A", ask=dns.query.udp, timeout=5, **query):
        message = dns.message.make_query(name, rdtype, **query)
        return ask(message, HOST, port=self.server.port, timeout=timeout)

    def check(self, name, rdtype, rcode, *answer):
        reply = self.ask(name, rdtype)
        self.assertEqual(dns.rcode.to_text(reply.rcode()), rcode)
        self.assertEqual([rrset.to_text().lower() for rrset in reply.answer], [text.lower() for text in answer])
        return reply

    def test_records(self):
        reply = self.check("Contoso.Example", "TXT", "NOERROR",
                           'contoso.example. 120 IN TXT "v=spf1 -all" "second"')
        self.assertEqual(dns.flags.to_text(reply.flags), "QR RD RA")
        self.assertEqual(reply.authority, [])
        self.check("contoso.example", "A", "NOERROR", "contoso.example. 300 IN A 192.0.2.1")
        self.check(r"odd\032\.x.example", "A", "NOERROR", r"odd\032\.x.example. 300 IN A 192.0.2.2")

    def test_aliases(self):
        chain = ["alias.example. 300 IN CNAME next.example.",
                 "next.example. 300 IN CNAME contoso.example."]
        self.check("alias.example", "A", "NOERROR", *chain, "contoso.example. 300 IN A 192.0.2.1")
        self.check("alias.example", "AAAA", "NOERROR", *chain)
        self.check("alias.example", "CNAME", "NOERROR", chain[0])
        self.check("astray.example", "A", "NXDOMAIN",
                   "astray.example. 300 IN CNAME gone.example.")
        self.check("loop.example", "A", "SERVFAIL")

    def test_what_is_not_there(self):
        for name, rcode in (("gone.example", "NXDOMAIN"), ("contoso.example", "NOERROR"),
                            ("below.example", "NOERROR"), ("under.denied.example", "NXDOMAIN")):
            with self.subTest(name=name):
                reply = self.check(name, "AAAA", rcode)
                self.assertEqual(reply.authority[0].rdtype, dns.rdatatype.SOA)
                self.assertEqual((reply.authority[0].ttl, reply.authority[0][0].minimum), (60, 60))

    def test_the_zones_own_soa(self):
        reply = self.check("www.fabrikam.example", "A", "NXDOMAIN")
        self.assertEqual(reply.authority[0].name.to_text(), "fabrikam.example.")

    def test_failures(self):
        self.check("broken.example", "A", "SERVFAIL")
        self.check("texts.example", "TXT", "SERVFAIL")
        self.check("texts.example", "A", "NOERROR")

    def test_silence(self):
        for name, rdtype in (("silent.example", "A"), ("half.example", "TXT")):
            for ask in (dns.query.udp, dns.query.tcp):
                with self.subTest(name=name, ask=ask.__name__):
                    with self.assertRaises(dns.exception.Timeout):
                        self.ask(name, rdtype, ask, timeout=0.1)
        self.check("half.example", "A", "NOERROR", "half.example. 300 IN A 192.0.2.4")

    def test_truncation(self):
        short = self.ask("long.example", "TXT", use_edns=0, payload=1232)
        self.assertTrue(short.flags & dns.flags.TC)
        self.assertEqual(short.answer, [])
        for reply in (self.ask("long.example", "TXT", dns.query.tcp),
                      self.ask("long.example", "TXT", use_edns=0, payload=4096)):
            self.assertFalse(reply.flags & dns.flags.TC)
            self.assertEqual([len(part) for part in reply.answer[0][0].strings], [250] * 8)

    def test_questions(self):
        self.ask("Asked.example", "MX")
        self.ask("asked.example", "MX", dns.query.tcp)
        self.assertEqual(self.server.questions[-2:], [Question("asked.example", "MX", "udp"),
                                                      Question("asked.example", "MX", "tcp")])
        self.assertEqual(self.server.asked("ASKED.example."), 2)
        self.assertEqual(self.server.asked("asked.example", "A"), 0)


class Text(unittest.TestCase):
    def test_faults_are_told(self):
        for text in ("a.example. NONSENSE x", "a.example. A 192.0.2.256", "a.example. TIMEOUT XYZ",
                     "a.example. A 192.0.2.1 192.0.2.2"):
            with self.subTest(text=text):
                with self.assertRaises(dns.exception.DNSException):
                    Zone(text)

    def test_names_below_an_origin(self):
        zone = Zone("@ A 192.0.2.1\nwww CNAME @\nout.test. A 192.0.2.2", "contoso.example")
        self.assertEqual(sorted(name.to_text() for name in zone.records),
                         ["contoso.example.", "out.test.", "www.contoso.example."])


class Program(unittest.TestCase):
    def test_serves_until_it_is_ended(self):
        with tempfile.TemporaryDirectory() as directory:
            zone = pathlib.Path(directory, "zone")
            zone.write_text("contoso.example. A 192.0.2.1\n", encoding="ascii")
            with subprocess.Popen([sys.executable, str(FAKES / "dns_server.py"), "--zone",
                                   str(zone)], stdout=subprocess.PIPE, text=True) as program:
                port = int(program.stdout.readline())
                reply = dns.query.udp(dns.message.make_query("contoso.example", "A"), HOST,
                                      port=port, timeout=5)
                program.send_signal(signal.SIGTERM)
        self.assertEqual(len(reply.answer), 1)
        self.assertEqual(program.returncode, 0)


if __name__ == "__main__":
    unittest.main()
