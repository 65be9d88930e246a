# SPDX-License-Identifier: BSD-2-Clause
"""What disturbs a daemon while it serves others: reloads, rotated logs, MTAs that break off,
fall silent, talk nonsense, idle or flood. Nothing of it may change a verdict."""
import collections
import contextlib
import itertools
import os
import socket

import world
from milter_client import Session, split
from milter_wire import ProtocolError

TICK = 0.1  # seconds between two faults
FLOOD = 1000  # messages at a time
MOST_IDLE = 20
GARBAGE = (b"\0\0\0\0", b"\xff\xff\xff\xffX", b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x05Q",
           b"\0\0\0\x0dO\0\0\0\x06")
STAGES = ("connect", "mail", "rcpt", "header", "eoh", "body")


class Disturber:
    def __init__(self, daemon):
        self.daemon = daemon
        self.done = collections.Counter()
        self._idle = collections.deque()
        self._revisions = itertools.count(1)
        self._names = itertools.count()
        self._stages = itertools.cycle(STAGES)
        self._garbage = itertools.cycle(GARBAGE)
        self._content = split(world.kinds()[0].content)

    def run(self, ended):
        """One fault a tick, in turn, until it is ended."""
        faults = itertools.cycle((self.reload, self.break_off, self.fall_silent, self.rotate,
                                  self.talk_nonsense, self.idle, self.flood))
        while not ended.wait(TICK):
            fault = next(faults)
            fault()
            self.done[fault.__name__.replace("_", " ")] += 1
        while self._idle:
            self._idle.popleft().close()

    def reload(self):
        new = self.daemon.policy.with_suffix(".new")
        new.write_text(world.policies(next(self._revisions)), encoding="utf-8")
        os.replace(new, self.daemon.policy)
        self.daemon.reload()

    def rotate(self):
        """The log that was is deleted, so that a long soak fills no disk."""
        with contextlib.suppress(FileNotFoundError):
            self.daemon.decision_log.unlink()
        self.daemon.reload()

    def break_off(self):
        with contextlib.suppress(ProtocolError, OSError):
            session = Session(self.daemon.socket)
            self._begin(session, next(self._stages))
            session.abandon()

    def _begin(self, session, until):
        fields, body = self._content
        for stage, step in (("connect", session.connect),
                            ("mail", lambda: session.mail("alice@contoso.com")),
                            ("rcpt", lambda: session.rcpt("bob@example.net")),
                            ("header", lambda: [session.header(*field) for field in fields]),
                            ("eoh", session.end_of_headers),
                            ("body", lambda: session.body(body))):
            step()
            if stage == until:
                return

    def flood(self):
        """Names in MAIL FROM that DNS never answers, as fast as they can be said."""
        with contextlib.suppress(ProtocolError, OSError):
            session = Session(self.daemon.socket)
            session.connect()
            session.helo()
            for _ in range(FLOOD):
                session.mail(f"x@n{next(self._names)}.flood.example")
                session.rcpt("bob@example.net")
                session.abort()
            session.close()

    def fall_silent(self):
        self._keep(b"\0\0\0\x0dO\0\0\0\x06\0\0")

    def idle(self):
        self._keep(b"")

    def _keep(self, half):
        connection = self._connection(half)
        self._idle.append(connection)
        if len(self._idle) > MOST_IDLE:
            self._idle.popleft().close()

    def talk_nonsense(self):
        self._connection(next(self._garbage)).close()

    def _connection(self, said):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.daemon.socket.removeprefix("unix:"))
        with contextlib.suppress(OSError):
            connection.sendall(said)
        return connection
