# SPDX-License-Identifier: BSD-2-Clause
"""The filter and a signer, OpenDKIM, in one chain."""
import contextlib
import subprocess

import pytest

import messages

SPOOF = messages.spoof()
CONF = """\
Mode s
Socket local:{root}/opendkim.sock
Domain contoso.com
Selector relay
KeyFile {root}/opendkim.key
InternalHosts 0.0.0.0/0
OversignHeaders From
UMask 0000
RequireSafeKeys No
"""


class Signer:
    """A real OpenDKIM in the foreground, ready once its socket is there."""

    def __init__(self):
        self.process = None

    def start(self, root):
        (root / "opendkim.conf").write_text(CONF.format(root=root), encoding="ascii")
        (root / "opendkim.key").write_bytes(messages.key("relay").private)
        (root / "opendkim.key").chmod(0o600)
        self.process = subprocess.Popen(["opendkim", "-f", "-x", root / "opendkim.conf"])
        while not (root / "opendkim.sock").exists():
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise RuntimeError(f"opendkim ended with {self.process.wait(0.01)}")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


@pytest.fixture
def signer():
    one = Signer()
    yield one
    one.stop()


def signers(delivered):
    text = " ".join(delivered.header())
    return [selector for selector in ("relay", "selector1") if f"s={selector};" in text]


def test_before_the_signer_what_is_refused_is_not_signed(relay, signer):
    this = relay(prepare=signer.start,
                 extra="smtpd_milters = $tenant_milter, unix:$root/opendkim.sock\n")
    assert this.send(SPOOF).code == 550
    assert this.send(messages.honest()).code == 250
    assert this.sink.wait_for(1)
    assert len(this.sink.messages) == 1
    assert signers(this.sink.messages[0]) == ["relay", "selector1"]
    assert this.sink.messages[0].results() == ["Authentication-Results: relay.example; x-tenant=pass"]


def test_behind_the_signer_the_relay_s_own_signature_is_judged_too(relay, signer):
    """It passes, but the author's own signature no longer decides: the relay's does."""
    this = relay(prepare=signer.start, zone=messages.key("relay").zone_line("contoso.com", "relay"),
                 extra="smtpd_milters = unix:$root/opendkim.sock, $tenant_milter\n")
    assert this.send(messages.message(extra=messages.stamps())).code == 250
    signatures = this.filter.decisions()[0]["evidence"]["signatures"]
    assert [one["s"] for one in signatures] == ["relay"]
    assert this.send(SPOOF).code == 550
