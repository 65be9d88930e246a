# SPDX-License-Identifier: BSD-2-Clause
"""What run_suite.py runs: cases that share one zone, and how to make TXT records.

Text that stands for bytes is a str of Latin-1: one character a byte.
"""
import collections

import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.SPF
import dns.rdtypes.ANY.TXT

Scenario = collections.namedtuple("Scenario", "name zone cases")
Case = collections.namedtuple("Case", "name client helo mail_from accepted")

MAX_STRING = 255  # RFC 1035 3.3


def name_of(text):
    """A name whose labels may hold any byte but a dot; nothing is an escape."""
    labels = [label.encode("latin-1") for label in text.rstrip(".").split(".")]
    return dns.name.Name([label for label in labels if label] + [b""])


def txt_of(pieces, rdtype=dns.rdatatype.TXT):
    """TXT data of these strings; those too long for one are cut into several."""
    strings = []
    for piece in pieces or [""]:
        octets = piece.encode("latin-1")
        strings += [octets[at:at + MAX_STRING] for at in range(0, len(octets) or 1, MAX_STRING)]
    kind = dns.rdtypes.ANY.TXT.TXT if rdtype == dns.rdatatype.TXT else dns.rdtypes.ANY.SPF.SPF
    return kind(dns.rdataclass.IN, rdtype, strings)
