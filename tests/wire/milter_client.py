# SPDX-License-Identifier: BSD-2-Clause
"""The MTA's side of a milter conversation, as Postfix 3.7 holds it.

`Session` has one method a command and holds the filter to what it agreed to: a reply
or an edit that was not agreed on is a ProtocolError. `send_message` plays one whole
message and gives its Outcome: the reply, and the header that the next hop would see.
"""
import contextlib
import ipaddress
import re
import struct
import time
from dataclasses import dataclass, field

from milter_wire import (ALL_ACTIONS, ALL_STEPS, MAX_BODY_CHUNK, PROGRESS, REPLIES, EDITS, STAGES,
                         STAGE_OF_MACRO_LIST, VERSION, Action, Packets, ProtocolError, Step,
                         read_edit, strings)

# What Postfix sends where the filter asks for no list of its own.
DEFAULT_MACROS = {
    "connect": ["j", "{daemon_name}", "{daemon_addr}", "v", "_"],
    "helo": ["{tls_version}", "{cipher}", "{cipher_bits}", "{cert_subject}", "{cert_issuer}"],
    "mail": ["i", "{auth_type}", "{auth_authen}", "{auth_author}", "{mail_addr}", "{mail_host}",
             "{mail_mailer}"],
    "rcpt": ["i", "{rcpt_addr}", "{rcpt_host}", "{rcpt_mailer}"],
    "data": ["i"], "eoh": ["i"], "eom": ["i"],
}
POSTFIX = {"v": "Postfix 3.7.11", "j": "relay.example", "{daemon_name}": "smtpd"}


@dataclass
class Reply:
    """How the filter answered one command; kind "none" where it promised no answer."""
    kind: str
    code: int = 0
    text: str = ""

    @property
    def goes_on(self):
        return self.kind in ("none", "continue", "skip")


def read_reply(command, payload):
    kind = REPLIES.get(command)
    if kind is None:
        raise ProtocolError(f"{command!r} is no reply to this command")
    if kind == "reject":
        return Reply(kind, 550, "5.7.1 Command rejected")
    if kind == "tempfail":
        return Reply(kind, 451, "4.7.1 Service unavailable - try again later")
    if kind != "replycode":
        return Reply(kind)
    line = strings(payload)[0]
    if line[:3].isdigit() and line[0] in "45" and line[3:4] == " ":
        return Reply(kind, int(line[:3]), formatted(line[4:]))
    raise ProtocolError(f"no SMTP reply: {line!r}")


def formatted(text):
    """A reply as the MTA's formatting leaves it: "%%" is "%", anything else a fault."""
    if "%" in text.replace("%%", ""):
        raise ProtocolError(f"a lone % in a reply: {text!r}")
    return text.replace("%%", "%")


class Session:
    """One milter conversation; `macros` are what the MTA knows now and may be changed
    between commands."""

    def __init__(self, address, actions=ALL_ACTIONS, steps=ALL_STEPS, timeout=60, macros=()):
        self.macros = {**POSTFIX, **dict(macros)}
        self.macro_lists = dict(DEFAULT_MACROS)
        self.edits = []
        self.progress = 0
        self._packets = Packets(address, timeout)
        self._negotiate(actions, steps)

    def _negotiate(self, actions, steps):
        self._packets.write(b"O", struct.pack(">III", VERSION, actions, steps))
        command, payload = self._packets.read()
        if command != b"O":
            raise ProtocolError(f"negotiation was answered by {command!r}")
        self.version, agreed, agreed_steps = struct.unpack(">III", payload[:12])
        if agreed & ~actions or agreed_steps & ~steps or self.version > VERSION:
            raise ProtocolError("the filter wants what was not offered")
        self.actions, self.steps = Action(agreed), Step(agreed_steps)
        rest = payload[12:]
        while rest:
            stage = STAGE_OF_MACRO_LIST[struct.unpack(">I", rest[:4])[0]]
            names, _, rest = rest[4:].partition(b"\0")
            self.macro_lists[stage] = names.decode("ascii").replace(",", " ").split()

    def _command(self, stage, payload=b"", wait=True):
        """Sends macros and command; the reply, or none where none was promised."""
        command, skipped_by, unanswered_by, _ = STAGES[stage]
        if self.steps & skipped_by:
            return Reply("none")
        if stage in self.macro_lists:
            known = [(name, self.macros[name]) for name in self.macro_lists[stage]
                     if self.macros.get(name)]
            self._packets.write(b"D", command + b"".join(
                _string(text) for pair in known for text in pair))
        self._packets.write(command, payload)
        if self.steps & unanswered_by:
            return Reply("none")
        return self.reply(stage) if wait else None

    def reply(self, stage):
        """The reply to a command that was sent; progress and edits come before it."""
        while True:
            command, payload = self._packets.read()
            if command == PROGRESS:
                self.progress += 1
            elif command in EDITS and stage == "eom":
                self.edits.append(self._as_it_stands(read_edit(command, payload, self.actions)))
            else:
                return read_reply(command, payload)

    def connect(self, client="40.107.1.1", name=None, port=25000):
        address = ipaddress.ip_address(client)
        family = b"4" if address.version == 4 else b"6"
        text = client if address.version == 4 else "IPv6:" + client
        name = name or f"[{client}]"
        self.macros.update({"_": f"{name} [{client}]", "{client_addr}": client})
        return self._command("connect", _string(name) + family + struct.pack(">H", port)
                             + _string(text))

    def connect_without_address(self, name="localhost"):
        return self._command("connect", _string(name) + b"U")

    def helo(self, name="mail.example"):
        return self._command("helo", _string(name))

    def mail(self, sender, *parameters):
        return self._command("mail", b"".join(map(_string, (f"<{sender}>", *parameters))))

    def rcpt(self, recipient, *parameters):
        return self._command("rcpt", b"".join(map(_string, (f"<{recipient}>", *parameters))))

    def _as_it_stands(self, edit):
        """An MTA without HDR_LEADSPC puts a space before a new field's value."""
        if edit[0] == "insheader" and not self.steps & Step.HDR_LEADSPC:
            return (*edit[:-1], " " + edit[-1])
        return edit

    def data(self):
        return self._command("data")

    def unknown(self, line):
        return self._command("unknown", _string(line))

    def header(self, name, value):
        """A field; the value as it stands after the colon, its lines ended by LF."""
        if not self.steps & Step.HDR_LEADSPC:
            value = value.lstrip(" \t")
        return self._command("header", _string(name) + _string(value))

    def end_of_headers(self):
        return self._command("eoh")

    def body(self, chunk):
        return self._command("body", chunk)

    def end_of_message(self):
        self.edits, self.progress = [], 0
        return self._command("eom")

    def start_end_of_message(self):
        """End of message without waiting for the answer: `reply("eom")` reads it."""
        self.edits, self.progress = [], 0
        self._command("eom", wait=False)
        self._packets.flush()

    def abort(self):
        self._packets.write(b"A")

    def quit_nc(self):
        """Ends the SMTP session; the next `connect` is another client."""
        self._packets.write(b"K")

    def close(self):
        self._packets.write(b"Q")
        self._packets.finish()

    def abandon(self):
        """Hangs up without a word, as an MTA that died; the filter may have gone first."""
        with contextlib.suppress(ProtocolError):
            self._packets.flush()
        self._packets.abandon()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
        else:
            self._packets.abandon()


def _string(text):
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    return text + b"\0"


@dataclass
class Outcome:
    """What became of one message."""
    stage: str  # of the deciding reply
    kind: str
    code: int
    text: str  # with the enhanced status code
    edits: list
    progress: int
    seconds: float
    sent: list  # the fields that were sent, (name, value)
    header: list = field(default_factory=list)  # ... as the next hop would see them

    @property
    def accepted(self):
        return self.kind in ("accept", "continue")

    @property
    def enhanced(self):
        return self.text.partition(" ")[0]

    @property
    def quarantined(self):
        return [edit[1] for edit in self.edits if edit[0] == "quarantine"]

    def values(self, name):
        """The values that the next hop would see in fields of this name."""
        return [value.strip() for key, value in self.header if key.lower() == name.lower()]


def split(content):
    """A message's fields, as Postfix hands them to a filter, and its body."""
    head, _, body = content.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    text = [one.replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape").partition(":")
            for one in fields if one]
    return [(name.rstrip(" \t"), value) for name, _, value in text], body


def send_message(session, content, sender="alice@contoso.com", recipients=("bob@example.net",),
                 queue_id="4ABCDE1", rcpt_mailer="smtp"):
    """Plays MAIL to end of message; `content` is bytes, or (fields, body); a recipient is an
    address, or (address, transport)."""
    fields, body = split(content) if isinstance(content, bytes) else content
    began = time.monotonic()
    session.macros.pop("i", None)
    stage, reply = _play(session, fields, body, sender, recipients, queue_id, rcpt_mailer)
    session.macros.pop("i", None)
    outcome = Outcome(stage, reply.kind, reply.code, reply.text, [], 0,
                      time.monotonic() - began, fields, fields)
    if stage == "eom":
        outcome.edits, outcome.progress = session.edits, session.progress
        if reply.kind in ("accept", "continue"):
            outcome.header = edited(fields, outcome.edits)
    else:
        session.abort()
    return outcome


def _play(session, fields, body, sender, recipients, queue_id, rcpt_mailer):
    """Sends command by command until a reply ends the message: its stage and reply."""
    def commands():
        yield "mail", lambda: session.mail(sender)
        for recipient in recipients:
            recipient, mailer = recipient if isinstance(recipient, tuple) else (recipient, rcpt_mailer)
            session.macros.update({"{rcpt_addr}": recipient, "{rcpt_mailer}": mailer,
                                   "{rcpt_host}": recipient.rpartition("@")[2]})
            yield "rcpt", lambda: session.rcpt(recipient)
            session.macros["i"] = queue_id  # Postfix has it after the first recipient
        yield "data", session.data
        for name, value in fields:
            yield "header", lambda: session.header(name, value)
        yield "eoh", session.end_of_headers
        for start in range(0, len(body), MAX_BODY_CHUNK):
            if skipping:
                break
            yield "body", lambda: session.body(body[start:start + MAX_BODY_CHUNK])

    skipping = False
    for stage, command in commands():
        reply = command()
        if not reply.goes_on:
            return stage, reply
        skipping = reply.kind == "skip"
    return "eom", session.end_of_message()


def edited(fields, edits, renumber=True):
    """The header after the edits. Fields of one name, case aside, are numbered from 1;
    after a removal Postfix counts what is left, Sendmail what was there (renumber)."""
    rows = [[name, value, True] for name, value in fields]
    for kind, *rest in edits:
        if kind == "addheader":
            rows.append([*rest, True])
        elif kind == "insheader":
            rows.insert(min(rest[0], len(rows)), [*rest[1:], True])
        elif kind == "chgheader":
            _change(rows, rest[0], rest[1], rest[2], renumber)
    return [(name, value) for name, value, is_there in rows if is_there]


def _change(rows, index, name, value, renumber):
    named = [row for row in rows if row[0].lower() == name.lower() and (row[2] or not renumber)]
    if max(index, 1) <= len(named):
        row = named[max(index, 1) - 1]
        row[1], row[2] = value, value != ""
    elif value:
        rows.append([name, value, True])
