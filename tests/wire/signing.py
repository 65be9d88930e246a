# SPDX-License-Identifier: BSD-2-Clause
"""DKIM signatures of every kind, good and bad (RFC 6376, RFC 8463).

dkimpy canonicalises; the tags, the choice of fields and the key are the caller's, so
that a signature without From, with l=, long expired or by a test key can be made.
"""
import base64
import functools
import hashlib
import pathlib
import re
import subprocess
import tempfile
import time

import dkim
import dkim.canonicalization

# What Microsoft signs, and what a message of Google's is signed over (spec 4).
MICROSOFT_FIELDS = ("From", "Date", "Subject", "Message-ID", "Content-Type", "MIME-Version")
GOOGLE_FIELDS = ("From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID",
                 "MIME-Version")
DIGESTS = {"rsa-sha256": "sha256", "rsa-sha1": "sha1", "ed25519-sha256": "sha256"}
ED25519_BYTES = 32


def openssl(*words, stdin=None):
    return subprocess.run(["openssl", *map(str, words)], input=stdin, capture_output=True,
                          check=True).stdout


@functools.lru_cache(maxsize=None)
def scratch():
    return tempfile.TemporaryDirectory(prefix="tm-keys-")


class Key:
    """An RSA key of so many bits, or an Ed25519 key (bits=0), and its DNS record."""

    def __init__(self, name, bits):
        self.path = pathlib.Path(scratch().name) / f"{name}-{bits}.pem"
        self.kind = "rsa" if bits else "ed25519"
        options = ["-pkeyopt", f"rsa_keygen_bits:{bits}"] if bits else []
        openssl("genpkey", "-algorithm", self.kind.upper(), *options, "-out", self.path)
        public = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        if self.kind == "ed25519":
            public = public[-ED25519_BYTES:]
        self.public = base64.b64encode(public).decode()

    def zone_line(self, domain, selector="selector1", extra=""):
        record = f"v=DKIM1; k={self.kind}; {extra}p={self.public}"
        parts = " ".join(f'"{record[i:i + 250]}"' for i in range(0, len(record), 250))
        return f"{selector}._domainkey.{domain}. 300 IN TXT {parts}\n"

    def signature(self, data, digest):
        if self.kind == "rsa":
            return openssl("dgst", f"-{digest}", "-sign", self.path, stdin=data)
        hashed = pathlib.Path(scratch().name) / "hashed"
        hashed.write_bytes(hashlib.new(digest, data).digest())
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", hashed)


def key(name="good", bits=2048):
    """One key a name for the whole run."""
    return _key(name, bits)


@functools.lru_cache(maxsize=None)
def _key(name, bits):
    return Key(name, bits)


def sign(content, domain="contoso.com", by=None, selector="selector1", fields=MICROSOFT_FIELDS,
         algorithm=None, canon="relaxed/relaxed", at=None, expires=None, length=None, **tags):
    """The message with one more DKIM-Signature on top. `fields` are h= as they stand: a
    field that is not there, or is named once too often, is signed as absent."""
    by = by or key()
    algorithm = algorithm or f"{by.kind}-sha256"
    digest = DIGESTS[algorithm]
    policy = dkim.canonicalization.CanonicalizationPolicy.from_c_value(canon.encode())
    header, body = dkim.rfc822_parse(content)
    body = policy.canonicalize_body(body)[:length]
    values = {"v": "1", "a": algorithm, "c": canon, "d": domain, "s": selector,
              "t": at, "x": expires, "l": length, "h": ":".join(fields),
              "bh": base64.b64encode(hashlib.new(digest, body).digest()).decode(), **tags}
    value = "; ".join(f"{tag}={text}" for tag, text in values.items() if text is not None)
    unsigned = (b"DKIM-Signature", f" {value};\r\n b=".encode())
    chosen = dkim.select_headers(policy.canonicalize_headers(header),
                                 [name.lower().encode() for name in fields])
    data = b"".join(name + b":" + text for name, text in chosen)
    name, text = policy.canonicalize_headers([unsigned])[0]
    data += name + b":" + re.sub(b"\r\n$", b"", text)
    signature = base64.b64encode(by.signature(data, digest))
    return unsigned[0] + b":" + unsigned[1] + signature + b"\r\n" + content


def google(content, domain="contoso-com.20230601.gappssmtp.com", at=None, expires=None,
           fields=None, **options):
    """Signed as Google signs: every field that matters once a time it is there."""
    now = int(time.time())
    names = [name.decode() for name, _ in dkim.rfc822_parse(content)[0]]
    wanted = {name.lower() for name in GOOGLE_FIELDS}
    fields = fields or [name for name in names if name.lower() in wanted]
    return sign(content, domain, selector="20230601", fields=fields,
                at=now if at is None else at,
                expires=now + 7 * 86400 if expires is None else expires, **options)


def corrupt(content, what):
    """The message with one thing changed after it was signed."""
    changes = {"body": lambda text: text + b"PS\r\n",
               "subject": lambda text: text.replace(b"\r\nSubject: ", b"\r\nSubject: Re: "),
               "signature": lambda text: re.sub(rb"(\r\n b=)(.{4})", rb"\1AAAA", text, count=1)}
    changed = changes[what](content)
    assert changed != content
    return changed
