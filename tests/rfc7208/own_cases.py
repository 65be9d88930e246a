# SPDX-License-Identifier: BSD-2-Clause
"""Reads our own SPF cases, tests/cases/spf/*.yml. A file has:

  about: what its cases have in common
  zone:  zone text (dns_server.py) that its cases share
  cases:
    NAME:                   the domain checked is NAME.example
      rule:   the section of RFC 7208 that decides, and what it says
      record: TXT record of NAME.example, a list for several
      repeat: {text, times}: what stands for "{repeat}" in the record
      strings: instead, the strings of its one TXT record
      zone:   more zone text, relative to NAME.example
      client: default 192.0.2.1
      helo:   default mail.contoso.example
      from:   default user@NAME.example; "" is the null sender
      result: a result, or a list of those that the RFC allows
"""
import yaml

from dns_server import Zone
from spf_case import Case, Scenario, name_of, txt_of

RESULTS = {"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"}
KEYS = {"rule", "record", "repeat", "strings", "zone", "client", "helo", "from", "result"}
FEWEST = 120  # a directory with fewer was not read, or not all of it


def read(directory):
    scenarios = [_scenario(path) for path in sorted(directory.glob("*.yml"))]
    count = sum(len(scenario.cases) for scenario in scenarios)
    if count < FEWEST:
        raise SystemExit(f"{directory}: only {count} cases")
    return scenarios


class _Loader(yaml.BaseLoader):
    """Strings only, and a name that stands twice in a mapping is an error."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise SystemExit(f"{node.start_mark}: twice: {', '.join(sorted(twice))}")
        return super().construct_mapping(node, deep)


def _scenario(path):
    with open(path, encoding="utf-8") as file:
        document = yaml.load(file, Loader=_Loader)
    zone = Zone(document.get("zone", ""))
    cases = [_case(path, zone, name, case) for name, case in document["cases"].items()]
    return Scenario(path.stem, zone, cases)


def _case(path, zone, name, case):
    domain = f"{name}.example"
    accepted = case["result"] if isinstance(case["result"], list) else [case["result"]]
    if not KEYS.issuperset(case) or not RESULTS.issuperset(accepted) or not case.get("rule"):
        raise SystemExit(f"{path}: {name}: unknown key or result, or no rule")
    records = case.get("record", [])
    for record in records if isinstance(records, list) else [records]:
        repeat = case.get("repeat", {"text": "", "times": 0})
        text = record.replace("{repeat}", repeat["text"] * int(repeat["times"]))
        zone.add(name_of(domain), txt_of([text]))
    if "strings" in case:
        zone.add(name_of(domain), txt_of(case["strings"]))
    zone.read(case.get("zone", ""), origin=domain)
    return Case(name, case.get("client", "192.0.2.1"), case.get("helo", "mail.contoso.example"),
                case.get("from", f"user@{domain}"), accepted)
