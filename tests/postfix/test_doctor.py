# SPDX-License-Identifier: BSD-2-Clause
"""What tenantctl doctor finds in a Postfix's files, and that its own lines mend it."""
import contextlib
import dataclasses
import os
import pathlib
import pwd
import re
import shutil
import stat
import subprocess
import tempfile

import pytest

import messages
from daemon import Daemon, program
from doctor import report_of
from postfix import Postfix, free_port

CONF = """\
policy = {root}/policy.toml
nameserver = 127.0.0.1
"""
UNIX = "socket = unix:{root}/queue/tenant-milter/tenant-milter.sock\nsocket-group = postfix\n"
RELATIVE = "unix:tenant-milter/tenant-milter.sock"
CERTIFICATE = messages.POLICY + """
[platform.acme]
networks = ["198.51.100.0/24"]
client-certificate = "out.acme.example"
tenant-header = "X-Acme-Account"
"""


class Host:
    """A relay's files and its filter; nothing but the filter runs."""

    def __init__(self, root, stack, conf="", milter=RELATIVE, policy=messages.POLICY, socket=UNIX,
                 extra="", **configuration):
        self.root = root
        self.conf = root / "tenant-milter.conf"
        self.names = {"root": root, "inet": free_port()}
        self.conf.write_text((socket + CONF + conf).format(**self.names), encoding="ascii")
        self.policy = policy
        self.stack = stack
        (root / "queue/tenant-milter").mkdir(parents=True)
        extra = extra.replace("{inet}", str(self.names["inet"]))
        self.postfix = Postfix(root, milter, 25, extra=extra, **configuration)
        self.postfix.configure()
        self.filter = None
        self.run_filter()

    def run_filter(self):
        """The filter with what its configuration says now."""
        if self.filter is not None:
            self.filter.stop()
            (self.root / "notify.sock").unlink()
        said = re.search("^socket = (.*)$", self.conf.read_text("ascii"), re.MULTILINE)
        self.filter = self.stack.enter_context(
            Daemon(self.root, self.policy, socket_spec=said.group(1), user="nobody"))

    def doctor(self, *words):
        # Postfix reads a file again and again that is younger than a second.
        for path in self.postfix.etc.iterdir():
            os.utime(path, (0, 0))
        return subprocess.run([program("tenantctl"), "doctor", "-c", self.conf,
                               "--postfix-config", self.postfix.etc, *words],
                              capture_output=True, text=True, check=False)

    def report(self):
        return report_of(self.doctor("--json"))

    def findings(self):
        return self.report()["findings"]

    def apply(self, finding):
        """Puts the line that is right where the wrong one stands."""
        place, _, name = finding["where"].partition(": ")
        right = finding["right"]
        if place.endswith("main.cf"):
            self.postconf("-e", right)
        elif place.endswith("master.cf") and right.startswith("-o "):
            self.postconf("-P", f"{name}/{right.removeprefix('-o ')}")
        elif place.endswith("master.cf"):
            self.postconf("-M", f"{name}={right}")
        elif place.endswith(".conf"):
            self.configure(right)
        else:
            apply_mode(pathlib.Path(place), right)

    def configure(self, line):
        key = line.split(" = ")[0]
        lines = [one for one in self.conf.read_text("ascii").splitlines()
                 if not one.startswith(f"{key} = ")]
        self.conf.write_text("\n".join([*lines, line]) + "\n", encoding="ascii")
        if key.startswith("socket"):
            self.run_filter()

    def postconf(self, *words):
        subprocess.run(["postconf", "-c", self.postfix.etc, *words], check=True,
                       capture_output=True)


def apply_mode(path, right):
    """"drwxr-x--- root:postfix", as ls says it."""
    letters, owners = right.split()
    mode = sum(0o400 >> i for i, letter in enumerate(letters[1:]) if letter != "-")
    path.chmod(mode)
    shutil.chown(path, *owners.split(":"))
    assert stat.filemode(path.stat().st_mode) == letters


@pytest.fixture
def host():
    """Makes hosts: host(conf=..., extra="main.cf", services="master.cf", ...)."""
    with contextlib.ExitStack() as stack:
        def make(**configuration):
            root = pathlib.Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="tenant-milter-")))
            root.chmod(0o755)
            return Host(root, stack, **configuration)

        yield make


INET = "socket = inet:{inet}@127.0.0.1\n"


@pytest.mark.parametrize("configuration", [
    {},
    {"chroot": True},
    {"chroot": True, "milter": "unix:/tenant-milter/tenant-milter.sock"},
    {"milter": "unix:$queue_directory/tenant-milter/tenant-milter.sock"},
    {"milter": "{{ {0}, default_action=tempfail, command_timeout=60s }}".format(RELATIVE),
     "extra": "milter_default_action = accept\nmilter_command_timeout = 1s\n"},
    {"milter": f"{RELATIVE}, inet:localhost:8891"},
    {"socket": INET, "extra": "smtpd_milters = inet:localhost:{inet}\n"},
    {"extra": "smtpd_milters = inet:localhost:8892 $tenant_milter unix:/run/opendkim/o.sock\n"},
    {"extra": "milter_content_timeout = 1h\n", "conf": "dns-budget = 600\n"},
    # Inbound mail has a listener of its own: by name, or because main.cf has no filter.
    {"conf": "scope = daemon:OUTBOUND\n", "extra": "inet_interfaces = all\n",
     "services": "smtp inet n - n - - smtpd -o smtpd_milters=\n"
                 "submission inet n - n - - smtpd -o milter_macro_daemon_name=OUTBOUND\n"},
    {"extra": "inet_interfaces = all\nsmtpd_milters =\n",
     "services": "submission inet n - n - - smtpd -o smtpd_milters=$tenant_milter\n"},
    {"extra": "inet_interfaces = all\nsmtpd_milters =\nmua = $tenant_milter\n",
     "services": "submission inet n - n - - smtpd -o { smtpd_milters = inet:[::1]:8892 $mua }\n"},
    # Nothing passes to the service behind postscreen where there is none in front of it.
    {"services": "smtpd pass - - n - - smtpd -o smtpd_milters=\n"},
    {"policy": CERTIFICATE, "extra": "smtpd_tls_ask_ccert = yes\n"},
    {"extra": "default_process_limit = 500\n",
     "services": "submission inet n - n - 500 smtpd\n"},
])
def test_nothing_is_said_of_what_is_right(host, configuration):
    this = host(**configuration)
    report = this.report()
    assert report["findings"] == [] and report["mta"] == "postfix"
    assert report["looked_at"] and report["not_looked_at"] == []
    assert this.doctor().stdout.endswith("nothing to mend\n")


def test_a_postfix_that_works_is_right(relay):
    """The tests' own relay, wired as the README says; chrooted smtpd and the filter both run."""
    this = relay(chroot=True)
    conf = this.root / "doctor.conf"
    conf.write_text(f"socket = {this.filter.socket}\nnameserver = 127.0.0.1\n"
                    f"policy = {this.filter.policy}\n", encoding="ascii")
    done = subprocess.run([program("tenantctl"), "doctor", "-c", conf, "--postfix-config",
                           this.postfix.etc], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing to mend" in done.stdout and "answers" in done.stdout
    assert this.send(messages.honest()).code == 250


@dataclasses.dataclass
class Planted:
    """One thing wrong, and what is said of it; "{root}" and the like are filled in."""
    name: str
    where: str
    wrong: str
    right: str
    configuration: dict
    severity: str = "error"


def main_cf(name, parameter, wrong, right, severity="error", **configuration):
    """A parameter of main.cf that has the wrong value, planted unless it is the default."""
    configuration.setdefault("extra", f"{parameter} = {wrong}\n")
    return Planted(name, f"{{root}}/etc/main.cf: {parameter}", f"{parameter} = {wrong}",
                   f"{parameter} = {right}", configuration, severity)


def master_cf(name, service, wrong, right, severity="error", **configuration):
    return Planted(name, f"{{root}}/etc/master.cf: {service}", wrong, right, configuration, severity)


ALL = "inet_interfaces = all\n"
SUBMISSION = "submission inet n - n - - smtpd "
ATTACHED = f"-o smtpd_milters={RELATIVE}"
PLANTED = [
    main_cf("filter-not-attached", "smtpd_milters", "", RELATIVE),
    main_cf("filter-not-attached", "smtpd_milters", "unix:opendkim/opendkim.sock",
            f"{RELATIVE}, unix:opendkim/opendkim.sock"),
    main_cf("filter-not-attached", "smtpd_milters", "inet:127.0.0.1:8892",
            "inet:127.0.0.1:{inet}, inet:127.0.0.1:8892", socket=INET),
    master_cf("listener-without-filter", "submission/inet", "-o smtpd_milters=", ATTACHED,
              extra=ALL, services=SUBMISSION + "-o smtpd_milters=\n"),
    # Where it is main.cf's list that a parameter of the service's own empties.
    master_cf("listener-without-filter", "submission/inet", "-o smtpd_milters=", ATTACHED,
              extra=ALL + "mine = $tenant_milter\nsmtpd_milters = $mine\n",
              services=SUBMISSION + "-o mine=\n"),
    master_cf("listener-without-filter", "submission/inet",
              "-o smtpd_milters=inet:localhost:8892",
              f"-o smtpd_milters={RELATIVE},inet:localhost:8892", extra=ALL,
              services=SUBMISSION + "-o smtpd_milters=inet:localhost:8892\n"),
    master_cf("listener-without-filter", "submission/inet", "-o smtpd_milters=", ATTACHED,
              extra=ALL, conf="scope = daemon:OUTBOUND,OTHER\n",
              services=SUBMISSION + "-o smtpd_milters= -o milter_macro_daemon_name=OUTBOUND\n"
              "smtp inet n - n - - smtpd -o milter_macro_daemon_name=OTHER\n"),
    master_cf("listener-without-filter", "smtpd/pass", "-o smtpd_milters=", ATTACHED, extra=ALL,
              services="smtp inet n - n - 1 postscreen\n"
              "smtpd pass - - n - - smtpd -o smtpd_milters=\n"),
    master_cf("reinjection-without-filter", "[::1]:10025/inet", "-o smtpd_milters=", ATTACHED,
              "warning", services="[::1]:10025 inet n - n - - smtpd -o smtpd_milters=\n"),
    master_cf("reinjection-without-filter", "127.0.0.1:10025/inet",
              "-o receive_override_options=no_address_mappings,no_milters",
              "-o receive_override_options=no_address_mappings", "warning",
              services="127.0.0.1:10025 inet n - n - - smtpd "
              "-o receive_override_options=no_address_mappings,no_milters\n"),
    master_cf("milters-switched-off", "submission/inet",
              "-o receive_override_options=no_milters", "-o receive_override_options=",
              extra=ALL, services=SUBMISSION + "-o receive_override_options=no_milters\n"),
    master_cf("proxy-filter", "submission/inet", "-o smtpd_proxy_filter=127.0.0.1:10024",
              "-o smtpd_proxy_filter=",
              services=SUBMISSION + "-o smtpd_proxy_filter=127.0.0.1:10024\n"),
    main_cf("milter-maps", "smtpd_milter_maps", "cidr:{{ {{192.0.2.0/24 DISABLE}} }}", "", "warning",
            extra="smtpd_milter_maps = cidr:{ {192.0.2.0/24 DISABLE} }\n"),
    main_cf("socket-misaddressed", "smtpd_milters", "unix:/tenant-milter/tenant-milter.sock",
            RELATIVE),
    main_cf("socket-misaddressed", "smtpd_milters",
            "unix:$queue_directory/tenant-milter/tenant-milter.sock", RELATIVE, chroot=True),
    main_cf("socket-misaddressed", "smtpd_milters", "inet:{inet}@127.0.0.1", "inet:127.0.0.1:{inet}",
            socket=INET),
    master_cf("socket-outside-chroot", "127.0.0.1:{port}/inet",
              "127.0.0.1:{port} inet n - y - - smtpd", "127.0.0.1:{port} inet n - n - - smtpd",
              chroot=True, extra="smtpd_milters = unix:$root/tenant-milter.sock\n",
              socket="socket = unix:{root}/tenant-milter.sock\nsocket-group = postfix\n"),
    master_cf("socket-outside-chroot", "submission/inet",
              "submission inet n - y - 10 smtpd -v -o smtpd_tls_security_level=encrypt",
              "submission inet n - n - 10 smtpd -v -o smtpd_tls_security_level=encrypt",
              services="submission inet n - y - 10 smtpd -v\n"
              "  -o smtpd_tls_security_level=encrypt\n",
              extra="smtpd_milters = unix:$root/tenant-milter.sock\n",
              socket="socket = unix:{root}/tenant-milter.sock\nsocket-group = postfix\n"),
    main_cf("passes-when-filter-fails", "milter_default_action", "accept", "tempfail"),
    main_cf("passes-when-filter-fails", "smtpd_milters",
            "{{ $tenant_milter, default_action=accept }}, inet:localhost:8892",
            f"{{{{ {RELATIVE}, default_action=tempfail }}}}, inet:localhost:8892",
            extra="smtpd_milters = { $tenant_milter, default_action=accept }, inet:localhost:8892\n"),
    master_cf("passes-when-filter-fails", "submission/inet", "-o milter_default_action=accept",
              "-o milter_default_action=tempfail",
              services=SUBMISSION + "-o milter_default_action=accept\n"),
    main_cf("loses-mail-when-filter-fails", "milter_default_action", "reject", "tempfail",
            "warning"),
    main_cf("protocol-old", "milter_protocol", "2", "6", "warning"),
    main_cf("command-timeout-short", "milter_command_timeout", "10s", "30s", "warning"),
    main_cf("content-timeout-short", "milter_content_timeout", "20", "300s"),
    main_cf("content-timeout-short", "milter_content_timeout", "5m", "605s",
            conf="dns-budget = 600\n"),
    main_cf("signer-before-filter", "smtpd_milters", "unix:opendkim/o.sock, $tenant_milter",
            f"{RELATIVE}, unix:opendkim/o.sock"),
    main_cf("signer-before-filter", "smtpd_milters",
            "inet:localhost:8892, inet:rspamd.example:11332, $tenant_milter, inet:localhost:8893",
            f"inet:localhost:8892, {RELATIVE}, inet:rspamd.example:11332, inet:localhost:8893"),
    main_cf("non-smtpd-filter", "non_smtpd_milters", "$smtpd_milters", "", "warning"),
    master_cf("scope-name-unknown", "127.0.0.1:{port}/inet",
              "milter_macro_daemon_name = $myhostname", "-o milter_macro_daemon_name=OUTBOUND",
              conf="scope = daemon:OUTBOUND\n"),
    Planted("max-connections-low", "{root}/tenant-milter.conf: max-connections",
            "max-connections = 100", "max-connections = 150",
            {"conf": "max-connections = 100\n",
             "services": "submission inet n - n - 50 smtpd\n"}, "warning"),
    main_cf("certificate-not-asked", "smtpd_tls_ask_ccert", "no", "yes", policy=CERTIFICATE),
    Planted("resolver-not-trusted", "{root}/tenant-milter.conf: trust-anchor",
            "nameserver = 192.0.2.53", "trust-anchor = /usr/share/dns/root.key",
            {"conf": "nameserver = 192.0.2.53\n"}, "warning"),
    Planted("socket-unreachable", "{root}/tenant-milter.conf: socket-group",
            "socket-group = daemon", "socket-group = postfix",
            {"socket": UNIX.replace("postfix\n", "daemon\n")}),
    Planted("socket-unreachable", "{root}/tenant-milter.conf: socket-mode",
            "socket-mode = 0600", "socket-mode = 0660", {"conf": "socket-mode = 0600\n"}),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one.name}")
def test_what_is_wrong_is_found_and_mended_by_the_right_line(host, planted):
    this = host(**planted.configuration)
    filled = {name: getattr(planted, name).format(**this.names, port=this.postfix.port)
              for name in ("name", "severity", "where", "wrong", "right")}
    findings = this.findings()
    assert [{key: one[key] for key in filled} for one in findings] == [filled]
    assert findings[0]["why"].endswith(".")
    said = this.doctor().stdout
    assert all(filled[key] in said for key in filled) and "nothing to mend" not in said
    this.apply(findings[0])
    assert this.findings() == []


def test_a_directory_that_postfix_may_not_enter(host):
    this = host()
    directory = this.root / "queue/tenant-milter"
    directory.chmod(0o700)
    finding, = this.findings()
    assert (finding["name"], finding["where"]) == ("socket-unreachable", str(directory))
    assert finding["wrong"] == "drwx------ root:root"
    group = pwd.getpwnam("postfix").pw_name
    assert finding["right"] == f"drwx--x--- root:{group}"
    this.apply(finding)
    assert this.findings() == []


def test_a_filter_that_does_not_run(host):
    this = host()
    assert this.filter.stop() == 0
    report = this.report()
    finding, = report["findings"]
    assert (finding["name"], finding["where"]) == ("socket-silent", f"{this.conf}: socket")
    assert finding["wrong"].startswith(this.filter.socket)
    assert finding["right"] == f"{this.filter.socket}: answers"
    (this.root / "notify.sock").unlink()
    this.filter = None
    this.run_filter()
    assert this.findings() == []


def test_everything_wrong_at_once_is_told_once(host):
    this = host(extra=ALL + "milter_default_action = accept\nmilter_protocol = 2\n",
                services=SUBMISSION + "\nsmtps inet n - n - - smtpd\n")
    assert [one["name"] for one in this.findings()] == ["passes-when-filter-fails", "protocol-old"]
    assert this.doctor().returncode == 1
    this.postconf("-e", "milter_default_action = tempfail")
    assert this.doctor().returncode == 0


def test_what_can_t_be_looked_up_is_said(host):
    this = host(services="submission inet n - n - 0 smtpd\n", policy=messages.POLICY)
    this.filter.policy.write_text("version = 2\n", encoding="ascii")
    report = this.report()
    assert report["findings"] == []
    assert [one.split(":")[0] for one in report["not_looked_at"]] == [
        "max-connections", "client certificates"]


@pytest.mark.parametrize("words, code, text", [
    (["--postfix-config", "/nonexistent"], 66, "/nonexistent/main.cf"),
    (["--sendmail-cf", "/nonexistent/sendmail.cf"], 66, "/nonexistent/sendmail.cf"),
    (["--sendmail-cf", "/a", "--postfix-config", "/b"], 64, "expected one of them"),
    (["nonsense"], 64, "expected nothing")])
def test_what_can_t_be_examined(words, code, text):
    done = subprocess.run([program("tenantctl"), "doctor", "-c", "/dev/null", *words],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "") and text in done.stderr


def test_a_bad_configuration_of_the_daemon(tmp_path):
    conf = tmp_path / "tenant-milter.conf"
    conf.write_text("nonsense = 1\n", encoding="ascii")
    done = subprocess.run([program("tenantctl"), "doctor", "-c", conf], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 78 and "nonsense" in done.stderr
