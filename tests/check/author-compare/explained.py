# SPDX-License-Identifier: BSD-2-Clause
# The differences that are known and are no attack: one row each, with the reason. A
# row is as narrow as it can be told; what none covers fails the comparison. No row
# covers a reader that finds a domain which we did not give: that is the attack.
import collections
import re

Row = collections.namedtuple('Row', 'name readers covers reason')


def parts(body):
    """(text, strings, comments) of a valid field, each as one piece of bytes."""
    text, strings, comments = [], [], []
    into, depth = text, 0
    for piece in re.findall(rb'\\.|.', body, re.DOTALL):  # a quoted pair is one piece
        if depth == 0 and piece in (b'"', b'('):
            into, depth = (strings if piece == b'"' else comments), 1
        elif into is comments and piece == b'(':
            depth += 1
        elif depth and piece == (b')' if into is comments else b'"'):
            depth -= 1
        into.append(piece)
        if depth == 0:
            into = text
    return b''.join(text), b''.join(strings), b''.join(comments)


def name_shows_address(body):
    return re.search(rb'@[^<>,;:]*<', parts(body)[0])


def drops_shown_address(body, ours, theirs):
    return theirs is not None and theirs < ours and name_shows_address(body)


def nothing_for_shown_address(body, ours, theirs):
    return theirs == set() and name_shows_address(body)


def nothing_for_comma(body, ours, theirs):
    _, strings, comments = parts(body)
    return theirs == set() and (b',' in strings + comments or b'"' in comments)


def drops_bracket(body, ours, theirs):
    return theirs is not None and theirs < ours and b'[' in parts(body)[1]


def fails_on_dot(body, ours, theirs):
    return theirs is None and re.search(rb'\.(\s|\(.*\))*[<:]', body, re.DOTALL)


def fails_on_depth(body, ours, theirs):
    return theirs is None and body.count(b'(') > 300


EXPLAINED = [
    Row('a mailbox whose name shows an address is dropped', ('gmime-strict',),
        drops_shown_address,
        'its strict mode refuses an unquoted @ in a name and goes on with the next mailbox; '
        'it finds only domains that we gave'),
    Row('nothing where a name shows an address', ('python-legacy',), nothing_for_shown_address,
        'the checks of CVE-2023-27043 find more addresses than commas and give nothing'),
    Row('nothing where a comment or a string has a comma', ('python-legacy',), nothing_for_comma,
        'the checks of CVE-2023-27043 count the commas in comments and quoted local parts, '
        'and take a quote in a comment for the start of a string'),
    Row('a mailbox with a bracket in its quoted local part is dropped', ('python-legacy',),
        drops_bracket,
        'the checks of CVE-2023-27043 refuse any [ in an address; the others are found'),
    Row('an exception at a dot that ends a name', ('python-default',), fails_on_dot,
        'a bug of get_phrase: IndexError; the reader shows no author'),
    Row('an exception at deep comments', ('python-default', 'python-legacy', 'python-lenient'),
        fails_on_depth, 'a reader that recurses reaches its limit and shows no author'),
]
