# SPDX-License-Identifier: BSD-2-Clause
"""Messages as Microsoft 365 hands them to a relay, and their DKIM signatures (dkimpy)."""
import base64
import functools
import subprocess

import dkim

CUSTOMER_TENANT = "9f2c1e7a-3b54-4d6e-8f10-2a7b6c5d4e3f"
ATTACKER_TENANT = "66666666-aaaa-4bbb-8ccc-dddddddddddd"
# The customer's own configuration, and the SPF record that its domain publishes.
POLICY = f"""\
version = 1
[[sender]]
name    = "contoso"
domains = ["contoso.com"]
tenants = ["microsoft365:contoso.onmicrosoft.com", "microsoft365:{CUSTOMER_TENANT}"]
spf  = "aligned"
dkim = "aligned"
"""
# Two customers of one relay; what one of them may not do in the other's name.
TWO_CUSTOMERS = """\
version = 1
[[sender]]
name    = "contoso"
domains = ["contoso.com"]
tenants = ["microsoft365:contoso.onmicrosoft.com"]
[[sender]]
name    = "evil"
domains = ["evil.example"]
tenants = ["microsoft365:attacker.onmicrosoft.com"]
"""
ZONE = 'contoso.com. 300 IN TXT "v=spf1 ip4:40.107.0.0/16 -all"\n'
# What Microsoft signs (it leaves To, Cc and its own stamps out).
SIGNED_FIELDS = ("From", "Date", "Subject", "Message-ID", "Content-Type", "MIME-Version")


class Key:
    """An RSA key and the text of its DNS record."""

    def __init__(self, bits=2048):
        self.private = self._openssl("genrsa", str(bits))
        public = self._openssl("rsa", "-pubout", "-outform", "DER", stdin=self.private)
        self.record = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()

    @staticmethod
    def _openssl(*words, stdin=None):
        return subprocess.run(["openssl", *words], input=stdin, capture_output=True,
                              check=True).stdout

    def zone_line(self, domain, selector="selector1"):
        """Its record as zone text."""
        parts = " ".join(f'"{self.record[i:i + 250]}"' for i in range(0, len(self.record), 250))
        return f"{selector}._domainkey.{domain}. 300 IN TXT {parts}"


@functools.lru_cache(maxsize=None)
def key(name="test", bits=2048):
    """One key a name for the whole run."""
    del name
    return Key(bits)


def stamps(org="contoso.onmicrosoft.com", tenant=CUSTOMER_TENANT, entity="Hosted",
           connecting=None):
    """The tenant fields of Microsoft 365; None leaves one out."""
    fields = [("X-OriginatorOrg", org),
              ("X-MS-Exchange-CrossTenant-Id", tenant),
              ("X-MS-Exchange-CrossTenant-FromEntityHeader", entity),
              ("X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp", connecting)]
    return [(name, value) for name, value in fields if value is not None]


def message(author="Alice <alice@contoso.com>", subject="Invoice", body="Hello Bob.\r\n", extra=(),
            **fields):
    """A message as bytes; `extra` fields stand last, `fields` replace or remove (None)."""
    header = {"From": author, "To": "bob@example.net", "Subject": subject,
              "Date": "Tue, 24 Nov 2026 09:00:00 +0000",
              "Message-ID": "<1@contoso.com>", "MIME-Version": "1.0",
              "Content-Type": "text/plain; charset=utf-8"}
    header.update({name.replace("_", "-"): value for name, value in fields.items()})
    lines = [(name, value) for name, value in header.items() if value is not None]
    text = "".join(f"{name}: {value}\r\n" for name, value in [*lines, *extra])
    return text.encode("utf-8", "surrogateescape") + b"\r\n" + body.encode()


def honest():
    """The customer's own, signed."""
    return signed(message(extra=stamps()))


def spoof(extra=()):
    """The customer as author, from somebody else's tenant."""
    return message(extra=[*stamps("attacker.onmicrosoft.com", ATTACKER_TENANT), *extra])


def signed(content, domain="contoso.com", selector="selector1", signer=None, fields=SIGNED_FIELDS,
           **options):
    """The message with a DKIM-Signature of this domain on top."""
    signer = signer or key()
    signature = dkim.sign(content, selector.encode(), domain.encode(), signer.private,
                          include_headers=[field.encode() for field in fields], **options)
    return signature + content


def zone():
    """The customer's records, its key among them."""
    return ZONE + key().zone_line("contoso.com") + "\n"


def load_entry(content, expected, sender="alice@contoso.com", client="40.107.22.1"):
    """The message as an entry of a scenario of tests/bench/load."""
    return (f"message {client} <{sender}> <bob@example.net> {expected} {len(content)}\n".encode()
            + content + b"\n")
