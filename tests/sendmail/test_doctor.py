# SPDX-License-Identifier: BSD-2-Clause
"""What tenantctl doctor finds in a sendmail.cf, and that its own lines mend it."""
import dataclasses
import re
import shutil
import subprocess

import pytest

import messages
from conftest import directory
from daemon import Daemon, program
from doctor import report_of
from sendmail import FILTER_FLAGS, Sendmail

SIGNER = "INPUT_MAIL_FILTER(`opendkim', `S=inet:8892@127.0.0.1, F=T')dnl\n"
OTHER = "INPUT_MAIL_FILTER(`virus', `S=unix:/run/virus/virus.sock, F=T')dnl\n"


class Host:
    """Sendmail's files, made by m4, and a filter that runs."""

    def __init__(self, root, conf="", change=lambda cf: cf, **configuration):
        self.root = root
        self.conf = root / "tenant-milter.conf"
        self.conf.write_text(f"socket = unix:{root}/milter.sock\npolicy = {root}/policy.toml\n"
                             f"nameserver = 127.0.0.1\n{conf}", encoding="ascii")
        self.filter = Daemon(root, messages.POLICY, user="nobody")
        self.sendmail = Sendmail(root, self.filter.socket, 25, **configuration)
        self.sendmail.configure()
        self.cf = root / "etc/sendmail.cf"
        self.cf.write_text(change(self.cf.read_text("ascii")), encoding="ascii")

    def doctor(self, *words):
        return subprocess.run([program("tenantctl"), "doctor", "-c", self.conf, "--sendmail-cf",
                               self.cf, *words], capture_output=True, text=True, check=False)

    def report(self):
        return report_of(self.doctor("--json"))

    def number_of(self, line):
        """Of the first line that begins so."""
        return next(at for at, one in enumerate(self.lines(), 1) if one.startswith(line))

    def lines(self):
        """Rules have control characters in them, which end no line."""
        return self.cf.read_text("ascii").split("\n")

    def apply(self, finding):
        place, _, number = finding["where"].rpartition(":")
        lines = self.lines()
        if place == str(self.cf):
            lines[int(number) - 1] = finding["right"]
        else:
            lines.insert(-1, finding["right"])
        self.cf.write_text("\n".join(lines), encoding="ascii")


@pytest.fixture
def host():
    """Makes one host: host(conf=..., mc="...", filter_flags="...", change=function of the .cf)."""
    with directory() as root:
        made = []

        def make(**configuration):
            made.append(Host(root, **configuration))
            return made[-1]

        yield make
        for one in made:
            one.filter.stop()


def without(pattern):
    """A .cf without the lines that match."""
    return lambda cf: re.sub(f"^{pattern}.*\n", "", cf, flags=re.MULTILINE)


def listener(**fields):
    """A .cf whose listener has these fields too."""
    more = "".join(f", {name}={value}" for name, value in fields.items())
    return lambda cf: re.sub("^(O DaemonPortOptions=.*)$", rf"\1{more}", cf, flags=re.MULTILINE)


def public(cf):
    """A .cf whose listener takes mail from everywhere."""
    return cf.replace(", Addr=127.0.0.1", "")


CHILDREN = "define(`confMAX_DAEMON_CHILDREN', `40')dnl\n"


@pytest.mark.parametrize("configuration", [
    {},
    {"mc": OTHER + CHILDREN},
    {"filter_flags": "F=T"},
    {"filter_flags": "F=4, T=C:5m;R:1m30s;E:10m", "conf": "dns-budget = 300\n"},
    {"conf": "scope = daemon:OUT\n", "daemon_name": "OUT"},
    {"change": lambda cf: public(listener(InputFilters="virus;tenant-milter")(cf)), "mc": OTHER},
    {"change": lambda cf: public(listener(I="virus")(cf)) +
     "O DaemonPortOptions=N=OUT, A=192.0.2.1\n", "mc": OTHER, "conf": "scope = daemon:OUT\n"},
    {"change": lambda cf: re.sub("^O InputMailFilters=.*", "O InputMailFilters=virus; tenant-milter",
                                 cf, flags=re.MULTILINE), "mc": OTHER},
    # Attached to one listener alone.
    {"change": lambda cf: re.sub("^O InputMailFilters=.*", "O DaemonPortOptions=N=OUT, I=tenant-milter",
                                 cf, flags=re.MULTILINE)},
    # A line that goes on.
    {"change": lambda cf: cf.replace("sock, F=T, T=", "sock,\n\tF=T,\n\tT=")},
])
def test_nothing_is_said_of_what_is_right(host, configuration):
    if configuration.get("filter_flags") == "F=T":  # R:10s: see below
        configuration = {**configuration, "conf": "dns-budget = 5\n"}
    report = host(**configuration).report()
    assert report["findings"] == [] and report["mta"] == "sendmail"
    assert report["looked_at"]


@dataclasses.dataclass
class Planted:
    """One thing wrong. The line is found by how it begins; None is no line at all."""
    name: str
    line: str
    wrong: str
    right: str
    configuration: dict
    severity: str = "error"


X = "Xtenant-milter, S=unix:{root}/milter.sock"
LISTENER = "O DaemonPortOptions=Name={daemon}, Family=inet, {address}Port={port}"
PLANTED = [
    Planted("filter-not-attached", None, "", f"{X}, {FILTER_FLAGS}",
            {"change": without("Xtenant-milter")}),
    Planted("filter-not-attached", "Xtenant-milter", f"Xtenant-milter, S=unix:/x, {FILTER_FLAGS}",
            f"{X}, {FILTER_FLAGS}",
            {"change": lambda cf: re.sub("S=unix:[^,]*", "S=unix:/x", cf)}),
    Planted("filter-not-attached", "O InputMailFilters", "O InputMailFilters=virus",
            "O InputMailFilters=tenant-milter, virus",
            {"change": lambda cf: cf.replace("O InputMailFilters=tenant-milter, virus",
                                             "O InputMailFilters=virus"), "mc": OTHER}),
    Planted("passes-when-filter-fails", "Xtenant-milter", f"{X}, T=S:30s;R:60s;E:5m",
            f"{X}, T=S:30s;R:60s;E:5m, F=T", {"filter_flags": "T=S:30s;R:60s;E:5m"}),
    Planted("loses-mail-when-filter-fails", "Xtenant-milter", f"{X}, F=R, T=S:30s;R:60s;E:5m",
            f"{X}, F=T, T=S:30s;R:60s;E:5m", {"filter_flags": "F=R, T=S:30s;R:60s;E:5m"}, "warning"),
    Planted("reply-limit-too-short", "Xtenant-milter", f"{X}, F=T, T=R:5s",
            f"{X}, F=T, T=R:60s", {"filter_flags": "F=T, T=R:5s"}),
    Planted("reply-limit-short", "Xtenant-milter", f"{X}, F=T", f"{X}, F=T, T=S:30s;E:5m;R:60s",
            {"filter_flags": "F=T"}, "warning"),
    Planted("message-limit-short", "Xtenant-milter", f"{X}, F=T, T=R:60s;E:20s",
            f"{X}, F=T, T=R:60s;E:300s", {"filter_flags": "F=T, T=R:60s;E:20s"}),
    Planted("signer-before-filter", "O InputMailFilters",
            "O InputMailFilters=virus, opendkim, tenant-milter",
            "O InputMailFilters=virus, tenant-milter, opendkim",
            {"mc": OTHER + SIGNER, "change": lambda cf: re.sub(
                "^O InputMailFilters=.*$", "O InputMailFilters=virus, opendkim, tenant-milter", cf,
                flags=re.MULTILINE)}),
    Planted("signer-before-filter", "O DaemonPortOptions",
            f"{LISTENER}, InputFilters=opendkim;tenant-milter",
            f"{LISTENER}, InputFilters=tenant-milter;opendkim",
            {"mc": SIGNER, "change": listener(InputFilters="opendkim;tenant-milter")}),
    Planted("listener-without-filter", "O DaemonPortOptions", f"{LISTENER}, InputFilters=virus",
            f"{LISTENER}, InputFilters=tenant-milter;virus",
            {"mc": OTHER, "change": lambda cf: public(listener(InputFilters="virus")(cf))}),
    Planted("listener-without-filter", "O DaemonPortOptions", LISTENER,
            f"{LISTENER}, InputFilters=tenant-milter",
            {"conf": "scope = daemon:MTA\n", "change": lambda cf: public(re.sub(
                "^O InputMailFilters=.*", "O DaemonPortOptions=N=OUT, I=tenant-milter", cf,
                flags=re.MULTILINE))}),
    Planted("reinjection-without-filter", "O DaemonPortOptions", f"{LISTENER}, InputFilters=virus",
            f"{LISTENER}, InputFilters=tenant-milter;virus",
            {"mc": OTHER, "change": listener(InputFilters="virus")}, "warning"),
    Planted("scope-name-unknown", "O DaemonPortOptions", LISTENER,
            LISTENER.replace("{daemon}", "OUT"), {"conf": "scope = daemon:OUT\n"}),
    Planted("nocanonify-missing", "R$* $| $* < @ $* > $*",
            "R$* $| $* < @ $* > $*\t\t$: $2 < @ $[ $3 $] > $4",
            "FEATURE(`nocanonify')dnl in sendmail.mc", {"mc": "undefine(`_NO_CANONIFY_')dnl\n"}),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.name)
def test_what_is_wrong_is_found_and_mended_by_the_right_line(host, planted):
    this = host(**planted.configuration)
    is_public = "Family=inet, Port=" in this.cf.read_text("ascii")
    place = str(this.cf) if planted.line is None else f"{this.cf}:{this.number_of(planted.line)}"
    names = {"root": this.root, "port": this.sendmail.port, "daemon": "MTA",
             "address": "" if is_public else "Addr=127.0.0.1, "}
    expected = {"name": planted.name, "severity": planted.severity, "where": place,
                "wrong": fill(planted.wrong, names), "right": fill(planted.right, names)}
    findings = this.report()["findings"]
    assert [{key: one[key] for key in expected} for one in findings] == [expected]
    if planted.name != "nocanonify-missing":  # this one is mended in the .mc
        this.apply(findings[0])
    else:
        this.sendmail.values["mc"] = ""
        this.sendmail.configure()
    assert this.report()["findings"] == []


def fill(text, names):
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def test_connections_and_children(host):
    this = host(mc=CHILDREN, conf="max-connections = 30\n")
    finding, = this.report()["findings"]
    assert (finding["name"], finding["severity"]) == ("max-connections-low", "warning")
    assert finding["where"] == f"{this.conf}: max-connections"
    assert (finding["wrong"], finding["right"]) == ("max-connections = 30", "max-connections = 40")


def test_a_directory_that_others_may_write(host):
    this = host()
    this.root.chmod(0o775)
    finding, = this.report()["findings"]
    assert (finding["name"], finding["where"]) == ("socket-directory-writable", str(this.root))
    assert finding["wrong"] == f"chmod 0775 {this.root}"
    subprocess.run(finding["right"].split(), check=True)
    assert this.report()["findings"] == []


def test_a_filter_that_does_not_run(host):
    this = host()
    assert this.filter.stop() == 0
    assert [one["name"] for one in this.report()["findings"]] == ["socket-silent"]


def test_what_can_t_be_looked_up_is_said(host):
    assert [one.split(":")[0] for one in host().report()["not_looked_at"]] == ["max-connections"]


def test_a_sendmail_that_works_is_right(relay):
    """What the other tests run, as doctor reads it from the place that it is told."""
    this = relay()
    conf = this.root / "doctor.conf"
    conf.write_text(f"socket = {this.filter.socket}\nnameserver = 127.0.0.1\n"
                    f"policy = {this.filter.policy}\n", encoding="ascii")
    shutil.copy(this.root / "etc/sendmail.cf", this.root / "copy.cf")
    done = subprocess.run([program("tenantctl"), "doctor", "-c", conf, "--sendmail-cf",
                           this.root / "copy.cf"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "") and "nothing to mend" in done.stdout
    assert this.send(messages.honest()).code == 250
