# SPDX-License-Identifier: BSD-2-Clause
"""Checks 4 to 8 on the wire: which tenant a message came from, and how (spec 4, 6)."""
import expect
import messages
import policies
import pytest
from policies import GUID, OTHER_GUID, honest, policy, sender, stamped
from signing import sign

LISTED_GUID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def relay(daemon):
    return daemon(policies.SPEC, policies.zone())


@pytest.mark.parametrize("stamps", [
    {},
    {"org": None},
    {"tenant": None},
    {"org": "contoso.com"},
    {"org": "contoso.co.uk", "tenant": None},
    {"org": "fabrikam.onmicrosoft.com"},
    {"org": "Contoso.OnMicrosoft.COM", "tenant": GUID.upper()},
    {"entity": "hosted"},
    {"extra": [("X-OriginatorOrg", "contoso.onmicrosoft.com")]},
    {"extra": [("x-ms-exchange-crosstenant-id", GUID.upper())]},
    {"extra": [("X-MS-Exchange-CrossTenant-AuthAs", "Anonymous"),
               ("X-MS-Exchange-CrossTenant-AuthAs", "Internal")]},
    {"connecting": f"TenantId={GUID};Ip=[192.0.2.1];Helo=[mail.contoso.com]"},
    {"connecting": f" TenantId = {GUID} ; Ip = [192.0.2.1] ; New=[x]"},
], ids=str)
def test_the_listed_tenant_is_accepted(relay, stamps):
    expect.accepted(relay.judge(honest(**stamps)), senders=["contoso"])


def test_field_names_are_compared_without_case(relay):
    content = sign(messages.message(extra=[("x-originatororg", "contoso.onmicrosoft.com"),
                                           ("X-MS-EXCHANGE-CROSSTENANT-ID", GUID),
                                           ("x-ms-exchange-crosstenant-fromentityheader", "Hosted")]))
    expect.accepted(relay.judge(content))


@pytest.mark.parametrize("stamps, seen", [
    ({"org": "evil.onmicrosoft.com", "tenant": OTHER_GUID}, "evil.onmicrosoft.com"),
    ({"org": "evil.onmicrosoft.com"}, "evil.onmicrosoft.com"),
    ({"tenant": OTHER_GUID}, OTHER_GUID),
    ({"org": None, "tenant": OTHER_GUID}, OTHER_GUID),
    ({"org": "contoso.mail.onmicrosoft.com", "tenant": None}, "contoso.mail.onmicrosoft.com"),
    ({"org": "sub.contoso.com", "tenant": None}, "sub.contoso.com"),
    ({"org": "contoso.com.evil.example", "tenant": None}, "contoso.com.evil.example"),
    ({"org": "onmicrosoft.com", "tenant": None}, "onmicrosoft.com"),
], ids=str)
def test_a_foreign_tenant_is_refused_at_the_end_of_headers(relay, stamps, seen):
    outcome = relay.judge(stamped(**stamps))
    expect.refused(outcome, "tenant-denied", seen=seen)
    assert outcome.record["evidence"]["tenants"]


def test_a_tenant_of_another_customer_is_foreign(daemon):
    relay = daemon(policy(sender(), sender("litware", ["microsoft365:litware.onmicrosoft.com"])))
    content = stamped("litware.onmicrosoft.com", None)
    expect.refused(relay.judge(content), "tenant-denied")
    content = stamped("litware.com", None)
    expect.refused(relay.judge(content), "tenant-denied")


@pytest.mark.parametrize("until, is_accepted", [("2020-01-01", False), ("2099-12-31", True)])
def test_a_tenant_past_its_date_allows_nothing(daemon, until, is_accepted):
    dated = '{ tenant = "microsoft365:old.onmicrosoft.com", until = %s }' % until
    relay = daemon(policy(sender(tenants=[f"microsoft365:{GUID}", dated])))
    outcome = relay.judge(stamped("old.onmicrosoft.com"))
    if is_accepted:
        expect.accepted(outcome)
    else:
        expect.refused(outcome, "tenant-denied", seen="old.onmicrosoft.com")


@pytest.mark.parametrize("extra", [
    [],
    [("X-SFDC-LK", "00D20000000xxxx")],
    [("X-Acme-Account", "contoso")],
    [("X-MS-Exchange-CrossTenant-AuthAs", "Internal")],
], ids=str)
def test_without_a_stamp_of_the_platform_there_is_no_evidence(relay, extra):
    outcome = relay.judge(stamped(None, None, extra=extra))
    expect.refused(outcome, "tenant-missing")


def test_a_signature_is_no_stamp(relay):
    content = sign(stamped(None, None), "contoso.onmicrosoft.com")
    expect.refused(relay.judge(content), "tenant-missing")


@pytest.mark.parametrize("stamps", [
    {"extra": [("X-OriginatorOrg", "evil.onmicrosoft.com")]},
    {"org": "evil.onmicrosoft.com", "extra": [("x-originatororg", "contoso.onmicrosoft.com")]},
    {"extra": [("X-MS-Exchange-CrossTenant-Id", OTHER_GUID)]},
    {"extra": [("X-MS-Exchange-CrossTenant-id", "")]},
    {"org": "contoso.com", "extra": [("X-OriginatorOrg", "contoso.onmicrosoft.com")]},
    {"org": "contoso.onmicrosoft.com."},
    {"org": ""},
    {"org": "contoso..onmicrosoft.com"},
    {"org": "contoso.onmicrosoft.com, evil.onmicrosoft.com"},
    {"org": "contoso.onmicrosoft.com evil.onmicrosoft.com"},
    {"org": "<contoso.onmicrosoft.com>"},
    {"tenant": "{" + GUID + "}"},
    {"tenant": GUID[:-1]},
    {"tenant": GUID + "0"},
    {"tenant": GUID.replace("-", "")},
    {"tenant": "g" + GUID[1:]},
    {"connecting": "TenantId=nobody;Ip=[192.0.2.1];Helo=[x]"},
    {"connecting": f"TenantId={GUID};Ip=[192.0.2.999];Helo=[x]"},
    {"connecting": f"TenantId={GUID};TenantId={GUID};Ip=[192.0.2.1]"},
    {"connecting": f"TenantId={GUID};Ip=[192.0.2.1];Ip=[192.0.2.1]"},
    {"connecting": f"TenantId={GUID}"},
    {"connecting": "Ip=[192.0.2.1]"},
    {"connecting": ""},
], ids=str)
def test_what_contradicts_itself_or_is_malformed_is_refused(relay, stamps):
    expect.refused(relay.judge(stamped(**stamps)), "tenant-conflict")


def test_two_connecting_fields_that_differ_are_a_conflict(relay):
    name = "X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp"
    one, two = (f"TenantId={GUID};Ip=[192.0.2.{i}];Helo=[x]" for i in (1, 2))
    expect.refused(relay.judge(stamped(connecting=one, extra=[(name, two)])), "tenant-conflict")
    expect.accepted(relay.judge(honest(connecting=one, extra=[(name, one)])))


def test_letters_are_not_mapped_before_a_name_is_compared(relay):
    bold = "".join(chr(0x1D41A + ord(letter) - ord("a")) for letter in "contoso") + ".com"
    expect.refused(relay.judge(stamped(bold, None)), "tenant-conflict")


def test_a_blocked_tenant_is_refused_for_everybody(daemon):
    blocked = ["microsoft365:known-bad.onmicrosoft.com", f"microsoft365:{OTHER_GUID}"]
    relay = daemon(policy(sender(tenants=[*blocked, f"microsoft365:{GUID}"]),
                          blocked_tenants=blocked))
    expect.refused(relay.judge(stamped("known-bad.onmicrosoft.com")), "tenant-blocked",
                   seen="known-bad.onmicrosoft.com")
    expect.refused(relay.judge(stamped("Known-Bad.onmicrosoft.com", None)), "tenant-blocked")
    expect.refused(relay.judge(stamped(None, OTHER_GUID.upper())), "tenant-blocked",
                   seen=OTHER_GUID)
    connecting = f"TenantId={OTHER_GUID};Ip=[192.0.2.1];Helo=[x]"
    expect.refused(relay.judge(stamped(None, connecting=connecting)), "tenant-blocked")
    expect.accepted(relay.judge(stamped(None)))


@pytest.mark.parametrize("stamps", [
    {"entity": "Internet"},
    {"entity": "HybridOnPrem"},
    {"entity": "hosted by us"},
    {"entity": "Future"},
    {"entity": ""},
    {"entity": None},
    {"extra": [("X-MS-Exchange-CrossTenant-FromEntityHeader", "Internet")]},
    {"extra": [("X-MS-Exchange-CrossTenant-FromEntityHeader", "Hosted")]},
    {"connecting": f"TenantId={OTHER_GUID};Ip=[192.0.2.1];Helo=[x]"},
    {"tenant": None, "connecting": f"TenantId={OTHER_GUID};Ip=[192.0.2.1];Helo=[x]"},
], ids=str)
def test_what_only_passed_through_is_refused(relay, stamps):
    expect.refused(relay.judge(stamped(**stamps)), "tenant-transit")


def test_a_connecting_tenant_that_is_listed_is_no_transit(daemon):
    relay = daemon(policy(sender(tenants=[f"microsoft365:{GUID}", f"microsoft365:{LISTED_GUID}"])))
    connecting = f"TenantId={LISTED_GUID};Ip=[192.0.2.1];Helo=[x]"
    expect.accepted(relay.judge(stamped(None, connecting=connecting)))


def test_an_entity_that_is_not_stamped_can_be_listed(daemon):
    relay = daemon(policy(sender(entities=["Hosted", "unstamped"])))
    expect.accepted(relay.judge(stamped(tenant=None, entity=None)))
    expect.accepted(relay.judge(stamped(tenant=None)))
    expect.refused(relay.judge(stamped(tenant=None, entity="Internet")), "tenant-transit")


@pytest.mark.parametrize("connecting, is_accepted", [
    ("Ip=[192.0.2.77]", True),
    ("Ip=[2001:db8::1]", True),
    ("Ip=[192.0.3.1]", False),
    ("Ip=[::ffff:192.0.2.77]", True),
    (None, False),
], ids=str)
def test_a_hybrid_message_must_come_from_the_listed_servers(daemon, connecting, is_accepted):
    relay = daemon(policy(sender(entities=["HybridOnPrem"],
                                 hybrid_sources=["192.0.2.0/24", "2001:db8::/48"],
                                 tenants=[f"microsoft365:{GUID}"])))
    connecting = connecting and f"TenantId={GUID};{connecting};Helo=[x]"
    outcome = relay.judge(stamped(None, entity="HybridOnPrem", connecting=connecting))
    if is_accepted:
        expect.accepted(outcome)
    else:
        expect.refused(outcome, "tenant-transit")


def test_a_sender_can_demand_name_and_guid(daemon):
    tenants = ["microsoft365:contoso.onmicrosoft.com", f"microsoft365:{GUID}"]
    relay = daemon(policy(sender(tenants=tenants, tenant_evidence="all")))
    expect.accepted(relay.judge(stamped()))
    expect.refused(relay.judge(stamped(tenant=None)), "tenant-denied")
    expect.refused(relay.judge(stamped(org=None)), "tenant-denied")


@pytest.mark.parametrize("organisation, reason", [
    ("00D20000000xxxx", None),
    ("00D20000000xxxxEAA", None),  # 18 characters: the checksum of the first 15
    ("00D20000000xxxxEAB", "tenant-conflict"),
    ("00D20000000xxxxE", "tenant-conflict"),
    ("00d20000000xxxx", "tenant-denied"),
    ("00D20000000xxxy", "tenant-denied"),
    ("", "tenant-conflict"),
    (None, "tenant-missing"),
], ids=str)
def test_salesforce_is_known_by_its_organisation(relay, organisation, reason):
    extra = [("X-SFDC-LK", organisation)] if organisation is not None else []
    content = sign(messages.message(extra=[*extra, *messages.stamps("evil.onmicrosoft.com")]))
    outcome = relay.judge(content, client="203.0.113.9", sender="x=1@bnc.salesforce.com")
    if reason is None:
        expect.accepted(outcome)
    else:
        expect.refused(outcome, reason)


def test_other_identities_are_judged_too(daemon):
    """Checks 3 to 8 must pass under every responsible sender."""
    relay = daemon(policy(sender(), sender("litware", ["microsoft365:litware.onmicrosoft.com"])))
    for options in ({"sender": "bounce@litware.com"}, {"sender": "bounce@mail.litware.com"}):
        outcome = relay.judge(stamped(tenant=None), **options)
        expect.refused(outcome, "tenant-denied", identity=options["sender"].partition("@")[2])
    for name in ("Sender", "Resent-From", "Resent-Sender"):
        outcome = relay.judge(stamped(tenant=None, extra=[(name, "x@litware.com")]))
        expect.refused(outcome, "tenant-denied", identity="litware.com")
    outcome = relay.judge(stamped(tenant=None, extra=[("Sender", "x@nobody.example")]))
    expect.accepted(outcome, senders=["contoso"])
    outcome = relay.judge(stamped(tenant=None, author="a@contoso.com, b@litware.com"))
    expect.refused(outcome, "tenant-denied", identity="litware.com")
