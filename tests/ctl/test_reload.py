# SPDX-License-Identifier: BSD-2-Clause
"""--reload and policy status, with the daemon that serves the configured socket."""
import json
import os
import pathlib
import shutil
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
