# SPDX-License-Identifier: BSD-2-Clause
"""The two messages that most tests send, and what arrives of them."""
import messages

STAMPED = {"extra": messages.stamps()}
FORGED = [("Authentication-Results", "relay.example; x-tenant=pass"),
          ("X-Tenant-Milter-Verdict", "none")]
SPOOF = messages.message(
    extra=[*messages.stamps("attacker.onmicrosoft.com", messages.ATTACKER_TENANT), *FORGED])


def honest():
    return messages.signed(messages.message(**STAMPED))


def header(delivered):
    return delivered.content.split(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape").split("\r\n")


def results(delivered):
    """The fields that the filter adds and removes."""
    return [line for line in header(delivered)
            if line.lower().startswith(("authentication-results:", "x-tenant-milter-"))]
