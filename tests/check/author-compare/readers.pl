# SPDX-License-Identifier: BSD-2-Clause
# The author domains that Perl's Email::Address::XS reads, whose parser is Dovecot's.
# stdin: one escaped body a line (as bodies.py writes them); stdout: its domains divided by
# spaces, "-" for none, or "(exception)". A mailbox without a domain is "(local)".
use strict;
use warnings;

use Email::Address::XS qw(parse_email_groups);
use Encode qw(decode encode);

# The parser is given unfolded text. An entry that it could not read has no address.
sub domains {
    my ($body) = @_;
    $body =~ s/\r?\n(?=[ \t])//g;
    my @groups = parse_email_groups(decode('UTF-8', $body));
    my @found;
    while (my ($name, $members) = splice(@groups, 0, 2)) {
        push @found, map { $_->host } grep { defined $_->address } @$members;
    }
    return @found;
}

sub escaped {
    my $domain = encode('UTF-8', shift);
    return '(local)' if $domain eq '';
    $domain =~ s/([^\x21-\x7e]|\\)/sprintf('\\x%02x', ord $1)/ge;
    return $domain;
}

while (my $line = <STDIN>) {
    chomp $line;
    $line =~ s/\\x(..)/chr hex $1/ge;
    my @domains = eval { map { escaped($_) } domains($line) };
    print $@ ? '(exception)' : @domains ? join(' ', @domains) : '-', "\n";
}
