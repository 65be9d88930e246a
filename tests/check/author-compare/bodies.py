# SPDX-License-Identifier: BSD-2-Clause
# Generated author fields: from a grammar that is mostly RFC 5322 and now and then is
# not, and mutations of those and of the examples in tests/cases/author. The same seed
# gives the same bodies. Bytes throughout.
import pathlib
import random
import re

ATOMS = [b'a', b'Jo', b"O'Neil", b'x-y', b'first', b'Sales', 'J\u00fcrgen'.encode(),
         '\u5c71\u7530'.encode(), b'=?utf-8?q?J=2E?=', b'=?utf-8?b?RG9l?=',
         b'=?utf-8?q?x=40bank.example?=', b'&', b'1', b'=?', b'?=', b'Inc.', b'Q.']
HOSTS = [b'contoso.example', b'Fabrikam.Example', b'bank.example', b'evil.example',
         b'mail.bank.example', b'localhost', b'xn--mnchen-3ya.example', b'192.0.2.1',
         'm\u00fcnchen.example'.encode(), b'my_host.example', b'a.b.c.test']
QUOTED = [b'a', b' ', b',', b'x@bank.example', b'<x@bank.example>', b'(', b')', b';', b':',
          b'\\"', b'\\\\', b'\\a', b'[', b'.', '\u00e9'.encode(), b'=?utf-8?q?a=2C?=', b'\t']
COMMENT = [b'a', b' ', b',', b'x@bank.example', b'<x@bank.example>', b'"', b';', b':', b'\\)',
           b'\\(', b'\\\\', b'[', b'.', '\u00e9'.encode(), b'=?utf-8?q?=29?=']
SPECIALS = [b'"', b'(', b')', b'<', b'>', b'@', b',', b';', b':', b'\\', b'.', b' ', b'\t',
            b'[', b']', b'\r\n ', b'\n ', b'\r', b'\n', b'\x00', b'\x7f', b'\x0b', b'\xff',
            b'=?utf-8?q?', b'?=', b'@bank.example', b'<x@bank.example>', b', x@bank.example',
            b'(x@bank.example)', b'"x@bank.example"', '\u3002'.encode(), '\uff20'.encode(),
            '\u00a0'.encode(), '\u2028'.encode(), b'Team:', b"'", b'%', b'!', b'=']


class Grammar:
    """One random author field after another."""

    def __init__(self, rng):
        self.rng = rng

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    def white(self):
        return self.rng.choice([b'', b' ', b' ', b' ', b'  ', b'\t', b'\r\n ', b'\n\t'])

    def comment(self, depth=0):
        parts = [self.rng.choice(COMMENT) for _ in range(self.rng.randrange(4))]
        if depth < 3 and self.chance(15):
            parts.insert(0, self.comment(depth + 1))
        return b'(' + b''.join(parts) + b')'

    def gap(self):
        return self.white() + (self.comment() + self.white() if self.chance(8) else b'')

    def quoted(self):
        return b'"' + b''.join(self.rng.choice(QUOTED) for _ in range(self.rng.randrange(5))) + b'"'

    def phrase(self):
        words = [self.quoted() if self.chance(25) else self.rng.choice(ATOMS)
                 for _ in range(self.rng.randint(1, 3))]
        return b''.join(w + (self.gap() or b' ') for w in words)

    def local(self):
        if self.chance(10):
            return self.quoted()
        atoms = [a for a in ATOMS if not a.endswith(b'.')]
        return b'.'.join(self.rng.choice(atoms[:8]) for _ in range(self.rng.randint(1, 2)))

    def address(self):
        inner = self.gap() if self.chance(4) else b''
        return self.local() + inner + b'@' + inner + self.rng.choice(HOSTS)

    def mailbox(self):
        address = self.address()
        if self.chance(35):
            return address
        name = self.phrase() if self.chance(85) else b''
        if self.chance(4):
            name = address + b' '
        inner = self.gap() if self.chance(6) else b''
        return name + b'<' + inner + address + inner + b'>'

    def element(self):
        if self.chance(6):
            members = [self.mailbox() for _ in range(self.rng.randint(1, 3))]
            return self.phrase() + b':' + self.gap() + b','.join(members) + b';'
        return self.mailbox()

    def field(self):
        elements = [self.element() for _ in range(1 if self.chance(75) else self.rng.randint(2, 4))]
        return b' ' + b','.join(self.gap() + e + self.gap() for e in elements)


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


def generate(count, seed, tables):
    """`count` bodies: the examples, then fields and mutations."""
    rng = random.Random(seed)
    grammar = Grammar(rng)
    bodies = dict.fromkeys(examples(tables))  # a set that keeps the order
    short = [b for b in bodies if len(b) < 400]
    while len(bodies) < count:
        body = grammar.field() if rng.random() < 0.6 else rng.choice(short)
        if rng.random() < 0.6:
            for _ in range(rng.choice([1, 1, 1, 2, 3])):
                body = mutated(rng, body, rng.choice(short))
        bodies[body] = None
    return list(bodies)[:count]
