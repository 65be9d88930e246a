# SPDX-License-Identifier: BSD-2-Clause
"""Every example of the pages is run, in a directory that stands for the host's own: what is
in /etc, /var and /run in the text is below it."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

import pages
import messages
from daemon import Daemon, program
from dns_server import DnsServer

HOST = {"/etc/tenant-milter": "etc", "/var/log/tenant-milter": "log", "/run/tenant-milter": "run",
        "/var/spool/postfix/tenant-milter": "spool"}
MAIN_CF = "compatibility_level = 3.6\nqueue_directory = {0}/spool\ndata_directory = {0}/data\n"
ATTACHED = "smtpd_milters = unix:{0}/run/tenant-milter.sock\nmilter_default_action = tempfail\n"


class Host:
    """The stand-in host: a configured filter that runs, its log, a message, Postfix's files."""

    def __init__(self, directory, stack):
        self.root = directory
        for name in [*HOST.values(), "bin", "postfix"]:
            (directory / name).mkdir()
        dns = stack.enter_context(
            DnsServer(messages.ZONE + messages.key().zone_line("contoso.com")))
        self._configure(dns.port)
        shutil.copy(self.root / "etc/policy.toml", self.root / "new.toml")
        self.write_message("message.eml", messages.honest())
        self.write_message("spoof.eml", messages.spoof())
        self._log_both()
        self.filter = stack.enter_context(Daemon(
            directory / "daemon", messages.POLICY, dns.port, ["--socket-group=postfix"],
            socket_spec=f"unix:{directory}/run/tenant-milter.sock"))

    def _configure(self, dns_port):
        (self.root / "daemon").mkdir()
        (self.root / "etc/policy.toml").write_text(messages.POLICY, encoding="ascii")
        self.conf = self.root / "etc/tenant-milter.conf"
        self.conf.write_text(
            f"socket = unix:{self.root}/run/tenant-milter.sock\n"
            f"policy = {self.root}/etc/policy.toml\nnameserver = 127.0.0.1@{dns_port}\n"
            f"decision-log = {self.root}/log/decisions.json\n",
            encoding="ascii")
        for name in ("tenantctl", "tenant-milter"):
            wrapper = self.root / "bin" / name
            wrapper.write_text(f'#!/bin/sh\nexec {program(name)} "$@" -c {self.conf}\n',
                               encoding="ascii")
            wrapper.chmod(0o755)
        (self.root / "postfix/main.cf").write_text(MAIN_CF.format(self.root), encoding="ascii")
        (self.root / "postfix/master.cf").write_text("smtp inet n - n - - smtpd\n", encoding="ascii")

    def attach(self):
        """Has Postfix ask the filter that runs."""
        with (self.root / "postfix/main.cf").open("a", encoding="ascii") as main_cf:
            main_cf.write(ATTACHED.format(self.root))

    def write_message(self, name, content):
        (self.root / name).write_bytes(content)

    def _log_both(self):
        lines = []
        for name in ("message.eml", "spoof.eml"):
            done = self.run(f"tenantctl check --client-ip 40.107.22.1 --mail-from alice@contoso.com "
                            f"--json {name}", check=False)
            lines.append({**json.loads(done.stdout), "queue_id": "4DkGx53Kmtz1"})
        (self.root / "log/decisions.json").write_text(
            "".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    def here(self, text):
        for path, name in HOST.items():
            text = text.replace(path, f"{self.root}/{name}")
        return text

    def environment(self):
        return {**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}:/usr/sbin:/sbin",
                "MAIL_CONFIG": f"{self.root}/postfix"}

    def run(self, script, check=True):
        return subprocess.run(["bash", "-euo", "pipefail", "-c", self.here(script)], text=True,
                              capture_output=True, check=check, cwd=self.root, timeout=60,
                              env=self.environment())


@pytest.fixture
def host():
    """Where Postfix's user may come, unlike in pytest's own directories."""
    with tempfile.TemporaryDirectory(prefix="tenant-milter-") as path, \
            contextlib.ExitStack() as stack:
        root = pathlib.Path(path)
        root.chmod(0o755)
        yield Host(root, stack)


def run_shell(host, text):
    host.attach()
    done = host.run(text, check=False)
    # "check" exits by its verdict.
    allowed = {0, 1} if text.startswith("tenantctl check") else {0}
    assert done.returncode in allowed, done.stderr
    assert done.stdout


def run_daemon(host, text):
    """It starts, answers and stops."""
    host.filter.stop()
    process = subprocess.Popen(["bash", "-c", "exec " + host.here(text)], cwd=host.root,
                               env=host.environment(), stderr=subprocess.PIPE)
    assert any(b"serves" in line for line in process.stderr)
    assert "answers" in host.run("tenantctl ping").stdout
    process.send_signal(signal.SIGTERM)
    process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 0


def run_policy(host, text):
    path = host.root / "example.toml"
    path.write_text(text, encoding="ascii")
    done = host.run(f"tenantctl policy check {path}", check=False)
    assert done.returncode == 0, done.stdout


def run_conf(host, text):
    text = host.here(text).replace("user = tenant-milter", "user = nobody")
    path = host.root / "example.conf"
    path.write_text(text + f"policy = {host.root}/etc/policy.toml\n", encoding="ascii")
    pages.check_policy("-c", path)


def run_main_cf(host, text):
    """Postfix knows every parameter, and takes what stands there."""
    with (host.root / "postfix/main.cf").open("a", encoding="ascii") as main_cf:
        main_cf.write(text)
    done = host.run("postconf -n")
    assert done.stderr == ""
    for line in text.splitlines():
        name = line.split("=")[0].strip()
        if name and not line.startswith((" ", "#")):
            assert f"{name} = " in done.stdout


def run_master_cf(host, text):
    with (host.root / "postfix/master.cf").open("a", encoding="ascii") as master_cf:
        master_cf.write(text)
    done = host.run("postconf -M && postconf -P")
    assert done.stderr == ""
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            assert line.split()[0] in done.stdout


def run_reply(host, text):
    """The reply to the spoof, word for word."""
    done = host.run("tenantctl check --client-ip 40.107.22.1 --mail-from alice@contoso.com "
                    "spoof.eml", check=False)
    assert f"reply: {text.strip()}\n" in done.stdout


def run_mc(host, text):
    """m4 makes of it the lines of sendmail.cf that it should."""
    base = pages.ROOT / "build/sendmail"
    subprocess.run([pages.ROOT / "tests/sendmail/unpack", base], check=True)
    (host.root / "example.mc").write_text(
        f"include(`{base}/usr/share/sendmail/cf/m4/cf.m4')dnl\nOSTYPE(`linux')dnl\n{text}"
        "MAILER(`smtp')dnl\n", encoding="ascii")
    done = host.run(f"m4 -D_CF_DIR_={base}/usr/share/sendmail/cf/ example.mc")
    assert done.stderr == ""
    for line in text.splitlines():
        if line.startswith("INPUT_MAIL_FILTER"):
            assert "InputMailFilters=tenant-milter" in done.stdout
    assert "Xtenant-milter, S=unix:" in done.stdout


RUNNERS = {"shell": run_shell, "daemon": run_daemon, "policy": run_policy, "conf": run_conf,
           "main.cf": run_main_cf, "master.cf": run_master_cf, "reply": run_reply,
           "mc": run_mc}


@pytest.mark.parametrize("example", pages.examples(),
                         ids=lambda one: f"{one.page}-{one.kind}")
def test_example(host, example):
    RUNNERS[example.kind](host, example.text)


def test_every_display_is_an_example():
    """No page shows what no test runs."""
    for name in pages.NAMES:
        displays = sum(line.startswith((".Bd", ".Dl")) for line in pages.source(name).splitlines())
        assert displays == sum(one.page == name for one in pages.examples()), name


def test_the_programs_that_the_examples_need_are_there():
    assert all(shutil.which(tool, path="/usr/bin:/usr/sbin:/bin:/sbin")
               for tool in ("jq", "mandoc", "postconf", "bash", "zsh"))
