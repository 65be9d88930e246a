# SPDX-License-Identifier: BSD-2-Clause
# The readers that our parser is compared with: Python's own, and those that a program in
# another language asks (author_gmime.cc, readers.js, readers.pl, Readers.java). A reader
# is given a body and says a list of domains, or None where it throws.
import email
import email.policy
import email.utils
import pathlib
import re
import subprocess

import bodies

HERE = pathlib.Path(__file__).parent
LOCAL = '(local)'  # a mailbox without a domain
JARS = ':'.join(f'/usr/share/java/{name}.jar' for name in
                ('javax.mail', 'javax.activation', 'apache-mime4j-core', 'apache-mime4j-dom',
                 'commons-io'))  # the last for newer versions of mime4j
OWN = 'ours'


def domain_of(address):
    return address.rsplit('@', 1)[1] if '@' in address else LOCAL


def python_default(body):
    """The domains by policy.default, which is given a whole message."""
    message = email.message_from_bytes(b'From:' + body + b'\r\n\r\n', policy=email.policy.default)
    return [a.domain or LOCAL for a in message['from'].addresses]


def python_legacy(body, **options):
    """The domains by getaddresses, which is given unfolded text."""
    text = re.sub(rb'\r?\n(?=[ \t])', b'', body).decode('utf-8', 'surrogateescape')
    return [domain_of(a) for _, a in email.utils.getaddresses([text], **options) if a]


def python_lenient(body):
    """The same without the checks that came with CVE-2023-27043."""
    return python_legacy(body, strict=False)


PYTHON = {'python-default': python_default, 'python-legacy': python_legacy,
          'python-lenient': python_lenient}


def programs(options):
    """(command, the readers of its columns)"""
    return [
        ([options.gmime], (OWN, 'gmime-loose', 'gmime-strict')),
        (['node', HERE / 'readers.js', options.readers],
         ('nodemailer6', 'nodemailer7', 'nodemailer10', 'postal-mime2-parser', 'postal-mime2',
          'postal-mime4-parser', 'postal-mime4', 'emailjs', 'mailparser')),
        (['/usr/bin/perl', HERE / 'readers.pl'], ('email-address-xs',)),
        (['java', '-XX:+UseSerialGC', '-cp', f'{JARS}:{options.readers}', 'Readers'],
         ('javamail', 'javamail-lenient', 'mime4j', 'mime4j-strict', 'mime4j-parser')),
    ]


def attempt(reader, body):
    try:
        return [bodies.escaped(d.encode('utf-8', 'surrogateescape')) for d in reader(body)]
    except Exception:  # the reader's bug is what we ask about
        return None


def filtered(command, lines):
    text = ''.join(line + '\n' for line in lines)
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().split('\n')[:-1]


def name_in(domain):
    """The name that a person reads in what is left after the @, which may have the space,
    comments and brackets around it that some readers leave there. Escaped, both."""
    text = re.sub(r'^(?:\\x20|\\x09|\([^()]*\))+', '', domain)
    return re.match(r'(?:(?!\\x20|\\x09)[^()<>,;:"])*', text)[0] or LOCAL


def column(text):
    if text == '(exception)' or text.startswith('invalid: '):
        return None
    return [name_in(d) for d in text.split(' ')] if text != '-' else []


def read_all(options, given):
    """For each body {reader: list or None}."""
    readings = [{name: attempt(reader, body) for name, reader in PYTHON.items()}
                for body in given]
    lines = [bodies.escaped(b) for b in given]
    for command, names in programs(options):
        said = filtered(command, lines)
        assert len(said) == len(given), f'{command} said {len(said)} lines'
        for reading, line in zip(readings, said):
            reading.update(zip(names, map(column, line.split('\t')), strict=True))
    return readings
