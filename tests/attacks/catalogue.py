# SPDX-License-Identifier: BSD-2-Clause
"""The catalogue's cases and worlds, read and checked, and the messages that they make.
The format is README.md's."""
import functools
import pathlib
import re
import time

import yaml

import signing
from milter_client import split

HERE = pathlib.Path(__file__).resolve().parent
KINDS = ("attack", "legitimate")
KEYS = {"name", "source", "world", "client", "client-name", "helo", "mail", "rcpt", "macros",
        "header", "with", "add", "top", "body", "sign", "after", "before", "verdict", "reason",
        "reply", "identity", "action", "removed", "unjudged"}
AFTER_KEYS = {"with", "add", "top", "body"}
WORLD_KEYS = {"policy", "zone", "flags", "keys", "header", "body"}
VERDICTS = ("accept", "reject", "tempfail")


class Faulty(Exception):
    """A file of the catalogue is not as README.md says."""


def only(known, mapping, where):
    unknown = set(mapping) - known
    if unknown:
        raise Faulty(f"{where}: unknown keys {sorted(unknown)}")


@functools.lru_cache(maxsize=None)
def world(name):
    read = yaml.safe_load((HERE / "worlds" / f"{name}.yml").read_text("utf-8"))
    only(WORLD_KEYS, read, name)
    return read


def zone(name):
    """The zone text of a world, with the keys that it names."""
    text = world(name)["zone"]
    for entry in world(name).get("keys", []):
        text += zone_line(key(entry.get("key", "good")), **entry)
    return text


def zone_line(one, domain, selector="selector1", extra="", record=None, **_):
    """A key's line of the zone; `record` is the whole record instead, {p} in it the key."""
    if record is None:
        return one.zone_line(domain, selector, extra)
    record = record.replace("{p}", one.public)
    parts = " ".join(f'"{record[i:i + 250]}"' for i in range(0, len(record), 250))
    return f"{selector}._domainkey.{domain}. 300 IN TXT {parts}\n"


def key(name):
    """A key by `NAME` or `NAME-BITS`."""
    word, _, bits = name.partition("-")
    return signing.key(word, int(bits or 2048))


def cases(kind):
    """Every case of a kind, with the file's defaults filled in."""
    found = []
    for path in sorted((HERE / kind).glob("*.yml")):
        read = yaml.safe_load(path.read_text("utf-8"))
        only({"world", "cases"}, read, path.name)
        for case in read["cases"]:
            where = f"{path.name}: {case.get('name')}"
            if not re.fullmatch(r"[a-z0-9-]+", case.get("name", "")) or not case.get("source"):
                raise Faulty(f"{where}: it needs a name and a source")
            found.append(checked({"world": read.get("world"), **case}, where))
    return found


def checked(case, where):
    only(KEYS, case, where)
    only(AFTER_KEYS, case.get("after", {}), where)
    if case.get("verdict") not in VERDICTS:
        raise Faulty(f"{where}: verdict is one of {VERDICTS}")
    refuses = case["verdict"] != "accept" and case.get("action", case["verdict"]) == case["verdict"]
    if refuses != ("reply" in case) or (case["verdict"] == "accept") == ("reason" in case):
        raise Faulty(f"{where}: a refusal has a reason and a reply, an acceptance neither")
    for before in case.get("before", []):
        checked(before, f"{where}, before")
    return case


def raw(text):
    """The bytes of a text; `${TEXT*N}` is TEXT N times."""
    text = re.sub(r"\$\{([^}*]+)\*(\d+)\}", lambda found: found[1] * int(found[2]), text)
    return text.encode("utf-8", "surrogateescape")


def field_name(line):
    return line.partition(":")[0].rstrip(" \t").lower()


def replaced(lines, name, values):
    """The lines with the fields of a name replaced where the first stood, else at the end."""
    values = [] if values is None else values if isinstance(values, list) else [values]
    new = [f"{name}: {value}" for value in values]
    at = next((i for i, line in enumerate(lines) if field_name(line) == name.lower()), len(lines))
    rest = [line for line in lines if field_name(line) != name.lower()]
    return rest[:at] + new + rest[at:]


def changed(lines, changes):
    for name, values in changes.get("with", {}).items():
        lines = replaced(lines, name, values)
    return [*changes.get("top", []), *lines, *changes.get("add", [])]


def moment(value, now):
    """`now`, `now+N`, `now-N`, or the value itself."""
    found = re.fullmatch(r"now([+-]\d+)?", str(value))
    return now + int(found[1] or 0) if found else value


def signed(content, options):
    now = int(time.time())
    options = {name: moment(value, now) for name, value in options.items()}
    if "by" in options:
        options["by"] = key(options["by"])
    if options.pop("google", False):
        return signing.google(content, **options)
    return signing.sign(content, **options)


def joined(lines, body):
    return b"".join(raw(line) + b"\r\n" for line in lines) + b"\r\n" + raw(whole(body))


def whole(body):
    """A body's text; `{text, times}` is a text so many times."""
    return body if isinstance(body, str) else body["text"] * body["times"]


def message(case):
    """The fields and the body of a case, as Postfix hands them to a filter."""
    of = world(case["world"])
    body = case.get("body", of["body"])
    content = joined(changed(case.get("header", of["header"]), case), body)
    for options in case.get("sign", []):
        content = signed(content, dict(options))
    after = case.get("after", {})
    if after:
        head, _, body = content.partition(b"\r\n\r\n")
        lines = re.split(r"\r\n(?![ \t])", head.decode("utf-8", "surrogateescape"))
        body = raw(whole(after["body"])) if "body" in after else body
        content = joined(changed(lines, after), "") + body
    return split(content)
