# SPDX-License-Identifier: BSD-2-Clause
# Generated author fields: from a grammar (grammar.py), mutations of those and of the
# examples in tests/cases/author, and fields that are long enough for an MTA to break
# them. The same seed gives the same bodies. Bytes throughout.
import pathlib
import random
import re

from grammar import LOOK_ALIKES, TRICKS, Grammar

FIELD_NAME = b'From:'
LINE = 998  # octets of a line that an MTA sends (RFC 5322 2.1.1)
LARGEST = 8 * 1024  # of a field that our parser takes

SPECIALS = [b'"', b'(', b')', b'<', b'>', b'@', b',', b';', b':', b'\\', b'.', b' ', b'\t',
            b'[', b']', b'\r\n ', b'\n ', b'\r', b'\n', b'\x00', b'\x7f', b'\x0b', b'\xff',
            b'=?utf-8?q?', b'?=', b'@bank.example', b'<x@bank.example>', b', x@bank.example',
            b'(x@bank.example)', b'"x@bank.example"', '\u3002'.encode(), '\uff20'.encode(),
            '\u00a0'.encode(), '\u2028'.encode(), b'Team:', b"'", b'%', b'!', b'=',
            b'(', b')', b'\\"', b'\\\\', b'(a)', b'(a (b) c)', b'<b@bank.example>,', *LOOK_ALIKES]


def mutated(rng, body, other):
    """One small change; `other` is another body, to splice with."""
    at = rng.randrange(len(body) + 1)
    to = min(len(body), at + rng.randint(1, 3))
    kind = rng.randrange(7)
    if kind == 0:
        return body[:at] + body[to:]
    if kind in (1, 2, 3):
        return body[:at] + rng.choice(SPECIALS) + body[at if kind < 3 else to:]
    if kind == 4:
        return body[:at] + other[rng.randrange(len(other) + 1):]
    if kind == 5:
        start = rng.randrange(at + 1)
        around = rng.choice([b'()', b'""', b'<>', b'[]'])
        return body[:start] + around[:1] + body[start:at] + around[1:] + body[at:]
    return body + b',' + other


def braced(text):
    """Splits '{inside}rest'."""
    depth = 0
    i = 0
    while True:
        if text[i:i + 2] == '\\}':
            i += 1
        elif text[i] == '{':
            depth += 1
        elif text[i] == '}':
            depth -= 1
            if depth == 0:
                return text[1:i], text[i + 1:]
        i += 1


def unescaped(text):
    """As tests/unit/author_table.h: the escapes that plain.txt tells."""
    out = []
    simple = {'\\': b'\\', '}': b'}', 'r': b'\r', 'n': b'\n', 't': b'\t'}
    while text:
        plain = re.match(r'[^\\]*', text)[0]
        out.append(plain.encode())
        text = text[len(plain) + 1:] if len(plain) < len(text) else None
        if text is None:
            break
        if text[0] == '{':
            inside, text = braced(text)
            times, once = inside.split(':', 1)
            out.append(unescaped(once) * int(times))
        elif text[0] == 'u':
            inside, text = braced(text[1:])
            out.append(chr(int(inside, 16)).encode())
        elif text[0] == 'x':
            out.append(bytes([int(text[1:3], 16)]))
            text = text[3:]
        else:
            out.append(simple[text[0]])
            text = text[1:]
    return b''.join(out)


def shown(body, most=400):
    """For people: escaped, a long run of the same once, as the tables write it."""
    return re.sub(r'((?:\\x)?.{1,10}?)\1{9,}',
                  lambda m: f'\\{{{len(m[0]) // len(m[1])}:{m[1]}}}', escaped(body))[:most]


def escaped(body):
    return ''.join(chr(c) if 0x20 <= c < 0x7f and c != 0x5c else f'\\x{c:02x}' for c in body)


def examples(directory):
    """The bodies of the tables."""
    bodies = []
    for path in sorted(pathlib.Path(directory).glob('*.txt')):
        for line in path.read_text(encoding='utf-8').split('\n'):
            if line and not line.startswith('#'):
                bodies.append(unescaped(line.split('\t')[1]))
    return bodies


def broken(body):
    """The body as Postfix's smtp client sends it: lines over 998 octets in pieces."""
    pieces = []
    for line in (FIELD_NAME + body).split(b'\n'):
        end = b'\r' if line.endswith(b'\r') else b''
        line = line.removesuffix(b'\r')
        parts = [line[:LINE]]
        parts += [b' ' + line[at:at + LINE - 1] for at in range(LINE, len(line), LINE - 1)]
        pieces.append(b'\r\n'.join(parts) + end)
    return b'\n'.join(pieces)[len(FIELD_NAME):]


def lengthened(rng, grammar, body):
    """The body with a filler, so that an MTA's break falls near a place by chance: mostly
    where it does no harm, or near there."""
    harmless = [m.start() for m in re.finditer(rb'[ "()\\]', body)]
    at = rng.choice(harmless) if harmless and rng.random() < 0.7 else rng.randrange(len(body) + 1)
    place = rng.choice([m.end() for m in re.finditer(rb'^|[ "(]', body[:at])])
    line = LINE + rng.choice([0, 0, 0, 0, 1, 2, 6]) * (LINE - 1)
    size = line - len(FIELD_NAME) - at + rng.choice([0, 0, 0, -1, -1, 1, 2])
    if size + len(body) > LARGEST:
        return body
    return body[:place] + grammar.filler(max(size, 0)) + body[place:]


def generate(count, seed, tables):
    """`count` bodies: the examples, then fields and mutations."""
    rng = random.Random(seed)
    grammar = Grammar(rng)
    bodies = dict.fromkeys(examples(tables) + TRICKS)  # a set that keeps the order
    short = [b for b in bodies if len(b) < 400]
    while len(bodies) < count:
        body = grammar.field() if rng.random() < 0.6 else rng.choice(short)
        if rng.random() < 0.5:
            for _ in range(rng.choice([1, 1, 1, 2, 3])):
                body = mutated(rng, body, rng.choice(short))
        if rng.random() < 0.12:
            body = lengthened(rng, grammar, body)
        bodies[body] = None
    return list(bodies)[:count]
