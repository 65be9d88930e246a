# SPDX-License-Identifier: BSD-2-Clause
# Author fields by chance, from a grammar that is mostly RFC 5322 and now and then is not.
# Common words and the ones that readers have stumbled over: comments in every place of
# an address, addresses shown in names, encoded words, look-alikes of Unicode. The same
# generator of random numbers gives the same fields. Bytes throughout.

ATOMS = [b'a', b'Jo', b"O'Neil", b'x-y', b'first', b'Sales', 'J\u00fcrgen'.encode(),
         '\u5c71\u7530'.encode(), b'via', b'&', b'1', b'=?', b'?=', b'Inc.', b'Q.']
ENCODED = [b'=?utf-8?q?J=2E?=', b'=?utf-8?b?RG9l?=', b'=?utf-8?q?x=40bank.example?=',
           b'=?utf-8?q?=3Cb=40bank.example=3E?=', b'=?utf-8?q?b=40bank.example=2C?=',
           b'=?utf-8?q?=22?=', b'=?utf-8?q?=29?=', b'=?utf-8?q?=28?=', b'=?utf-8?q?=3A?=',
           b'=?utf-8?b?PGJAYmFuay5leGFtcGxlPg==?=', b'=?utf-8?q?a_b?=', b'=?utf-8?q??=',
           b'=?utf-8?q?=5C?=', b'=?utf-8?q?=0D=0A?=', b'=?utf-8*en?q?a?=', b'=?x?q?a?=']
# Of the other direction, full-width and small @, ideographic full stop, of no width, spaces.
LOOK_ALIKES = [c.encode() for c in '\u202e\u2066\uff20\ufe6b\u3002\uff0e\u200b\u200d\ufeff\u00ad'
               '\u00a0\u3000\u2003\uff1c\uff1e\uff0c\u037e\u0301']
HOSTS = [b'contoso.example', b'Fabrikam.Example', b'bank.example', b'evil.example',
         b'mail.bank.example', b'localhost', b'xn--mnchen-3ya.example', b'192.0.2.1',
         'm\u00fcnchen.example'.encode(), b'my_host.example', b'a.b.c.test']
DOTLESS = [a for a in ATOMS if not a.endswith(b'.') and b'?' not in a]
QUOTED = [b'a', b' ', b',', b'x@bank.example', b'<x@bank.example>', b'(', b')', b';', b':',
          b'\\"', b'\\\\', b'\\a', b'[', b'.', '\u00e9'.encode(), b'=?utf-8?q?a=2C?=', b'\t',
          b'<x@bank.example>,', b'\\\\\\"', b"'", b'>']
PLAIN_COMMENT = [b'a', b' ', b'.', b"'", b'&', '\u00e9'.encode(), b'=?utf-8?q?=29?=', b'via']
COMMENT = PLAIN_COMMENT + [b',', b'x@bank.example', b'<x@bank.example>', b'"', b';', b':',
                           b'\\)', b'\\(', b'\\\\', b'[', b'<', b'>', b'@', b'>, <b@bank.example>',
                           b'b@bank.example,', b'\\"']
# Whole fields, each with a comment or a string that some reader ends elsewhere.
TRICKS = [b'x@evil.example (\\)<b@bank.example>)', b'x (b@bank.example) @evil.example',
          b'<x(>, <b@bank.example>)@evil.example>', b'CEO <(<b@bank.example>)x@evil.example>',
          b'x@evil.example (a(b)c <b@bank.example>)',
          b'Jo (a (b) <b@bank.example>) <x@evil.example>',
          b'x(@bank.example,)@evil.example', b'(b@bank.example) x@evil.example',
          b'x@evil.example (b@bank.example)', b'x@(<b@bank.example>)evil.example',
          b'<x@evil.example(@bank.example)>', b'(<b@bank.example>) <x@evil.example>',
          b'"a\\\\" <x@evil.example>, "<b@bank.example>," <y@evil.example>',
          b'"a\\" <b@bank.example>, " <x@evil.example>', b'"b@bank.example" <x@evil.example>',
          b'"<b@bank.example>" <x@evil.example>', b'Team (b@bank.example): x@evil.example;',
          b'"b@bank.example": x@evil.example;', b'Team: x@evil.example (, b@bank.example);',
          b'Team: x@evil.example;, y@contoso.example', b'"Team: b@bank.example;" <x@evil.example>',
          b'info@victim.example via Victim <news@victim.example>',
          b'Victim info@victim.example <news@victim.example>',
          b'info@victim.example (a) <news@victim.example>',
          b'Victim, <b@bank.example>', b'a@victim.example, b@victim.example <c@victim.example>',
          b'user@bank.exam ple <user@bank.exam>', b'Team: "a; b@bank.example" <x@evil.example>;',
          b'Team: (a; b@bank.example) x@evil.example;', b'Team: x@evil.example; (b@bank.example)',
          b'=?utf-8?b?PGJAYmFuay5leGFtcGxlPg==?=: x@evil.example;',
          b'":<b@bank.example>," a: x@evil.example;', b'(b@bank.example) x(a)@evil.example',
          b'"a\\\\" <x@evil.example>', b'x@evil.example ((a) b@bank.example)',
          b'"x y"@evil.example', b'"x,b"@evil.example', b'"x:b;"@evil.example', b'""@evil.example']


class Grammar:
    """One random author field after another."""

    def __init__(self, rng):
        self.rng = rng

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    def white(self):
        return self.rng.choice([b'', b' ', b' ', b' ', b'  ', b'\t', b'\r\n ', b'\n\t'])

    def comment(self, depth=0):
        words = PLAIN_COMMENT if self.chance(40) else COMMENT
        parts = [self.rng.choice(words) for _ in range(self.rng.randrange(4))]
        if depth < 3 and self.chance(15):
            parts.insert(self.rng.randrange(len(parts) + 1), self.comment(depth + 1))
        return b'(' + b''.join(parts) + b')'

    def gap(self, percent=8):
        comment = self.comment() + self.white() if self.chance(percent) else b''
        return self.white() + comment

    def quoted(self):
        return b'"' + b''.join(self.rng.choice(QUOTED) for _ in range(self.rng.randrange(5))) + b'"'

    def atom(self):
        if self.chance(12):
            return self.rng.choice(ENCODED)
        atom = self.rng.choice(ATOMS)
        if self.chance(6):
            atom += self.rng.choice(LOOK_ALIKES) + self.rng.choice(ATOMS)
        return atom

    def phrase(self):
        words = [self.quoted() if self.chance(25) else self.atom()
                 for _ in range(self.rng.randint(1, 3))]
        return b''.join(w + (self.gap() or b' ') for w in words)

    def local(self):
        if self.chance(10):
            return self.quoted()
        local = b'.'.join(self.rng.choice(DOTLESS) for _ in range(self.rng.randint(1, 2)))
        return local + self.rng.choice(LOOK_ALIKES) + b'b' if self.chance(3) else local

    def domain(self):
        host = self.rng.choice(HOSTS)
        at = self.rng.randrange(len(host) + 1)
        return host[:at] + self.rng.choice(LOOK_ALIKES) + host[at:] if self.chance(1) else host

    def address(self, domain=None):
        """With comments before, after, and in the places in between, now and then."""
        if not self.chance(8):
            return self.local() + b'@' + (domain or self.domain())
        parts = [b'', self.local(), b'@', domain or self.domain(), b'']
        at = self.rng.randrange(4)
        parts[at] += self.gap(70)
        return b''.join(parts)

    def showing(self, domain):
        """A name that shows an address, of the same domain or another, with other words."""
        address = self.address(domain if self.chance(80) else None)
        words = [self.atom() for _ in range(self.rng.randrange(3))]
        words.insert(self.rng.randrange(len(words) + 1), address)
        return b' '.join(words) + b' '

    def mailbox(self):
        domain = self.domain()
        address = self.address(domain)
        if self.chance(35):
            return address
        name = self.phrase() if self.chance(85) else b''
        if self.chance(6):
            name = self.showing(domain)
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

    def filler(self, size):
        """So many octets that belong together: white space, words, a string's content."""
        unit = self.rng.choice([b' ', b' ', b'a', b'a', b'a ', b'aaaa bbbb ', b'\\\\', b'\\"',
                                b'\\a', '\u00e9'.encode(), b'"a" ', b'=?utf-8?q?a?= ', b'\r\n  a'])
        return (unit * (size // len(unit) + 1))[:size]
