# SPDX-License-Identifier: BSD-2-Clause
"""The policy of the specification's section 5, smaller ones, and the zone they need."""
import messages
import signing

GUID = messages.CUSTOMER_TENANT
OTHER_GUID = messages.ATTACKER_TENANT

# Section 5 as it stands there; Salesforce gets a network, as its operator must give it one.
SPEC = f"""\
version = 1
blocked-tenants = ["microsoft365:known-bad.onmicrosoft.com"]
unknown-senders = "enforce"

[defaults]
mode = "enforce"
spf  = "off"
dkim = "off"

[[sender]]
name    = "contoso"
domains = ["contoso.com", "contoso.co.uk"]
subdomains = false
tenants = ["microsoft365:contoso.onmicrosoft.com",
           "microsoft365:{GUID}",
           {{ tenant = "microsoft365:fabrikam.onmicrosoft.com", until = 2027-03-31, note = "migration" }},
           "google:contoso.com", "salesforce:00D20000000xxxx"]
networks = ["192.0.2.0/24"]
logins   = ["contoso-app"]
spf = "aligned"
spf-alignment = "relaxed"
dkim = "aligned"
dkim-alignment = "relaxed"
dkim-domains = ["contoso.com"]
entities = ["Hosted"]
hybrid-sources = []
tenant-evidence = "any"
forwarding = "reject"
delegates = []
  [sender.platform.salesforce]
  spf = "off"

[platform.acme]
networks = ["198.51.100.0/24"]
client-certificate = "out.acme.example"
tenant-header = "X-Acme-Account"
tenant-dkim-suffix = "mail.acme.example"
dkim-max-age = "3d"

[platform.salesforce]
networks = ["203.0.113.0/25"]
"""


def zone():
    """contoso.com sends by Microsoft 365 and Google, and signs with one key everywhere."""
    text = ('contoso.com. 300 IN TXT "v=spf1 ip4:40.107.0.0/16 ip4:209.85.128.0/17 -all"\n'
            'mail.example. 300 IN TXT "v=spf1 ip4:40.107.0.0/16 -all"\n')
    for domain in ("contoso.com", "contoso.onmicrosoft.com", "evil.onmicrosoft.com",
                   "known-bad.onmicrosoft.com", "other.example"):
        text += signing.key().zone_line(domain)
    for domain in ("contoso-com.20230601.gappssmtp.com", "evil-example.20230601.gappssmtp.com"):
        text += signing.key().zone_line(domain, "20230601")
    return text


def sender(name="contoso", tenants=(f"microsoft365:contoso.onmicrosoft.com", ), domains=None,
           platform="", **keys):
    """One [[sender]] with keys as TOML values: spf="aligned", entities=["Hosted"]."""
    values = {"name": name, "domains": domains or [f"{name}.com"], "tenants": list(tenants),
              **{key.replace("_", "-"): value for key, value in keys.items()}}
    lines = [f"{key} = {toml(value)}" for key, value in values.items()]
    return "[[sender]]\n" + "\n".join(lines) + "\n" + platform


def toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return '"' + value + '"' if not value.startswith("{") else value


def policy(*parts, **top):
    """A policy of top-level keys and parts."""
    lines = [f"{key.replace('_', '-')} = {toml(value)}" for key, value in top.items()]
    return "\n".join(["version = 1", *lines, *parts]) + "\n"


def stamped(org="contoso.onmicrosoft.com", tenant=GUID, entity="Hosted", connecting=None,
            extra=(), **fields):
    """A message as Microsoft 365 stamps it, unsigned."""
    return messages.message(extra=[*messages.stamps(org, tenant, entity, connecting), *extra],
                            **fields)


def honest(**options):
    """... and signed by contoso.com."""
    return signing.sign(stamped(**options))
