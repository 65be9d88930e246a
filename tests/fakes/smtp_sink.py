# SPDX-License-Identifier: BSD-2-Clause
"""The outside world: an SMTP server on loopback that takes and keeps every message."""
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Delivered:
    """One message as it arrived."""
    sender: str
    recipients: list = field(default_factory=list)
    content: bytes = b""

    def header(self):
        """Its lines."""
        head = self.content.split(b"\r\n\r\n")[0]
        return head.decode("utf-8", "surrogateescape").split("\r\n")

    def results(self):
        """The fields that the filter adds and removes."""
        return [line for line in self.header()
                if line.lower().startswith(("authentication-results:", "x-tenant-milter-"))]


class _Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        message = None
        self.say("220 sink.example ESMTP")
        for raw in self.rfile:
            line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            verb = line[:4].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb == "MAIL":
                message = Delivered(line.split("<", 1)[1].split(">", 1)[0])
            elif verb == "RCPT":
                message.recipients.append(line.split("<", 1)[1].split(">", 1)[0])
            elif verb == "DATA":
                self.say("354 go on")
                self.server.owner.keep(message, self.content())
            self.say("250 sink.example")

    def content(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class SmtpSink:
    """`messages` are what has arrived; wait_for(n) waits until that many have."""

    def __init__(self):
        self.messages = []
        self._arrived = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.owner = self
        self.port = self._server.server_address[1]

    def keep(self, message, content):
        message.content = content
        with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()

    def wait_for(self, count, timeout=60):
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self.messages) >= count, timeout)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05},
                         daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
