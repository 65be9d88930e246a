# SPDX-License-Identifier: BSD-2-Clause
"""Reads the RFC 7208 test suite of openspf.org: YAML documents, each a scenario.

Its zone data means, as its own driver (pyspf's testspf.py) reads it: SPF entries
stand for TXT ones of the same text, unless the name has any TXT entry, and TXT
"NONE" is such an entry without being a record; TIMEOUT silences every type of
which the name has no record.
"""
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import yaml

from dns_server import Zone
from spf_case import Case, Scenario, name_of, txt_of


def read(path):
    # BaseLoader: an address is a string, whatever else YAML would see in it.
    with open(path, encoding="utf-8") as file:
        documents = list(yaml.load_all(file, Loader=yaml.BaseLoader))
    return [_scenario(document) for document in documents]


def _scenario(document):
    zone = Zone()
    for name, entries in document["zonedata"].items():
        _add_name(zone, name_of(name), entries)
    cases = []
    for name, test in document["tests"].items():
        result = test["result"]
        accepted = result if isinstance(result, list) else [result]
        cases.append(Case(name, test["host"], test["helo"], test["mailfrom"], accepted))
    return Scenario(document["description"], zone, cases)


def _add_name(zone, name, entries):
    has_txt = any("TXT" in entry for entry in entries if isinstance(entry, dict))
    for entry in entries:
        if entry == "TIMEOUT":
            zone.add_failure(name, "TIMEOUT")
            continue
        for rdtype, value in entry.items():
            if value == "TIMEOUT":
                zone.add_failure(name, "TIMEOUT", rdtype)
            elif value != "NONE":
                _add_record(zone, name, rdtype, value, has_txt)


def _add_record(zone, name, rdtype, value, has_txt):
    kind = dns.rdatatype.from_text(rdtype)
    if rdtype in ("TXT", "SPF"):
        pieces = value if isinstance(value, list) else [value]
        zone.add(name, txt_of(pieces, kind))
        if rdtype == "SPF" and not has_txt:
            zone.add(name, txt_of(pieces))
    elif rdtype == "MX":
        zone.add(name, _named(kind, f"{value[0]} ", value[1]))
    elif rdtype in ("PTR", "CNAME"):
        zone.add(name, _named(kind, "", value))
    else:
        zone.add(name, dns.rdata.from_text(dns.rdataclass.IN, kind, value))


def _named(kind, before, name):
    return dns.rdata.from_text(dns.rdataclass.IN, kind, before + name_of(name).to_text())
