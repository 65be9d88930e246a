# SPDX-License-Identifier: BSD-2-Clause
"""What a soak plays: messages of two dozen kinds, each with the answer that it must get, and the
DNS and policy that they need. Records live for two seconds, so that DNS never comes to rest."""
import collections

import signing
from messages import load_entry, message
from policies import GUID, OTHER_GUID, policy, sender, stamped
from signing import corrupt, key, sign

TTL = 2
MICROSOFT, ELSEWHERE, OWN = "40.107.1.1", "198.51.100.7", "192.0.2.25"
FLAGS = ["--dns-timeout=3", "--dns-budget=6", "--max-headers-bytes=64K", "--log-level=warning"]
FORGED = ("Authentication-Results", "relay.example; x-tenant=pass")

Kind = collections.namedtuple("Kind", "name content expected client mail",
                              defaults=(MICROSOFT, "alice@contoso.com"))


def tenant(name):
    return [f"microsoft365:{name}.onmicrosoft.com"]


def policies(revision):
    """The same rules under another revision: a reload changes no verdict."""
    loose = [sender(name, tenant(name), [f"{name}.example"], spf="aligned")
             for name in ("slow", "broken", "silent")]
    return policy(sender("contoso", [*tenant("contoso"), f"microsoft365:{GUID}"], spf="aligned",
                         dkim="aligned", networks=["192.0.2.0/24"]),
                  sender("fabrikam", tenant("fabrikam"), ["fabrikam.example"]), *loose,
                  f"# revision {revision}", blocked_tenants=tenant("bad"))


def zone():
    """slow answers late, broken with SERVFAIL, silent never."""
    spf = '{0}. {1} IN TXT "v=spf1 ip4:40.107.0.0/16 -all"\n'
    text = "".join(spf.format(name, TTL) for name in
                   ("contoso.com", "bounces.contoso.com", "other.example", "slow.example"))
    text += "slow.example. DELAY 0.2\nbroken.example. SERVFAIL TXT\nsilent.example. TIMEOUT TXT\n"
    short = key("short", 1016)
    for line in (key().zone_line("contoso.com"), key().zone_line("other.example"),
                 short.zone_line("contoso.com", "short"), key().zone_line("evil.onmicrosoft.com")):
        text += line.replace(" 300 IN ", f" {TTL} IN ")
    return text


def of_tenant(name):
    """A message of a customer that asks for SPF alone."""
    return stamped(f"{name}.onmicrosoft.com", None, author=f"a@{name}.example")


def legitimate():
    large = "0123456789abcdef" * 4 + "\r\n"
    yield Kind("signed", sign(stamped()), "accept")
    yield Kind("signed-64k", sign(stamped(body=large * 1000)), "accept")
    yield Kind("signed-simple", sign(stamped(), canon="simple/simple"), "accept")
    yield Kind("bounces", sign(stamped()), "accept", mail="b+1@bounces.contoso.com")
    yield Kind("forged-results", sign(stamped(extra=[FORGED] * 3)), "accept")
    yield Kind("own-network", message(), "accept", OWN)
    yield Kind("null-sender", sign(stamped()), "accept", mail="")
    yield Kind("slow-dns", of_tenant("slow"), "accept", mail="a@slow.example")


def hostile():
    yield Kind("other-tenant", sign(stamped("evil.onmicrosoft.com", OTHER_GUID)),
               "550 5.7.1 tenant-denied")
    yield Kind("other-customer", sign(stamped("fabrikam.onmicrosoft.com", None)),
               "550 5.7.1 tenant-denied")
    yield Kind("blocked", stamped("bad.onmicrosoft.com", None), "550 5.7.1 tenant-blocked")
    yield Kind("conflict", stamped(extra=[("X-OriginatorOrg", "evil.onmicrosoft.com")]),
               "550 5.7.1 tenant-conflict")
    yield Kind("no-stamp", sign(message()), "550 5.7.1 tenant-missing")
    yield Kind("transit", sign(stamped(entity="Internet")), "550 5.7.1 tenant-transit")
    yield Kind("no-platform", sign(stamped()), "550 5.7.1 origin-denied", ELSEWHERE)
    yield Kind("two-authors", stamped(extra=[("From", "m@evil.example")]),
               "550 5.7.1 author-invalid")
    yield Kind("hidden-author", stamped(author="alice@contoso.com, <m@evil.example"),
               "550 5.7.1 author-invalid")
    yield Kind("unknown-author", stamped(author="m@evil.example"), "550 5.7.1 sender-unknown")
    yield Kind("unaligned-spf", sign(stamped()), "550 5.7.23 spf-unaligned",
               mail="m@other.example")
    yield Kind("unsigned", stamped(), "550 5.7.20 dkim-missing")
    yield Kind("changed-body", corrupt(sign(stamped()), "body"), "550 5.7.20 dkim-failed")
    yield Kind("other-signer", sign(stamped(), "other.example"), "550 5.7.22 dkim-unaligned")
    yield Kind("length", sign(stamped(), length=3), "550 5.7.21 dkim-unacceptable")
    yield Kind("short-key", sign(stamped(), by=key("short", 1016), selector="short"),
               "550 5.7.21 dkim-unacceptable")
    yield Kind("foreign-signature", sign(sign(stamped()), "evil.onmicrosoft.com"),
               "550 5.7.1 tenant-denied")


def deferred():
    yield Kind("broken-dns", of_tenant("broken"), "451 4.7.24 dns-unavailable",
               mail="a@broken.example")
    yield Kind("silent-dns", of_tenant("silent"), "451 4.7.24 dns-unavailable",
               mail="a@silent.example")
    yield Kind("long-header", sign(stamped(extra=[("X-Long", "x" * 70000)])), "451 4.3.4 limit")


def kinds():
    assert signing.key() is key()
    return [*legitimate(), *hostile(), *deferred()]


def write_scenario(path, clients=(MICROSOFT, ELSEWHERE, OWN)):
    """The file that the load client reads (tests/bench/scenario.h), of these clients' messages."""
    with open(path, "wb") as file:
        for kind in (kind for kind in kinds() if kind.client in clients):
            file.write(load_entry(kind.content, f'"{kind.expected}"', kind.mail, kind.client))
