# SPDX-License-Identifier: BSD-2-Clause
"""A real unbound on loopback that serves DNSSEC-signed zones (ldns-signzone), unprivileged, in a
directory of its own. It validates nothing itself: whoever asks has to."""
import pathlib
import re
import socket
import subprocess

CONFIGURATION = """\
server:
  do-daemonize: no
  use-syslog: no
  verbosity: 1
  username: ""
  chroot: ""
  pidfile: ""
  directory: "{directory}"
  interface: 127.0.0.1@{port}
  module-config: "iterator"
  local-zone: "example." nodefault
remote-control:
  control-enable: no
"""
ZONE = """\
auth-zone:
  name: "{name}"
  zonefile: "{file}"
  for-upstream: yes
  for-downstream: no
  fallback-enabled: no
"""


def run(directory, *words):
    return subprocess.run([str(word) for word in words], cwd=directory, check=True,
                          capture_output=True, text=True).stdout


class SignedZone:
    """A zone of its own key; `text` has absolute names. `tamper` changes what was signed."""

    def __init__(self, directory, name, text, tamper=lambda signed: signed):
        self.name = name
        key = run(directory, "ldns-keygen", "-a", "ECDSAP256SHA256", "-k", name).strip()
        file = pathlib.Path(directory) / f"{name}.zone"
        file.write_text(f"{name}. 300 IN SOA ns.{name}. host.{name}. 1 3600 600 86400 60\n"
                        f"{name}. 300 IN NS ns.{name}.\nns.{name}. 300 IN A 127.0.0.1\n{text}")
        run(directory, "ldns-signzone", "-o", name, file, key)
        self.file = file.with_suffix(".zone.signed")
        self.file.write_text(tamper(self.file.read_text()))
        self.anchor = (pathlib.Path(directory) / f"{key}.key").read_text()


class PlainZone:
    """A zone without signatures."""

    def __init__(self, directory, name, text):
        self.name = name
        self.file = pathlib.Path(directory) / f"{name}.zone"
        self.file.write_text(f"{name}. 300 IN SOA ns.{name}. host.{name}. 1 3600 600 86400 60\n"
                             f"{name}. 300 IN NS ns.{name}.\n{text}")


def free_port():
    """One that is free for UDP and TCP just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        return udp.getsockname()[1]


class Unbound:
    """Started when the constructor returns; another port is tried where one was taken."""

    def __init__(self, directory, zones):
        self.directory = pathlib.Path(directory)
        for _ in range(10):
            self.port = free_port()
            if self._start(zones):
                return
        raise OSError(f"unbound does not start: {self.said}")

    def _start(self, zones):
        configuration = self.directory / "unbound.conf"
        configuration.write_text(
            CONFIGURATION.format(directory=self.directory, port=self.port)
            + "".join(ZONE.format(name=zone.name, file=zone.file) for zone in zones))
        self.process = subprocess.Popen(["/usr/sbin/unbound", "-d", "-c", configuration],
                                        stderr=subprocess.PIPE, text=True)
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if re.search(r"start of service", line):
                return True
        self.process.wait()
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=30)
