# SPDX-License-Identifier: BSD-2-Clause
"""The filters that are compared, each a process of its own in a directory of its own.

Each is started by a context manager that gives a Filter once its socket answers, and is
ended by its process id. Nothing of the machine's own configuration is read.
"""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fakes"))

from daemon import Daemon, program  # noqa: E402

NOTHING, OPENDKIM, RSPAMD, OURS = "nothing", "OpenDKIM", "rspamd", "tenant-milter"
PATIENCE = 180  # seconds, to start or to reload
MANY_CONNECTIONS = 4000  # those that have just been left count for a while
# What the fields say that a filter adds to a legitimate message: that it has verified.
PROOF = {NOTHING: [], OPENDKIM: ["dkim=pass"], RSPAMD: ["dkim=pass", "spf=pass", "dmarc=pass"],
         OURS: ["dkim=pass", "spf=pass"]}


class Filter:
    """A running filter: its processes and its socket."""

    def __init__(self, name, process, path, daemon=None):
        self.name, self.process, self.path, self.daemon = name, process, path, daemon
        self.refuses = name == OURS

    def pids(self):
        """The process and all below it."""
        found = [self.process.pid]
        for pid in found:
            for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text("ascii").split())
        return found

    def cpu(self):
        """Seconds of CPU so far, of every thread that is or was, by the kernel's clock of the
        process (clock_getcpuclockid(3) makes its number this way)."""
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in self.pids())

    def tidy(self):
        """The decision log is emptied: it takes two kilobytes a message."""
        if self.daemon is not None and self.daemon.decision_log.exists():
            os.truncate(self.daemon.decision_log, 0)

    def resident(self):
        """Octets of memory that are resident and its own."""
        pages = sum(int(pathlib.Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
                    for pid in self.pids())
        return pages * os.sysconf("SC_PAGE_SIZE")


def installed(name):
    """Where a peer's program is, None where it is not installed."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")


def answers(path):
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def started(name, words, path, directory):
    """The filter of a command, from when its socket answers."""
    log = directory / "log"
    with log.open("wb") as out, subprocess.Popen(
            [str(word) for word in words], stdout=out, stderr=out, cwd=directory) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not answers(path):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{name} does not start: {log.read_text('utf-8')[-2000:]}")
                time.sleep(0.05)
            yield Filter(name, process, path)
        finally:
            process.terminate()
            process.wait(PATIENCE)


@contextlib.contextmanager
def resolver(zone_file, delay_ms=0):
    """The port of a resolver that answers each question after so many milliseconds."""
    with subprocess.Popen([str(program("dns")), str(zone_file), str(delay_ms)],
                          stdout=subprocess.PIPE) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def nothing(directory):
    path = directory / "socket"
    return started(NOTHING, [program("nothing"), f"unix:{path}"], path, directory)


def opendkim(directory, port):
    """OpenDKIM as Debian builds it, verifying only."""
    path, config = directory / "socket", directory / "opendkim.conf"
    config.write_text(f"Mode v\nSocket local:{path}\nNameservers 127.0.0.1@{port}\nSyslog no\n"
                      "AuthservID relay.example\nBackground no\nAutoRestart no\n"
                      f"TemporaryDirectory {directory}\n", encoding="ascii")
    return started(OPENDKIM, [installed("opendkim"), "-f", "-x", config], path, directory)


RSPAMD_CONFIG = """\
lua = "{directory}/no-rules.lua";
options {{
  pidfile = "{directory}/rspamd.pid";
  filters = "dkim";
  dns {{ nameserver = ["127.0.0.1:{port}:1"]; timeout = 5s; retransmits = 2; }}
  local_addrs = ["127.0.0.0/8"];
  cache_file = "{directory}/symbols.cache";
  hs_cache_dir = "{directory}";
  url_tld = "{directory}/domains";
}}
logging {{ type = "console"; level = "error"; }}
metric {{ name = "default"; actions {{ reject = 1000; }} }}
dkim {{ dkim_cache_size = 20000; time_jitter = 6h; }}
spf {{ spf_cache_size = 20000; }}
dmarc {{ }}
milter_headers {{ use = ["authentication-results"]; skip_local = false; }}
modules {{ path = "$PLUGINSDIR/spf.lua"; path = "$PLUGINSDIR/dmarc.lua";
  path = "$PLUGINSDIR/milter_headers.lua"; }}
worker "rspamd_proxy" {{
  bind_socket = "{directory}/socket mode=0600";
  milter = true;
  timeout = 120s;
  count = {workers};
  upstream "local" {{ default = true; self_scan = true; }}
}}
"""


def rspamd(directory, port):
    """rspamd with SPF, DKIM and DMARC alone, scanning within its milter workers. Its list of
    9,628 public suffixes is left out: to compile it takes ten seconds at each start."""
    config = directory / "rspamd.conf"
    (directory / "no-rules.lua").touch()
    (directory / "domains").write_text("com\nexample\nnet\n", encoding="ascii")
    config.write_text(RSPAMD_CONFIG.format(directory=directory, port=port,
                                           workers=os.cpu_count()), encoding="ascii")
    words = [installed("rspamd"), "-f", "-c", config, "--var", f"DBDIR={directory}"]
    if os.geteuid() == 0:
        words.append("--insecure")  # there is no need for another user here
    return started(RSPAMD, words, directory / "socket", directory)


@contextlib.contextmanager
def ours(directory, port, policy):
    """The daemon with SPF, DKIM, Authentication-Results and a decision log; as quiet about
    its service as the peers are."""
    flags = [f"--max-connections={MANY_CONNECTIONS}", "--auth-results=full",
             "--log-level=warning"]
    with Daemon(directory, policy, port, flags, patience=PATIENCE) as daemon:
        yield Filter(OURS, daemon.process, directory / "milter.sock", daemon)
