#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon's resolver, asked by dns_query, against the tests' DNS server.

resolver_test.py DNS_QUERY: every test has a server and a dns_query of its own, whose
answers are read line by line, so that what was asked can be counted in between.
"""
import collections
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fakes"))

from dns_server import DnsServer
from run_suite import xtext

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ""
TIMEOUT = 0.4

LONG_TEXT = " ".join(f'"{letter * 250}"' for letter in "abcdefghijklmnopqrst")
ZONE = rf"""
contoso.example.       TXT "v=spf1 " "-all"
contoso.example.       120 MX 10 Mail.Contoso.Example.
contoso.example.       120 MX 0 .
mail.contoso.example.  A 192.0.2.1
mail.contoso.example.  A 192.0.2.2
mail.contoso.example.  AAAA 2001:db8::1
1.2.0.192.in-addr.arpa. PTR MAIL.contoso.example.
contoso.test.          TXT "not built in"
fleeting.example.      0 A 192.0.2.3
bytes.example.         TXT "\000\200\255" ""
long.example.          TXT {LONG_TEXT}
one.example.           CNAME two.example.
two.example.           CNAME mail.contoso.example.
to-empty.example.      CNAME contoso.example.
to-gone.example.       CNAME gone.example.
to-broken.example.     CNAME broken.example.
loop.example.          CNAME loop.example.
odd\032na\.me\255.example. A 192.0.2.4
odd.example.           MX 5 odd\032na\.me\255@x.example.
broken.example.        SERVFAIL
silent.example.        TIMEOUT
text-silent.example.   TIMEOUT TXT
text-silent.example.   A 192.0.2.5
"""

Answer = collections.namedtuple("Answer", "outcome flight ttl data")


def decoded(field):
    parts = field.split("+")
    return parts[0] + "".join(chr(int(part[:2], 16)) + part[2:] for part in parts[1:])


class Resolver:
    """A dns_query and its server; used in `with`."""

    def __init__(self, zone=ZONE, *flags, timeout=TIMEOUT):
        self.server = DnsServer(zone)
        self.timeout = timeout
        self.flags = flags

    def __enter__(self):
        self.server.start()
        self.process = subprocess.Popen(
            [PROGRAM, "--nameserver", f"127.0.0.1@{self.server.port}", "--timeout", str(self.timeout),
             *self.flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        code = self.process.wait()
        self.server.stop()
        if code != 0:
            raise AssertionError(f"dns_query ended with {code}")

    def ask_all(self, *questions, ending=False):
        fields = [field for question in questions for field in question] + ["end"] * ending
        self.process.stdin.write("\t".join(map(xtext, fields)) + "\n")
        self.process.stdin.flush()
        return [self._read() for _ in questions]

    def ask(self, name, rdtype):
        return self.ask_all((name, rdtype))[0]

    def _read(self):
        outcome, flight, ttl, *data = self.process.stdout.readline().rstrip("\n").split("\t")
        return Answer(outcome, int(flight), int(ttl), sorted(map(decoded, data)))


class Answers(unittest.TestCase):
    def check(self, name, rdtype, outcome, data=()):
        with Resolver() as resolver:
            answer = resolver.ask(name, rdtype)
        self.assertEqual((answer.outcome, answer.data), (outcome, list(data)))
        return answer

    def test_addresses(self):
        answer = self.check("mail.contoso.example", "A", "records", ["192.0.2.1", "192.0.2.2"])
        self.assertEqual(answer.ttl, 300)
        self.check("mail.contoso.example", "AAAA", "records", ["2001:db8::1"])

    def test_strings_of_a_text_are_joined(self):
        self.check("contoso.example", "TXT", "records", ["v=spf1 -all"])
        self.check("bytes.example", "TXT", "records", ["\x00\xc8\xff"])

    def test_names_are_lower_case_without_final_dot(self):
        answer = self.check("contoso.example", "MX", "records", ["0 ", "10 mail.contoso.example"])
        self.assertEqual(answer.ttl, 120)
        self.check("1.2.0.192.in-addr.arpa", "PTR", "records", ["mail.contoso.example"])

    def test_built_in_zones_are_the_name_servers(self):
        self.check("contoso.test", "TXT", "records", ["not built in"])

    def test_no_data_and_no_such_name(self):
        self.check("contoso.example", "AAAA", "no_data")
        self.check("gone.example", "A", "no_such_name")

    def test_aliases_are_followed(self):
        self.check("one.example", "A", "records", ["192.0.2.1", "192.0.2.2"])
        self.check("to-empty.example", "A", "no_data")
        self.check("to-gone.example", "A", "no_such_name")
        self.check("to-broken.example", "A", "failure")
        self.check("loop.example", "A", "failure")
        self.check("one.example", "CNAME", "records", ["two.example"])

    def test_servfail_is_a_failure(self):
        self.check("broken.example", "TXT", "failure")

    def test_long_answers_come_over_tcp(self):
        with Resolver() as resolver:
            answer = resolver.ask("long.example", "TXT")
            transports = [question.transport for question in resolver.server.questions]
        self.assertEqual(len(answer.data[0]), 20 * 250)
        self.assertEqual(transports, ["udp", "tcp"])

    def test_odd_bytes_in_names(self):
        self.check(r"odd\032na\046me\255.example", "A", "records", ["192.0.2.4"])
        self.check("odd.example", "MX", "records", [r"5 odd\032na\046me\255\064x.example"])

    def test_what_is_no_name_does_not_exist(self):
        for name in ("a..example", "a" * 64 + ".example", ".".join(["abcdefg"] * 32)):
            with self.subTest(name=name):
                self.check(name, "A", "no_such_name")


class Silence(unittest.TestCase):
    def test_a_failure_at_the_time_out(self):
        with Resolver() as resolver:
            begun = time.monotonic()
            answer = resolver.ask("silent.example", "TXT")
            took = time.monotonic() - begun
        self.assertEqual(answer.outcome, "failure")
        self.assertGreater(took, 0.9 * TIMEOUT)
        self.assertLess(took, TIMEOUT + 2)

    def test_only_for_what_is_silent(self):
        with Resolver() as resolver:
            answer, other = resolver.ask_all(("text-silent.example", "TXT"),
                                             ("text-silent.example", "A"))
        self.assertEqual((answer.outcome, other.data), ("failure", ["192.0.2.5"]))

    def test_many_silent_names_do_not_stop_others(self):
        """Names that anybody can make up must not make the name server seem dead."""
        zone = ZONE + "".join(f"s{i}.example. TIMEOUT\n" for i in range(40))
        with Resolver(zone) as resolver:
            for begin in range(0, 40, 8):
                silent = resolver.ask_all(*((f"s{i}.example", "A")
                                            for i in range(begin, begin + 8)))
                self.assertEqual({answer.outcome for answer in silent}, {"failure"})
            self.assertEqual(resolver.ask("contoso.example", "TXT").outcome, "records")
            self.assertEqual(resolver.ask("gone.example", "A").outcome, "no_such_name")

    def test_nothing_but_silence_for_long(self):
        """The library gives a server up after 13 to 20 seconds without any answer."""
        zone = ZONE + "".join(f"s{i}.example. TIMEOUT\n" for i in range(2000))
        with Resolver(zone) as resolver:
            self.assertEqual(resolver.ask("contoso.example", "TXT").outcome, "records")
            end = time.monotonic() + 21
            for first in range(0, 2000, 20):
                if time.monotonic() > end:
                    break
                resolver.ask_all(*((f"s{first + i}.example", "A") for i in range(20)))
            else:
                self.fail("new names failed before their time-out")
            self.assertEqual(resolver.ask("mail.contoso.example", "A").outcome, "records")

    def test_a_server_that_is_gone(self):
        with Resolver() as resolver:
            self.assertEqual(resolver.ask("contoso.example", "TXT").outcome, "records")
            resolver.server.stop()
            self.assertEqual(resolver.ask("mail.contoso.example", "A").outcome, "failure")
            self.assertEqual(resolver.ask("contoso.example", "TXT").outcome, "records")


class Cache(unittest.TestCase):
    def asked(self, name, rdtype, *flags, times=2):
        """What each asking brought, and how many of them the server saw."""
        with Resolver(ZONE, *flags) as resolver:
            answers = [resolver.ask(name, rdtype) for _ in range(times)]
            return answers, resolver.server.asked(name, rdtype)

    def test_one_question_for_two_askings(self):
        answers, count = self.asked("contoso.example", "TXT")
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(count, 1)

    def test_negative_answers_too(self):
        for name, outcome in (("gone.example", "no_such_name"), ("odd.example", "no_data")):
            with self.subTest(name=name):
                answers, count = self.asked(name, "A")
                self.assertEqual([answer.outcome for answer in answers], [outcome] * 2)
                self.assertEqual((answers[0].ttl, count), (60, 1))

    def test_failures_for_seconds(self):
        _, once = self.asked("broken.example", "A", times=1)
        answers, count = self.asked("broken.example", "A")
        self.assertEqual([answer.outcome for answer in answers], ["failure"] * 2)
        self.assertEqual(count, once)

    def test_types_are_apart(self):
        with Resolver() as resolver:
            self.assertEqual(resolver.ask("mail.contoso.example", "A").outcome, "records")
            self.assertEqual(resolver.ask("mail.contoso.example", "TXT").outcome, "no_data")
            self.assertEqual(resolver.ask("mail.contoso.example", "A").outcome, "records")

    def test_nothing_is_kept_without_time_to_live(self):
        answers, count = self.asked("fleeting.example", "A")
        self.assertEqual([answer.data for answer in answers], [["192.0.2.3"]] * 2)
        self.assertEqual(count, 2)

    def test_case_makes_no_difference_to_the_server(self):
        with Resolver() as resolver:
            self.assertEqual(resolver.ask("Contoso.EXAMPLE", "TXT").data, ["v=spf1 -all"])


class Flights(unittest.TestCase):
    def test_one_flight_for_concurrent_askers(self):
        question = ("silent.example", "TXT")
        with Resolver() as resolver:
            answers = resolver.ask_all(question, ("silent.example", "A"), question, question)
        self.assertEqual([answer.flight for answer in answers], [0, 1, 0, 0])
        self.assertEqual({answer.outcome for answer in answers}, {"failure"})

    def test_many_at_once(self):
        names = [f"n{i}.example" for i in range(500)]
        zone = "".join(f"{name}. A 198.51.100.{i % 250}\n" for i, name in enumerate(names))
        with Resolver(zone, timeout=30) as resolver:  # all of them, on a busy machine too
            answers = resolver.ask_all(*((name, "A") for name in names))
            count = sum(resolver.server.asked(name) for name in names)
        self.assertEqual([answer.data for answer in answers],
                         [[f"198.51.100.{i % 250}"] for i in range(500)])
        self.assertGreaterEqual(count, 500)

    def test_what_is_under_way_at_the_end_has_failed(self):
        with Resolver() as resolver:
            begun = time.monotonic()
            answers = resolver.ask_all(("silent.example", "TXT"), ("text-silent.example", "TXT"),
                                       ending=True)
            took = time.monotonic() - begun
        self.assertEqual([answer.outcome for answer in answers], ["failure"] * 2)
        self.assertLess(took, TIMEOUT)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
