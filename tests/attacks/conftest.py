# SPDX-License-Identifier: BSD-2-Clause
"""The real daemon, once for each world of the catalogue."""
import contextlib
import pathlib
import sys
import tempfile

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "fakes"), str(TESTS / "wire")]

import catalogue  # noqa: E402
from daemon import Daemon  # noqa: E402
from dns_server import DnsServer  # noqa: E402


@pytest.fixture(scope="session")
def relay_of():
    """The daemon of a world, by name; all end well."""
    running = {}
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tm-")))

        def start(name):
            if name not in running:
                dns = stack.enter_context(DnsServer(catalogue.zone(name)))
                home = directory / name
                home.mkdir()
                world = catalogue.world(name)
                running[name] = Daemon(home, world["policy"], dns.port, world.get("flags", []))
                stack.callback(running[name].stop)
            return running[name]

        yield start
        for daemon in running.values():
            assert daemon.stop() == 0, daemon.log
            assert "internal fault" not in daemon.log
