# SPDX-License-Identifier: BSD-2-Clause
"""The service manager hears that the daemon lives only where it answers; so does ping."""
import os
import socket
import subprocess

import pytest

from daemon import program

WATCHDOG_USEC = 400_000


def ping(socket_spec):
    return subprocess.run([program("tenantctl"), "ping", "--config", "/dev/null", "--socket",
                           socket_spec], capture_output=True, text=True, timeout=30, check=False)


def test_the_watchdog_is_fed_while_the_daemon_answers(service, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", str(WATCHDOG_USEC))
    this = service()
    for _ in range(3):
        this.daemon.wait_for_state("WATCHDOG=1")
    this.daemon.reload()
    this.daemon.wait_for_state("WATCHDOG=1")
    # Nobody can connect any more: the process runs on, and says nothing.
    os.unlink(this.daemon.socket.removeprefix("unix:"))
    this.daemon.wait_for_log("no answer to itself")
    with pytest.raises(TimeoutError):
        this.daemon.wait_for_state("WATCHDOG=1", timeout=1)
    assert this.daemon.stop() == 0


def test_nobody_is_told_where_nobody_watches(service):
    this = service()
    with pytest.raises(TimeoutError):
        this.daemon.wait_for_state("WATCHDOG=1", timeout=0.5)


def test_ping_tells_a_daemon_that_answers_from_all_else(service, tmp_path):
    this = service()
    done = ping(this.daemon.socket)
    assert (done.returncode, done.stdout) == (0, f"{this.daemon.socket}: answers\n")
    assert this.daemon.decisions() == []
    assert this.daemon.stop() == 0
    done = ping(this.daemon.socket)
    assert (done.returncode, done.stdout) == (69, "") and "No such file" in done.stderr

    deaf = f"unix:{tmp_path}/deaf.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(deaf.removeprefix("unix:"))
        assert ping(deaf).returncode == 69  # bound, and nobody listens
        listener.listen()
        done = ping(deaf)
        assert done.returncode == 69 and "timed out" in done.stderr
    assert ping("inet:1@127.0.0.1").returncode == 69
    assert ping("nonsense").returncode == 69


def test_ping_tells_a_milter_from_another_server(tmp_path):
    spec = f"unix:{tmp_path}/other.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(spec.removeprefix("unix:"))
        listener.listen()
        ask = subprocess.Popen([program("tenantctl"), "ping", "--config", "/dev/null", "--socket",
                                spec], stderr=subprocess.PIPE, text=True)
        with listener.accept()[0] as connection:
            connection.sendall(b"220 relay.example ESMTP\r\n")
            _, said = ask.communicate(timeout=30)
    assert ask.returncode == 69 and "no milter" in said
