# SPDX-License-Identifier: BSD-2-Clause
"""What the process may do once it serves: no privileges, no capabilities, a filter on what it
asks of the kernel that lets through all it needs (spec 8, --user)."""
import json
import os
import pathlib
import pwd
import re
import subprocess
import tempfile

import messages
import pytest
from daemon import Daemon, program
from dns_server import DnsServer
from milter_client import Session, send_message

USER = "nobody"
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
# How the filter says no. (clone3 hides its flags in memory: the C library takes clone instead.)
DENIED = re.compile(r"\b(\w+)(?:\(| resumed>).*= -1 ENOSYS|\b(clone|mmap|mprotect)(?:\(| resumed>).*= -1 EPERM")


def tasks(pid):
    """/proc's status of every thread."""
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        lines = (line.split(":", 1) for line in path.read_text("utf-8").splitlines())
        yield {name: value.split() for name, value in lines}


@pytest.fixture
def confined():
    """A daemon that was started as root and has become a user."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory(prefix="tm-") as directory, \
            DnsServer(messages.zone()) as dns:
        os.chmod(directory, 0o777)
        with Daemon(directory, messages.POLICY, dns.port, user=USER) as daemon:
            yield daemon


def load(daemon, content, expected, count=100):
    file = daemon.directory / f"message-{expected}"
    file.write_bytes(messages.load_entry(content, expected))
    return subprocess.run([program("load"), daemon.directory / "milter.sock", file,
                           f"--messages={count}"], capture_output=True, check=False).returncode


def test_no_thread_keeps_a_privilege(confined):
    assert load(confined, messages.honest(), "accept") == 0
    user = pwd.getpwnam(USER)
    seen = list(tasks(confined.process.pid))
    assert len(seen) >= 3  # ours, the resolver's, libmilter's
    for task in seen:
        assert {*task["Uid"]} == {str(user.pw_uid)} and {*task["Gid"]} == {str(user.pw_gid)}
        assert {*task["Groups"]} <= {str(user.pw_gid)}
        assert [int(task[name][0], 16) for name in CAPABILITIES] == [0] * len(CAPABILITIES)
        assert (task["NoNewPrivs"], task["Seccomp"]) == (["1"], ["2"])
    assert "seccomp" not in confined.log


def test_the_sandbox_holds_as_root_too(service):
    for task in tasks(service().daemon.process.pid):
        assert (task["NoNewPrivs"], task["Seccomp"]) == (["1"], ["2"])


def test_nothing_that_the_daemon_does_is_denied_to_it(confined):
    """Connections, DNS, messages of both kinds, reloads, a rotated log, the end."""
    trace = confined.directory / "trace"
    tracer = subprocess.Popen(["strace", "-f", "-o", trace, "-p", str(confined.process.pid)],
                              stderr=subprocess.PIPE)
    assert b"attached" in tracer.stderr.readline()
    assert load(confined, messages.honest(), "accept") == 0
    confined.decision_log.rename(confined.directory / "rotated.json")
    confined.reload()
    assert load(confined, messages.spoof(), "550") == 0
    assert [one["verdict"] for one in confined.decisions()] == ["reject"] * 100
    assert confined.stop() == 0
    tracer.communicate(timeout=60)
    denied = [one for line in trace.read_text("utf-8", "replace").splitlines()
              for one in DENIED.findall(line)]
    assert {first or second for first, second in denied} <= {"clone3"}


HOSTILE = "a\x1b[2J\x07\x7f\u009b31m\u202e\u2028\"}\\"


def test_nothing_of_a_message_is_a_command_to_a_terminal_or_another_line(service):
    """What a client says of itself comes into log and reply as plain ASCII."""
    daemon = service(flags=["--log-addresses"]).daemon
    fields = [(name, " " + value.replace("contoso", HOSTILE)) for name, value in
              [("From", f"{HOSTILE} <{HOSTILE}@contoso.com>"), ("Sender", "x@contoso\r\nX: y"),
               *messages.stamps("contoso.onmicrosoft.com")]]
    with Session(daemon.socket, macros={"{auth_authen}": HOSTILE, "{cert_subject}": HOSTILE}) as mta:
        mta.connect("40.107.1.1", HOSTILE)
        mta.helo(HOSTILE)
        outcome = send_message(mta, (fields, b""), sender=f"{HOSTILE}@{HOSTILE}",
                               recipients=[f"{HOSTILE}@example.net"], queue_id=HOSTILE)
    assert outcome.code == 550 and outcome.text.isascii() and outcome.text.isprintable()
    lines = daemon.decision_log.read_bytes().splitlines(keepends=True)
    assert len(lines) == 1 and lines[0].endswith(b"\n")
    assert all(0x20 <= byte <= 0x7E for byte in lines[0][:-1])
    record = json.loads(lines[0])
    assert record["verdict"] == "reject" and record["evidence"]["helo"] == HOSTILE
    assert daemon.stop() == 0
    assert all(line.isascii() and line.isprintable() for line in daemon.log.splitlines())
