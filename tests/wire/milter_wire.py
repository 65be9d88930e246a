# SPDX-License-Identifier: BSD-2-Clause
"""The Sendmail milter protocol, version 6: its numbers, and packets on a socket.

Written from libmilter's mfdef.h and from what Postfix 3.7 sends. Knows nothing of
messages or of what a reply means.
"""
import enum
import socket
import struct

VERSION = 6
MAX_BODY_CHUNK = 65535
MAX_PACKET = 64 * 1024 * 1024  # of a filter that has gone mad


class Action(enum.IntFlag):
    """What a filter may do to a message (SMFIF_*)."""
    ADDHDRS = 0x001
    CHGBODY = 0x002
    ADDRCPT = 0x004
    DELRCPT = 0x008
    CHGHDRS = 0x010
    QUARANTINE = 0x020
    CHGFROM = 0x040
    ADDRCPT_PAR = 0x080
    SETSYMLIST = 0x100


class Step(enum.IntFlag):
    """What is not sent, not replied to, or allowed (SMFIP_*)."""
    NOCONNECT = 0x000001
    NOHELO = 0x000002
    NOMAIL = 0x000004
    NORCPT = 0x000008
    NOBODY = 0x000010
    NOHDRS = 0x000020
    NOEOH = 0x000040
    NR_HDR = 0x000080
    NOUNKNOWN = 0x000100
    NODATA = 0x000200
    SKIP = 0x000400
    RCPT_REJ = 0x000800
    NR_CONN = 0x001000
    NR_HELO = 0x002000
    NR_MAIL = 0x004000
    NR_RCPT = 0x008000
    NR_DATA = 0x010000
    NR_UNKN = 0x020000
    NR_EOH = 0x040000
    NR_BODY = 0x080000
    HDR_LEADSPC = 0x100000


ALL_ACTIONS = Action(0x1FF)
ALL_STEPS = Step(0x1FFFFF)
NO_REPLY_STEPS = (Step.NR_HDR | Step.NR_CONN | Step.NR_HELO | Step.NR_MAIL | Step.NR_RCPT
                  | Step.NR_DATA | Step.NR_UNKN | Step.NR_EOH | Step.NR_BODY)

# Stages: command byte, the flags that skip it or its reply, the number of its macro
# list in the negotiation (None: it has none).
STAGES = {
    "connect": (b"C", Step.NOCONNECT, Step.NR_CONN, 0),
    "helo": (b"H", Step.NOHELO, Step.NR_HELO, 1),
    "mail": (b"M", Step.NOMAIL, Step.NR_MAIL, 2),
    "rcpt": (b"R", Step.NORCPT, Step.NR_RCPT, 3),
    "data": (b"T", Step.NODATA, Step.NR_DATA, 4),
    "unknown": (b"U", Step.NOUNKNOWN, Step.NR_UNKN, None),
    "header": (b"L", Step.NOHDRS, Step.NR_HDR, None),
    "eoh": (b"N", Step.NOEOH, Step.NR_EOH, 6),
    "body": (b"B", Step.NOBODY, Step.NR_BODY, None),
    "eom": (b"E", Step(0), Step(0), 5),
}
STAGE_OF_MACRO_LIST = {row[3]: name for name, row in STAGES.items() if row[3] is not None}

REPLIES = {b"c": "continue", b"r": "reject", b"t": "tempfail", b"y": "replycode",
           b"a": "accept", b"d": "discard", b"s": "skip", b"f": "connection-failure",
           b"4": "shutdown"}
PROGRESS = b"p"
# Modifications: name, the action that must have been agreed on, and whether an index
# comes first.
EDITS = {b"h": ("addheader", Action.ADDHDRS, False),
         b"i": ("insheader", Action.ADDHDRS, True),
         b"m": ("chgheader", Action.CHGHDRS, True),
         b"q": ("quarantine", Action.QUARANTINE, False),
         b"+": ("addrcpt", Action.ADDRCPT, False),
         b"2": ("addrcpt-par", Action.ADDRCPT_PAR, False),
         b"-": ("delrcpt", Action.DELRCPT, False),
         b"e": ("chgfrom", Action.CHGFROM, False),
         b"b": ("replbody", Action.CHGBODY, False)}


class ProtocolError(Exception):
    """The filter broke the protocol, or hung up."""


def strings(payload):
    """The NUL-ended strings of a packet, as text byte for byte."""
    if not payload:
        return []
    if not payload.endswith(b"\0"):
        raise ProtocolError(f"a string without its end: {payload!r}")
    return [part.decode("utf-8", "surrogateescape") for part in payload[:-1].split(b"\0")]


def read_edit(command, payload, agreed):
    """A modification as a tuple: its name, the index where it has one, its strings."""
    name, needed, has_index = EDITS[command]
    if not agreed & needed:
        raise ProtocolError(f"{name} was not agreed on")
    if name == "replbody":
        return (name, payload)
    if not has_index:
        return (name, *strings(payload))
    return (name, struct.unpack(">I", payload[:4])[0], *strings(payload[4:]))


def open_socket(address, timeout):
    """A stream to `unix:PATH` or `inet:PORT@HOST`."""
    kind, _, rest = address.partition(":")
    if kind == "unix":
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(timeout)
        stream.connect(rest)
        return stream
    port, _, host = rest.partition("@")
    return socket.create_connection((host, int(port)), timeout)


class Packets:
    """Packets in both directions. What is written waits until something is read, as
    Postfix does it, so that commands without reply travel together."""

    def __init__(self, address, timeout):
        self._stream = open_socket(address, timeout)
        self._waiting = []
        self._input = self._stream.makefile("rb")

    def write(self, command, payload=b""):
        self._waiting += [struct.pack(">I", len(payload) + 1), command, payload]

    def flush(self):
        data, self._waiting = b"".join(self._waiting), []
        try:
            self._stream.sendall(data)
        except OSError as error:
            raise ProtocolError(f"the filter hung up: {error}") from None

    def read(self):
        """The next packet's command and payload."""
        self.flush()
        length = struct.unpack(">I", self._exactly(4))[0]
        if not 1 <= length <= MAX_PACKET:
            raise ProtocolError(f"a packet of {length} bytes")
        packet = self._exactly(length)
        return packet[:1], packet[1:]

    def _exactly(self, count):
        try:
            data = self._input.read(count)
        except OSError as error:
            raise ProtocolError(f"no reply: {error}") from None
        if len(data) < count:
            raise ProtocolError("the filter hung up")
        return data

    def finish(self):
        """Reads to the end, which must come without another packet."""
        self.flush()
        try:
            rest = self._input.read()
        except ConnectionResetError:
            rest = b""
        finally:
            self.abandon()
        if rest:
            raise ProtocolError(f"a reply that nobody asked for: {rest[:80]!r}")

    def abandon(self):
        self._input.close()
        self._stream.close()
