// SPDX-License-Identifier: BSD-2-Clause
// The author domains that JavaScript's mail libraries read. Argument: the directory in
// which the packages of package.json are installed. stdin: one escaped body a line (as
// bodies.py writes them); stdout: a column for each reader of `readers`, in its order,
// divided by tabs. A column has domains divided by spaces, "-" for none, or
// "(exception)". A mailbox without a domain is "(local)".
'use strict';

const {createRequire} = require('module');
const {createInterface} = require('readline');

const installed = createRequire(process.argv[2] + '/');
const mailparser = installed('mailparser');
const postalMime2 = installed('postal-mime2');
const postalMime4 = installed('postal-mime4');

// What a program does that hands a header's value to an address parser.
const unfolded = body => body.toString('utf8').replace(/\r?\n(?=[ \t])/g, '');
const message = body => Buffer.concat([Buffer.from('From:'), body, Buffer.from('\r\n\r\n')]);

const parser = parse => body => parse(unfolded(body));
const postal = library => async body => {
  const from = (await (library.default || library).parse(message(body))).from;
  return from ? [from] : [];
};
const whole = async body => {
  const from = (await mailparser.simpleParser(message(body), {skipHtmlToText: true})).from;
  return from ? from.value : [];
};

const readers = [
  parser(installed('nodemailer6/lib/addressparser')),
  parser(installed('nodemailer7/lib/addressparser')),
  parser(installed('nodemailer10/lib/addressparser')),
  parser(postalMime2.addressParser),
  postal(postalMime2),
  parser(postalMime4.addressParser),
  postal(postalMime4),
  parser(installed('emailjs-addressparser').default),
  whole,
];

// An entry is a mailbox, or a group of them; one without an address is a name alone.
function domains(entries) {
  return entries.flatMap(entry => {
    if (entry.group) return domains(entry.group);
    const address = entry.address || '';
    return address ? [address.slice(address.lastIndexOf('@') + 1 || address.length)] : [];
  });
}

function unescaped(line) {
  const text = line.replace(/\\x(..)/g, (all, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}

function escaped(domain) {
  const bytes = [...Buffer.from(domain, 'utf8')];
  return bytes.map(c => c > 0x20 && c < 0x7f && c !== 0x5c
      ? String.fromCharCode(c) : '\\x' + c.toString(16).padStart(2, '0')).join('') || '(local)';
}

async function column(reader, body) {
  try {
    return domains(await reader(body)).map(escaped).join(' ') || '-';
  } catch {
    return '(exception)';
  }
}

async function main() {
  for await (const line of createInterface({input: process.stdin})) {
    const columns = [];
    for (const reader of readers) columns.push(await column(reader, unescaped(line)));
    process.stdout.write(columns.join('\t') + '\n');
  }
}

main();
