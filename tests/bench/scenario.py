# SPDX-License-Identifier: BSD-2-Clause
"""The world of a benchmark: signed senders, their zone, the policy, and the messages.

Every sender has a domain with an SPF record (an include, as Microsoft 365 has it), a DKIM
key of RSA-2048, a DMARC record and a tenant of its own. Nothing is started here.
"""
import base64
import functools
import pathlib
import random
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fakes"))

import messages  # noqa: E402

TTL = 3600
ATTACKER = "attacker.onmicrosoft.com"
LINE = "The quick brown fox jumps over the lazy dog, and it does so again.\r\n"
BOUNDARY = "_000_AM0PR01MB0001_"
SIGNATURE = 600  # octets of a DKIM-Signature, about
DOMAINS_A_SENDER = 10  # of those that fill a large policy
SIZES = {"4 KiB": 4 << 10, "64 KiB": 64 << 10, "1 MiB": 1 << 20}

SPF_INCLUDED = "spf.platform.example"
SPF_RECORD = f"v=spf1 include:{SPF_INCLUDED} -all"
SPF_NETWORKS = ("v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 "
                "ip4:52.103.0.0/17 ip4:104.47.0.0/17 ip6:2a01:111:f400::/48 "
                "ip6:2a01:111:f403::/49 -all")


class Sender:
    """One domain with a tenant and a key."""

    def __init__(self, domain, key):
        self.domain = domain
        self.key = key
        self.org = domain.split(".", maxsplit=1)[0] + ".onmicrosoft.com"
        self.tenant = str(uuid.uuid5(uuid.NAMESPACE_DNS, domain))

    def zone(self):
        return (f'{self.domain}. {TTL} IN TXT "{SPF_RECORD}"\n'
                f'_dmarc.{self.domain}. {TTL} IN TXT "v=DMARC1; p=reject"\n'
                + self.key.zone_line(self.domain).replace(" 300 ", f" {TTL} ") + "\n")

    def policy(self):
        return sender_entry(self.domain, [self.domain], [self.org, self.tenant])

    def legitimate(self, size):
        plain = of_size(size, self, messages.stamps(self.org, self.tenant))
        return messages.signed(plain, self.domain, signer=self.key)

    def spoof(self, size, attacker):
        """In this sender's name, by an attacker who signs with what is the attacker's own."""
        plain = of_size(size, self, messages.stamps(ATTACKER, messages.ATTACKER_TENANT))
        return messages.signed(plain, attacker.domain, signer=attacker.key)


def sender_entry(name, domains, tenants):
    listed = ", ".join(f'"{domain}"' for domain in domains)
    by = ", ".join(f'"microsoft365:{tenant}"' for tenant in tenants)
    return (f'[[sender]]\nname = "{name}"\ndomains = [{listed}]\ntenants = [{by}]\n'
            'spf = "aligned"\ndkim = "aligned"\n')


def usual_fields(sender):
    """What else stands in a message of Microsoft 365, more or less."""
    host = "AM0PR01MB0001.eurprd01.prod.example"
    hop = (f"from {host} ([fe80::1]) by {host}\r\n ([fe80::1%3]) with mapi id 15.20.4200.018; "
           "Tue, 24 Nov 2026 09:00:00\r\n +0000")
    return [("Received", hop), ("Received", hop), ("Thread-Topic", "Invoice"),
            ("Thread-Index", "AQHYl2s0ZkZ0qkq3lUyD3xw8x5Q7xA=="), ("Accept-Language", "en-US"),
            ("Content-Language", "en-US"), ("X-MS-Has-Attach", ""),
            ("X-MS-TNEF-Correlator", ""), ("x-ms-publictraffictype", "Email"),
            ("x-ms-traffictypediagnostic", "AM0PR01MB0001:EE_|AM0PR01MB0002:EE_"),
            ("x-ms-office365-filtering-correlation-id", sender.tenant),
            ("x-ms-exchange-senderadcheck", "1"), ("x-ms-exchange-antispam-relay", "0"),
            ("X-MS-Exchange-CrossTenant-OriginalArrivalTime", "24 Nov 2026 09:00:00.1234 (UTC)"),
            ("X-MS-Exchange-Transport-CrossTenantHeadersStamped", "AM0PR01MB0002")]


def text_body(octets):
    return LINE * (octets // len(LINE))


@functools.lru_cache(maxsize=None)
def attachment_body(octets):
    """A short text and a file: what large mail is made of."""
    lines = [line + b"\r\n" for line in
             base64.encodebytes(random.Random(octets).randbytes(octets * 3 // 4)).splitlines()]
    file = b"".join(lines)[:octets - octets % 78].decode()
    return (f"--{BOUNDARY}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{LINE}\r\n"
            f'--{BOUNDARY}\r\nContent-Type: application/octet-stream; name="invoice.bin"\r\n'
            "Content-Transfer-Encoding: base64\r\n\r\n"
            f"{file}--{BOUNDARY}--\r\n")


def of_size(size, sender, stamps):
    """A message that has about so many octets once it is signed."""
    fields = {"author": f"Alice <alice@{sender.domain}>",
              "Message_ID": f"<1@{sender.domain}>", "extra": [*usual_fields(sender), *stamps]}
    room = size - len(messages.message(body="", **fields)) - SIGNATURE
    if size <= SIZES["4 KiB"]:
        return messages.message(body=text_body(room), **fields)
    fields["Content_Type"] = f'multipart/mixed; boundary="{BOUNDARY}"'
    return messages.message(body=attachment_body(room), **fields)


class World:
    """`count` signed senders, and `cold` more that share a key and are each used once."""

    def __init__(self, directory, count, keys, cold):
        self.directory = pathlib.Path(directory)
        made = [messages.Key() for _ in range(keys)]
        self.senders = [Sender(f"s{i}.example", made[i % keys]) for i in range(count)]
        self.cold = [Sender(f"cold{i}.example", made[0]) for i in range(cold)]
        self.attacker = Sender(ATTACKER, made[0])
        self.scenarios = {}

    def zone(self):
        everyone = [*self.senders, *self.cold, self.attacker]
        return (f'{SPF_INCLUDED}. {TTL} IN TXT "{SPF_NETWORKS}"\n'
                + "".join(sender.zone() for sender in everyone))

    def policy(self, domains=0):
        """The senders' policy, filled up to so many domains."""
        entries = [sender.policy() for sender in self.senders + self.cold]
        for first in range(0, domains - len(entries), DOMAINS_A_SENDER):
            names = [f"d{i}.customers.example" for i in range(first, first + DOMAINS_A_SENDER)]
            tenants = [f"t{first}.onmicrosoft.com", uuid.UUID(int=first + 1)]
            entries.append(sender_entry(f"customer{first}", names, tenants))
        return "version = 1\n" + "".join(entries)

    def scenario(self, kind, size="4 KiB"):
        """The file of "legitimate", "spoof" or "cold" messages; made when it is first asked for."""
        if (kind, size) not in self.scenarios:
            file = self.directory / f"{kind}-{size.replace(' ', '')}.scenario"
            self._write(file, kind, SIZES[size])
            self.scenarios[kind, size] = file
        return self.scenarios[kind, size]

    def _write(self, file, kind, octets):
        with file.open("wb") as out:
            for sender in self._senders_of(kind, octets):
                content = (sender.spoof(octets, self.attacker) if kind == "spoof"
                           else sender.legitimate(octets))
                expected = "550" if kind == "spoof" else "accept"
                out.write(messages.load_entry(content, expected, f"alice@{sender.domain}"))

    def _senders_of(self, kind, octets):
        if kind == "cold":
            return self.cold
        return self.senders[:max(len(self.senders) * SIZES["4 KiB"] // octets, 4)]
