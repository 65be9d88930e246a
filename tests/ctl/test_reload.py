# SPDX-License-Identifier: BSD-2-Clause
"""--reload and policy status, with the daemon that serves the configured socket."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

from daemon import Daemon, NotReady
from postfix import PORT_TRIES, free_port

NEW = "microsoft365:new.onmicrosoft.com"


@pytest.fixture(params=["unix", "inet"])
def running(ctl, request, tmp_path):
    (tmp_path / "daemon").mkdir()
    for _ in range(PORT_TRIES):
        spec = (f"unix:{tmp_path}/milter.sock" if request.param == "unix"
                else f"inet:{free_port()}@127.0.0.1")
        try:
            daemon = Daemon(tmp_path / "daemon", ctl.policy.read_text("utf-8"), socket_spec=spec)
            break
        except NotReady:  # somebody else has taken the port
            continue
    ctl.config.write_text(f"policy = {tmp_path}/daemon/policy.toml\nsocket = {spec}\n",
                          encoding="ascii")
    with daemon:
        yield daemon


def status(ctl):
    return json.loads(ctl.ok("policy", "status", "--json"))


def test_status_says_what_is_in_force(ctl, running):
    now = status(ctl)
    assert now["pid"] == running.process.pid and now["in_force"] and now["senders"] == 2
    assert 0 <= now["age"] < 60
    ctl.ok("allow", "contoso", NEW)
    changed = status(ctl)
    assert not changed["in_force"] and changed["revision"] == now["revision"]
    assert "not in force: reload" in ctl.ok("policy", "status")


def test_reload_waits_until_it_is_in_force(ctl, running):
    said = ctl.ok("allow", "contoso", NEW, "--reload")
    now = status(ctl)
    assert now["in_force"] and f"policy {now['revision']} is in force" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start it as another user")
def test_a_daemon_that_has_dropped_its_privileges(ctl, tmp_path):
    home = pathlib.Path(tempfile.mkdtemp(prefix="tm-ctl-"))
    home.chmod(0o777)
    with Daemon(home, ctl.policy.read_text("utf-8"), user="nobody") as daemon:
        ctl.config.write_text(f"policy = {daemon.policy}\nsocket = {daemon.socket}\n",
                              encoding="ascii")
        assert status(ctl)["pid"] == daemon.process.pid
        assert "is in force" in ctl.ok("allow", "contoso", NEW, "--reload")
    shutil.rmtree(home)


def test_a_refused_reload_is_said(ctl, running):
    good = status(ctl)["revision"]
    text = running.policy.read_text("utf-8")
    running.policy.write_text("version = 2\n", encoding="utf-8")
    running.reload()
    assert "left the old policy" in ctl.ok("policy", "status")
    now = status(ctl)
    assert now["revision"] == good and not now["in_force"] and "version" in now["source_fault"]
    running.policy.write_text(text, encoding="utf-8")
    assert status(ctl)["in_force"]


def test_no_daemon_is_69(ctl):
    done = ctl.run("policy", "status")
    assert done.returncode == 69 and "no daemon" in done.stderr


IMPOSTOR = """
import json, os, sys, time
said = dict(version="9.9\\x1b[2J", socket=sys.argv[1], policy=sys.argv[2], revision="evil",
            loaded_at=0, senders=1, reloads=1000000, refused="")
memory = os.memfd_create("tenant-milter-status")
os.write(memory, json.dumps(said).encode())
if sys.argv[3] == "huge":
    os.ftruncate(memory, 16 << 30)
print("ready", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def impostor(socket, policy, kind="plain"):
    """Another process with a status that says it serves this socket."""
    process = subprocess.Popen([sys.executable, "-c", IMPOSTOR, socket, str(policy), kind],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("kind", ["plain", "huge"])
def test_no_other_process_is_taken_for_the_daemon(ctl, tmp_path, kind):
    """Root would report what anybody's process says, and read any file that it names."""
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    spec = f"unix:{tmp_path}/milter.sock"
    ctl.config.write_text(f"policy = {ctl.policy}\nsocket = {spec}\n", encoding="ascii")
    with impostor(spec, secret, kind):
        done = ctl.run("policy", "status")
        assert (done.returncode, done.stdout) == (69, "") and "no daemon" in done.stderr
        (tmp_path / "daemon").mkdir()
        with Daemon(tmp_path / "daemon", ctl.policy.read_text("utf-8"), socket_spec=spec) as daemon:
            now = status(ctl)
            assert now["pid"] == daemon.process.pid and now["revision"] != "evil"
            assert "hunter2" not in json.dumps(now)


def test_what_listens_at_the_socket_is_shown_bounded_and_printable(ctl, tmp_path):
    """The listener itself lies: it names a file that the caller alone may read."""
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    path = tmp_path / "milter.sock"
    listener = IMPOSTOR.replace('print("ready"', f"""import socket
s = socket.socket(socket.AF_UNIX); s.bind({str(path)!r}); s.listen()
print("ready\"""")
    process = subprocess.Popen([sys.executable, "-c", listener, f"unix:{path}", str(secret), ""],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    ctl.config.write_text(f"policy = {ctl.policy}\nsocket = unix:{path}\n", encoding="ascii")
    said = ctl.ok("policy", "status")
    assert "hunter2" not in said and "\x1b" not in said
    assert "another source" in said
    process.stdin.close()
    process.wait()
    process.stdout.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_of_an_inet_socket_a_stranger_s_process_is_not_believed(ctl, tmp_path):
    spec = "inet:1@127.0.0.1"
    ctl.config.write_text(f"policy = {ctl.policy}\nsocket = {spec}\n", encoding="ascii")
    process = subprocess.Popen([sys.executable, "-c", IMPOSTOR, spec, "/etc/shadow", ""],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, user="nobody")
    assert process.stdout.readline() == b"ready\n"
    done = ctl.run("policy", "status")
    assert (done.returncode, done.stdout) == (69, "")
    process.stdin.close()
    process.wait()
    process.stdout.close()


def test_a_fifo_by_that_name_hangs_nobody(ctl, tmp_path):
    fifo = tmp_path / "memfd:tenant-milter-status (deleted)"
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    ctl.config.write_text(f"policy = {ctl.policy}\nsocket = inet:1@127.0.0.1\n", encoding="ascii")
    assert ctl.run("policy", "status").returncode == 69
    os.close(held)
