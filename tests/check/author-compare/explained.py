# SPDX-License-Identifier: BSD-2-Clause
# The differences that are known and are no attack: one row each, with the reason. A
# row is as narrow as it can be told; what none covers fails the comparison. No row
# covers a reader that finds a domain which we did not give: that is the attack.
import collections
import re

from bodies import LARGEST
from readers import LOCAL

Row = collections.namedtuple('Row', 'name readers covers reason')


def pieces(body):
    """A valid field in pieces: (b'"' | b'(' | b'', its bytes) for strings, comments, the rest."""
    kind, depth, piece = b'', 0, b''
    for char in re.findall(rb'\\.|.', body, re.DOTALL):  # a quoted pair is one
        if depth == 0 and char in (b'"', b'('):
            yield kind, piece
            kind, depth, piece = char, 1, char
            continue
        piece += char
        if kind == b'(' and char == b'(':
            depth += 1
        elif depth and char == (b')' if kind == b'(' else b'"'):
            depth -= 1
            if depth == 0:
                yield kind, piece
                kind, piece = b'', b''
    yield kind, piece


def outline(body):
    """The field without folds, each comment (c), each string "q", or "" where it is empty."""
    short = {b'(': b'(c)', b'"': b'"q"'}
    unfolded = body.replace(b'\r', b'').replace(b'\n', b'')
    return b''.join(piece if piece == b'""' else short.get(kind, piece)
                    for kind, piece in pieces(unfolded))


def inside(body, wanted):
    """The content of all its strings (b'"'), or comments (b'(')."""
    return b''.join(piece for kind, piece in pieces(body) if kind == wanted)


def fewer(ours, theirs):
    return theirs is not None and theirs < ours


def name_shows_address(body):
    return re.search(rb'@[^<>,;:]*<', outline(body))


def drops_shown_address(body, ours, theirs):
    return fewer(ours, theirs) and name_shows_address(body)


def nothing_for_shown_address(body, ours, theirs):
    return theirs == set() and name_shows_address(body)


def joins_words(body, ours, theirs):
    return theirs is not None and not theirs <= ours and name_shows_address(body)


def nothing_for_comma(body, ours, theirs):
    comments = inside(body, b'(')
    return theirs == set() and (b',' in inside(body, b'"') + comments or b'"' in comments)


def drops_bracket(body, ours, theirs):
    return fewer(ours, theirs) and b'[' in inside(body, b'"')


def drops_empty_local_part(body, ours, theirs):
    return fewer(ours, theirs) and re.search(rb'""(?:[ \t]|\(c\))*@', outline(body))


def drops_after_quoted_pairs(body, ours, theirs):
    return fewer(ours, theirs) and b'\\' in inside(body, b'"')


def shows_the_first(body, ours, theirs):
    first_is_group = re.match(rb'[^<,@]*:', outline(body))
    return fewer(ours, theirs) and (len(theirs) == 1 or first_is_group)


def fails_on_dot(body, ours, theirs):
    return theirs is None and re.search(rb'\.(\s|\(c\))*[<:]', outline(body))


def fails_on_line_end(body, ours, theirs):
    return theirs is None and re.search(rb'=\?[^?]*\?q\?[^?]*=0[AD]', body, re.IGNORECASE)


def comment_at(body, ours, theirs):
    beside = re.search(rb'\(c\)[ \t]*@|@[ \t]*\(c\)', outline(body))
    return beside and (theirs is None or theirs <= ours | {LOCAL})


def fails_on_odd_address(body, ours, theirs):
    odd = rb'[ \t]@|@[ \t]|<[^>]*\(|""@|@[^ \t,;<>()]*[^A-Za-z0-9.\- \t,;<>()]'
    return theirs is None and re.search(odd, outline(body))


def not_in_rfc822(body, ours, theirs):
    dot_or_at_in_name = rb'(?<![^,;:])[^<,;:]*[.@][^<,;:]*[<:]'
    return theirs == set() and (not body.isascii() or re.search(dot_or_at_in_name, outline(body)))


def too_large_once_broken(body, ours, theirs):
    return theirs is None and len(body) > LARGEST


EXPLAINED = [
    Row('a mailbox whose name shows an address is dropped',
        ('gmime-loose', 'gmime-strict', 'email-address-xs'), drops_shown_address,
        'they refuse an unquoted @ in a name, GMime in its loose mode where words stand before it, '
        'and go on with the next mailbox; they find only domains that we gave'),
    Row('nothing where a name shows an address', ('python-legacy',), nothing_for_shown_address,
        'the checks of CVE-2023-27043 find more addresses than commas and give nothing'),
    Row('words after a shown address are joined to its domain',
        ('python-lenient', 'mime4j', 'mime4j-parser'), joins_words,
        'what they find ends in no top-level domain, so nobody can have it'),
    Row('nothing where a comment or a string has a comma', ('python-legacy',), nothing_for_comma,
        'the checks of CVE-2023-27043 count the commas in comments and quoted local parts, '
        'and take a quote in a comment for the start of a string'),
    Row('a mailbox with a bracket in its quoted local part is dropped', ('python-legacy',),
        drops_bracket,
        'the checks of CVE-2023-27043 refuse any [ in an address; the others are found'),
    Row('a mailbox with an empty local part is dropped', ('email-address-xs',),
        drops_empty_local_part, 'it takes "" for no local part; the others are found'),
    Row('a mailbox behind a string with quoted pairs is dropped', ('emailjs',),
        drops_after_quoted_pairs, 'it takes a quoted backslash before a quoted quote for the end '
        'of the string; the others are found'),
    Row('the first mailbox alone', ('postal-mime2', 'postal-mime4'), shows_the_first,
        'its message has one author, the first mailbox or group of the field'),
    Row('an exception at a dot that ends a name', ('python-default',), fails_on_dot,
        'a bug of get_phrase: IndexError; the reader shows no author'),
    Row('an exception at the end of a line in an encoded word', ('python-default',),
        fails_on_line_end, 'its addresses refuse CR and LF in a name; the reader shows no author'),
    Row('no domain where a comment stands beside the @', ('javamail', 'javamail-lenient'),
        comment_at, 'they end the address at the comment, or throw: no domain is shown. (A field '
        'with a sign of an address in any comment is refused then.)'),
    Row('an exception at an address that is not as SMTP has it', ('javamail',),
        fails_on_odd_address,
        'its strict mode refuses space and comments in an address, an empty local part and a '
        'domain that has more than letters, digits and hyphens; the reader shows no author'),
    Row('nothing for what RFC 822 does not have', ('mime4j-strict',), not_in_rfc822,
        'its grammar has neither UTF-8 nor a dot or an @ in a name; the reader shows no author'),
    Row('too large once broken', ('ours',), too_large_once_broken,
        'our own parser, which is given the field with the breaks of an MTA before it'),
]
