# SPDX-License-Identifier: BSD-2-Clause
"""A filter that lets everything pass and keeps the macros that the MTA gives it.

It asks for those of `asked`, stage by stage, and leaves the MTA its own list where it
asks for none. Protocol: tests/wire/milter_wire.py.
"""
import socketserver
import struct
import threading

from milter_wire import STAGES, VERSION, Action, Step, strings

STAGE_OF_COMMAND = {row[0]: name for name, row in STAGES.items()}
NO_REPLY = (b"D", b"A", b"K")  # macros, abort, a connection's end with another to come
QUIT = b"Q"


def negotiation(asked):
    """What the filter wants: macros, and to be asked at every stage."""
    actions = Action.SETSYMLIST if asked else Action(0)
    lists = b"".join(struct.pack(">I", STAGES[stage][3]) + names.encode() + b"\0"
                     for stage, names in asked.items())
    return struct.pack(">III", VERSION, actions, Step(0)) + lists


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        while length := self.rfile.read(4):
            packet = self.rfile.read(struct.unpack(">I", length)[0])
            command, payload = packet[:1], packet[1:]
            if command == QUIT:
                return
            if command == b"D":
                self._keep(payload)
            if command not in NO_REPLY:
                self._reply(command)

    def _keep(self, payload):
        pairs = strings(payload[1:])
        self.server.macros[STAGE_OF_COMMAND[payload[:1]]] = dict(zip(pairs[::2], pairs[1::2]))

    def _reply(self, command):
        reply = b"O" + negotiation(self.server.asked) if command == b"O" else b"c"
        self.wfile.write(struct.pack(">I", len(reply)) + reply)


class MacroMilter(socketserver.ThreadingUnixStreamServer):
    """`macros` are the last ones given, by stage."""
    daemon_threads = True

    def __init__(self, directory, asked=()):
        self.asked = dict(asked)
        self.macros = {}
        self.socket_spec = f"unix:{directory}/macros.sock"
        super().__init__(f"{directory}/macros.sock", _Conversation)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05},
                         daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
