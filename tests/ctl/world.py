# SPDX-License-Identifier: BSD-2-Clause
"""A relay with two hundred made-up senders and the attackers who pose as them: the messages
of each, as they are handed in, and decision logs of a monitored week with all of them."""
import copy
import datetime
import json
import random
import uuid
from dataclasses import dataclass

import messages
import signing
from milter_client import Session, send_message

MICROSOFT = "40.107.22."
GOOGLE = "209.85.220."
CONSUMER_TENANT = "84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa"
MICROSOFT_SPF = "ip4:40.107.0.0/16"
GOOGLE_SPF = "ip4:209.85.128.0/17"


@dataclass
class Mail:
    """One message: what is sent, by whom, and whether its author is its author."""
    content: bytes
    client: str
    envelope: str
    honest: bool
    login: str = ""
    weight: float = 1.0  # how much of it a week brings
    hours: int = 168     # of the week, within which it comes
    record: dict = None  # of the decision log, once it was sent


class World:
    def __init__(self, seed=7, senders=200):
        self.random = random.Random(seed)
        self.domains = []
        self.zone = []
        self.mail = []
        kinds = [self.hosted] * 12 + [self.brands] * 2 + [self.hybrid] * 2 + [
            self.google, self.google_default, self.own_server, self.by_login]
        for number in range(senders):
            kinds[number % len(kinds)](f"customer{number}")
        self.attack()

    def guid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def publish(self, domain, spf, selectors=()):
        self.domains.append(domain)
        self.zone.append(f'{domain}. 300 IN TXT "v=spf1 {spf} -all"')
        self.zone += [messages.key().zone_line(domain, selector) for selector in selectors]

    def add(self, author, content, client, honest, **more):
        self.mail.append(Mail(content, client, more.pop("envelope", f"news@{author}"), honest,
                              **more))

    def address(self, network):
        return network + str(self.random.randrange(1, 255))

    def write(self, author, stamps=()):
        return messages.message(f"News <news@{author}>", extra=stamps)

    # The senders: each kind of configuration that the manual names.

    def hosted(self, name):
        """A tenant of Microsoft 365; some sign with their own domain, some do not."""
        domain, guid = f"{name}.example", self.guid()
        self.publish(domain, MICROSOFT_SPF, ["selector1"])
        signs = self.random.random() < 0.7
        for org in (domain, domain, f"{name}.onmicrosoft.com")[:self.random.choice((1, 2, 3))]:
            content = self.write(domain, messages.stamps(org, guid))
            self.add(domain, messages.signed(content, domain) if signs else content,
                     self.address(MICROSOFT), True, weight=self.random.uniform(0.3, 3))
        bounce = messages.message(f"Postmaster <postmaster@{name}.onmicrosoft.com>",
                                  extra=messages.stamps(f"{name}.onmicrosoft.com", guid))
        self.add(domain, bounce, self.address(MICROSOFT), True, envelope="", weight=0.1)

    def brands(self, name):
        """Two domains in one tenant, and mail from below one of them."""
        guid = self.guid()
        for domain in (f"{name}.example", f"{name}-shop.example"):
            self.publish(domain, MICROSOFT_SPF, ["selector1"])
            self.publish(f"mail.{domain}", MICROSOFT_SPF)
            for author in (domain, f"mail.{domain}"):
                content = self.write(author, messages.stamps(author, guid))
                self.add(author, messages.signed(content, domain), self.address(MICROSOFT), True)

    def hybrid(self, name):
        """A server of its own hands mail to the tenant."""
        domain, guid = f"{name}.example", self.guid()
        self.publish(domain, MICROSOFT_SPF, ["selector1"])
        for entity, source in (("Hosted", None), ("HybridOnPrem", self.address("198.51.100.")),
                               ("HybridOnPrem", self.address("203.0.113."))):
            handed = f"TenantId={guid};Ip=[{source}];Helo=[mail.{domain}]" if source else None
            content = self.write(domain, messages.stamps(domain, guid, entity, handed))
            self.add(domain, messages.signed(content, domain), self.address(MICROSOFT), True)

    def google(self, name):
        """Google Workspace with a key of the domain's own."""
        domain = f"{name}.example"
        self.publish(domain, GOOGLE_SPF)
        self.zone.append(signing.key().zone_line(domain, "20230601"))
        self.add(domain, signing.google(self.write(domain), domain), self.address(GOOGLE), True)

    def google_default(self, name):
        """Google Workspace with Google's default signature, without SPF of its own."""
        domain = f"{name}.example"
        signer = f"{name}-example.20230601.gappssmtp.com"
        self.publish(domain, "ip4:192.0.2.99")
        self.zone.append(signing.key().zone_line(signer, "20230601"))
        self.add(domain, signing.google(self.write(domain), signer), self.address(GOOGLE), True)

    def own_server(self, name):
        """Its own servers, which its SPF record names."""
        domain = f"{name}.example"
        servers = [f"192.0.2.{self.random.randrange(1, 90)}" for _ in range(2)]
        self.publish(domain, " ".join(f"ip4:{server}" for server in servers))
        for server in servers:
            self.add(domain, self.write(domain), server, True)

    def by_login(self, name):
        domain = f"{name}.example"
        self.publish(domain, "ip4:192.0.2.99")
        self.add(domain, self.write(domain), self.address("198.18.0."), True, login=f"{name}-app")

    # The attackers.

    def attack(self):
        brands = self.random.sample(self.domains, 60)
        for number in range(6):  # tenants that pose as many
            guid, org = self.guid(), f"attacker{number}.onmicrosoft.com"
            for domain in brands[number * 10:number * 10 + 10]:
                self.spoof(domain, messages.stamps(org, guid, *self.random.choice(
                    (("Hosted", None), ("HybridOnPrem",
                                        f"TenantId={guid};Ip=[198.18.7.7];Helo=[x.example]")))))
        for domain in brands[:5]:  # a tenant for one victim, in one night
            self.spoof(domain, messages.stamps("night-owl.onmicrosoft.com" + domain[:0], self.guid()),
                       hours=6)
        for domain in brands[5:15]:  # consumer accounts
            self.spoof(domain, messages.stamps(
                "sct-15-20-4755-11-msonline-outlook-c54b5.templatetenant", CONSUMER_TENANT))
        self.attack_by_other_ways(brands)

    def attack_by_other_ways(self, brands):
        tenants = {}  # the victims' own
        for mail in self.mail:
            if mail.honest and b"CrossTenant-Id: " in mail.content and mail.envelope:
                domain = mail.envelope.partition("@")[2]
                tenants[domain] = mail.content.partition(b"CrossTenant-Id: ")[2][:36].decode()
        for domain in self.random.sample(sorted(tenants), 12):  # through the right tenant
            self.spoof(domain, messages.stamps(domain, tenants[domain], "Internet",
                                               "TenantId=" + self.guid() +
                                               ";Ip=[198.18.7.8];Helo=[x.example]"))
        logins = [mail.login for mail in self.mail if mail.login]
        for domain, login in zip(brands[15:30], logins * 5):  # another customer's login
            self.add(domain, self.write(domain), "198.18.0.9", False, login=login)
        for domain in brands[30:36]:  # no stamp at all
            self.spoof(domain, ())

    def spoof(self, domain, stamps, **more):
        self.add(domain, self.write(domain, stamps), self.address(MICROSOFT), False, **more)

    # What becomes of it.

    def zone_text(self):
        return "\n".join(self.zone) + "\n"

    def send(self, daemon, mail, queue_id):
        """Hands one message to the daemon: its Outcome."""
        macros = {"{auth_authen}": mail.login} if mail.login else {}
        with Session(daemon.socket, macros=macros) as session:
            session.connect(mail.client)
            session.helo("mail.example")
            return send_message(session, mail.content, sender=mail.envelope, queue_id=queue_id)

    def observe(self, daemon):
        """Sends each message to a daemon that monitors, and keeps the records: those of a
        second time, when the answers of DNS are there."""
        for letter in "UT":
            for number, mail in enumerate(self.mail):
                assert self.send(daemon, mail, f"{letter}{number}").accepted
        records = {record["queue_id"]: record for record in daemon.decisions()}
        for number, mail in enumerate(self.mail):
            mail.record = records[f"T{number}"]

    def week(self, count, spoofs=0.03):
        """The lines of a monitored week; queue ids begin with H where the mail is honest, else
        with S. The last day is that of the records."""
        honest = [mail for mail in self.mail if mail.honest]
        hostile = [mail for mail in self.mail if not mail.honest]
        number_hostile = round(count * spoofs)
        for kind, letter, total in ((honest, "H", count - number_hostile),
                                    (hostile, "S", number_hostile)):
            # Each at least thrice, so that no sender is missing from the week.
            chosen = kind * 3 + self.random.choices(
                kind, [mail.weight for mail in kind], k=max(0, total - 3 * len(kind)))
            for number, mail in enumerate(chosen):
                # The first three of honest mail come on different days.
                day = number // len(kind) * 48 if mail.honest and number < 3 * len(kind) else None
                yield self.line(mail, f"{letter}{number}", day)

    def line(self, mail, queue_id, day):
        record = copy.copy(mail.record)
        hours = self.random.uniform(0, mail.hours) if day is None else day + 1
        earlier = int(hours * 3600)
        record["queue_id"] = queue_id
        record["time"] = _earlier(record["time"], earlier)
        # A signature is as old when it comes as it was when it was seen.
        signatures = [{**one, "t": one["t"] and one["t"] - earlier, "x": one["x"] and one["x"] - earlier}
                      for one in record["evidence"]["signatures"]]
        record["evidence"] = {**record["evidence"], "signatures": signatures}
        return json.dumps(record, separators=(",", ":"))


def _earlier(time, seconds):
    moment = datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
    return (moment - datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
