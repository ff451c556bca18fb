"""Leases 12.5 MW for three months in a sandbox, from listing to last invoice.

MARKETPLACE_ACCOUNTS, _INVENTORY, _LEASING and _BILLING say where the services are, MARKETPLACE_OPERATOR_KEY_FILE where
the operator's key is; by default they are those of './market up'.
"""

import calendar
import hashlib
import json
import os
import secrets
import sys
import time
import uuid

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from google.type.date_pb2 import Date
from google.type.decimal_pb2 import Decimal
from google.type.money_pb2 import Money
from marketplace.accounts.v1 import accounts_pb2_grpc, api_keys_pb2, market_clock_pb2, organisations_pb2
from marketplace.billing.v1 import billing_pb2_grpc, invoices_pb2
from marketplace.inventory.v1 import inventory_pb2_grpc, listings_pb2, pools_pb2, sites_pb2
from marketplace.leasing.v1 import leasing_pb2_grpc, negotiations_pb2, quotes_pb2, requests_pb2
from marketplace.options.v1 import options_pb2
from marketplace.terms.v1 import terms_pb2

DEADLINE_SECONDS = 30
PATIENCE_SECONDS = 60

# What the market answers with UNAVAILABLE or ABORTED is worth another attempt; the request keeps its id.
SERVICE_CONFIG = json.dumps({
    "methodConfig": [{
        "name": [{}],
        "retryPolicy": {
            "maxAttempts": 5,
            "initialBackoff": "0.25s",
            "maxBackoff": "2s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE", "ABORTED"],
        },
    }],
})


class Market:
    """The services as one organisation sees them, with its key: market.leasing("GetLease", request)."""

    def __init__(self, key):
        self.metadata = [("authorization", f"Bearer {key}")]
        self.accounts = self.connect(accounts_pb2_grpc.AccountsServiceStub, "ACCOUNTS", 7001)
        self.inventory = self.connect(inventory_pb2_grpc.InventoryServiceStub, "INVENTORY", 7002)
        self.leasing = self.connect(leasing_pb2_grpc.LeasingServiceStub, "LEASING", 7003)
        self.billing = self.connect(billing_pb2_grpc.BillingServiceStub, "BILLING", 7004)

    def connect(self, stub_class, name, port):
        address = os.environ.get(f"MARKETPLACE_{name}", f"http://127.0.0.1:{port}").removeprefix("http://").rstrip("/")
        stub = stub_class(grpc.insecure_channel(address, [("grpc.service_config", SERVICE_CONFIG)]))
        return lambda rpc, request: getattr(stub, rpc)(request, timeout=DEADLINE_SECONDS, metadata=self.metadata)


def effect():
    """Names an intended effect once; with the same id a call can be repeated and has one effect."""
    return str(uuid.uuid4())


def register(operator, name, role):
    """Registers an organisation with a key of its own; the secret is made here, and only its hash is sent."""
    organisation = operator.accounts("CreateOrganisation", organisations_pb2.CreateOrganisationRequest(
        request_id=effect(), display_name=name, roles=[role]))
    secret = secrets.token_bytes(32)
    key = operator.accounts("CreateApiKey", api_keys_pb2.CreateApiKeyRequest(
        request_id=effect(),
        organisation_id=organisation.organisation_id,
        display_name="lease.py",
        secret_sha256=hashlib.sha256(secret).digest(),
        scopes=[
            options_pb2.SCOPE_INVENTORY_READ, options_pb2.SCOPE_INVENTORY_WRITE, options_pb2.SCOPE_LEASING_READ,
            options_pb2.SCOPE_LEASING_WRITE, options_pb2.SCOPE_LEASING_SIGN, options_pb2.SCOPE_BILLING_READ,
        ]))
    return Market(f"mk_{key.api_key_id}_{secret.hex()}")


def refusal(error):
    """What an error says beside its status: the stable reason, and every wrong field."""
    trailers = dict(error.trailing_metadata() or ())
    info, bad_request = ErrorInfo(), BadRequest()
    for detail in Status.FromString(trailers.get("grpc-status-details-bin", b"")).details:
        detail.Unpack(info)
        detail.Unpack(bad_request)
    return error.code().name, info.reason, bad_request.field_violations


def eventually(read, is_there):
    """Waits for what the services do behind a call."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_there(value := read()):
        if time.monotonic() > end:
            raise TimeoutError(f"After {PATIENCE_SECONDS} s it is still {value}.")
        time.sleep(0.1)
    return value


def text(date):
    return f"{date.year:04}-{date.month:02}-{date.day:02}"


def cents(money):
    """An amount in whole cents; a float would not be exact."""
    return money.units * 100 + money.nanos // 10_000_000


def usd(amount):
    return f"{amount // 100}.{amount % 100:02}"


def list_capacity(provider, buyer, start, end):
    """Describes a site and its capacity, and offers it; comes back when the buyer finds it."""
    site = provider.inventory("CreateSite", sites_pb2.CreateSiteRequest(
        request_id=effect(), display_name="Westside", region="us-tn", time_zone="America/Chicago"))
    steps = [pools_pb2.CurveStep(start_date=start, power_kw=12_500)]
    pool = provider.inventory("CreatePool", pools_pb2.CreatePoolRequest(
        request_id=effect(),
        site_id=site.site_id,
        display_name="Hall 1",
        service_level=terms_pb2.SERVICE_LEVEL_BARE_METAL,
        nameplate_kw=12_500,
        capacity_steps=steps))
    listing = provider.inventory("CreateListing", listings_pb2.CreateListingRequest(
        request_id=effect(),
        pool_id=pool.pool_id,
        offer=listings_pb2.ListingOffer(
            display_name="Hall 1",
            start_date=start,
            end_date=end,
            offered_steps=steps,
            minimum_lot_kw=500,
            maximum_lot_kw=12_500,
            lot_step_kw=500,
            price=listings_pb2.ListingPrice(
                basis=terms_pb2.FEE_BASIS_PER_MW_MONTH,
                amount=Money(currency_code="USD", units=98_765, nanos=430_000_000)),
            ramp_steps=[listings_pb2.RampStep(step_months=2, discount=Decimal(value="0.5"))],
            notice_offers=[listings_pb2.NoticeOffer(
                party=terms_pb2.TERMINATION_PARTY_EITHER,
                notice_days=90,
                notice_basis=terms_pb2.NOTICE_BASIS_CALENDAR,
                alignment=terms_pb2.TERMINATION_ALIGNMENT_EXACT,
                fee=terms_pb2.TerminationFee(kind=terms_pb2.TERMINATION_FEE_KIND_NONE))],
            notice_receipt=terms_pb2.NoticeReceipt(rule=terms_pb2.NOTICE_RECEIPT_RULE_ANY_TIME),
            day_count=terms_pb2.DAY_COUNT_THIRTY_360,
            billing=terms_pb2.BillingTerms(
                cycle=terms_pb2.BILLING_CYCLE_CALENDAR_MONTH,
                timing=terms_pb2.BILLING_TIMING_ADVANCE,
                due_days=30))))
    provider.inventory("PublishListing", listings_pb2.PublishListingRequest(
        request_id=effect(), listing_id=listing.listing_id))
    print(f"listed      12.5 MW from {text(start)} until {text(end)}")
    criteria = requests_pb2.CapacityCriteria(
        capacity_steps=[terms_pb2.CapacityStep(start_date=start, end_date=end, contracted_kw=12_500)],
        service_level=terms_pb2.SERVICE_LEVEL_BARE_METAL,
        currency_code="USD")
    search = requests_pb2.SearchCapacityRequest(criteria=criteria, page_size=100)
    eventually(
        lambda: buyer.leasing("SearchCapacity", search),
        lambda found: any(match.listing.listing_id == listing.listing_id for match in found.matches))
    return listing.listing_id, criteria


def blunder(buyer, criteria):
    """Asks for capacity with two mistakes, which the market names both at once."""
    wrong = requests_pb2.CapacityCriteria()
    wrong.CopyFrom(criteria)
    wrong.currency_code, wrong.service_level = "dollars", terms_pb2.SERVICE_LEVEL_UNSPECIFIED
    try:
        buyer.leasing("CreateCapacityRequest", requests_pb2.CreateCapacityRequestRequest(
            request_id=effect(), criteria=wrong))
    except grpc.RpcError as error:
        status, reason, fields = refusal(error)
        print(f"refused     {status} {reason}")
        for field in fields:
            print(f"            {field.field}: {field.reason}, {field.description}")
        return
    raise AssertionError("A request in dollars was taken.")


def agree(provider, buyer, listing_id, criteria):
    """Negotiates a quote in one counter-offer round, and signs it on both sides."""
    request = buyer.leasing("CreateCapacityRequest", requests_pb2.CreateCapacityRequestRequest(
        request_id=effect(), criteria=criteria))
    quote = buyer.leasing("CreateQuote", quotes_pb2.CreateQuoteRequest(
        request_id=effect(), listing_id=listing_id, capacity_request_id=request.capacity_request_id))
    print(f"quoted      USD {usd(cents(quote.total_amount))}")

    terms = quote.terms
    terms.title, terms.billing.due_days = "Hall 1", 45
    negotiation = buyer.leasing("CreateNegotiation", negotiations_pb2.CreateNegotiationRequest(
        request_id=effect(), quote_id=quote.quote_id, terms=terms))
    terms.billing.due_days = 30
    offer = provider.leasing("MakeOffer", negotiations_pb2.MakeOfferRequest(
        request_id=effect(),
        negotiation_id=negotiation.negotiation_id,
        base_version=negotiation.latest_version,
        terms=terms))
    version = {"negotiation_id": negotiation.negotiation_id, "version": offer.version}
    buyer.leasing("AcceptVersion", negotiations_pb2.AcceptVersionRequest(request_id=effect(), **version))
    for change in offer.changes:
        print(f"negotiated  {change.field} from {change.before_json} to {change.after_json}")

    # Both sign the hash of the same bytes; who wants to know what they say reads them, and hashes them.
    for side in (provider, buyer):
        agreed = side.leasing("GetTermsVersion", negotiations_pb2.GetTermsVersionRequest(**version))
        side.leasing("SignVersion", negotiations_pb2.SignVersionRequest(
            request_id=effect(), terms_sha256=agreed.terms_sha256, **version))
    reading = negotiations_pb2.GetNegotiationRequest(negotiation_id=negotiation.negotiation_id)
    signed = eventually(
        lambda: buyer.leasing("GetNegotiation", reading),
        lambda known: known.state != negotiations_pb2.NEGOTIATION_STATE_RESERVING)
    print(f"signed      by both: {negotiations_pb2.NegotiationState.Name(signed.state)}")
    return signed.lease_id


def advance(operator, date):
    """Moves the market clock, and follows it by a stream."""
    request = market_clock_pb2.AdvanceClockRequest(request_id=effect())
    request.target_market_time.FromSeconds(calendar.timegm((date.year, date.month, date.day, 0, 0, 0)))
    last = operator.accounts("AdvanceClock", request)
    watching = market_clock_pb2.WatchClockAdvanceRequest(clock_advance_id=last.clock_advance_id)
    for last in operator.accounts("WatchClockAdvance", watching):
        pass
    if last.state != market_clock_pb2.CLOCK_ADVANCE_STATE_SUCCEEDED:
        raise RuntimeError(f"The clock is {last}.")


def main():
    path = os.environ.get("MARKETPLACE_OPERATOR_KEY_FILE", "artifacts/system/keys/operator.key")
    with open(path, encoding="ascii") as file:
        operator = Market(file.read().strip())
    provider = register(operator, "Westside Compute", options_pb2.ROLE_PROVIDER)
    buyer = register(operator, "Model Makers", options_pb2.ROLE_BUYER)

    # Three months, from the 16th of the next month of the market clock.
    now = operator.accounts("GetMarketClock", market_clock_pb2.GetMarketClockRequest()).market_time.ToDatetime()
    this_month = now.year * 12 + now.month - 1
    start, end = (
        Date(year=month // 12, month=month % 12 + 1, day=16) for month in (this_month + 1, this_month + 4))

    listing_id, criteria = list_capacity(provider, buyer, start, end)
    blunder(buyer, criteria)
    lease_id = agree(provider, buyer, listing_id, criteria)
    advance(operator, end)
    total = 0
    for invoice in buyer.billing("ListInvoices", invoices_pb2.ListInvoicesRequest(lease_id=lease_id)).invoices:
        period = f"{text(invoice.period_start_date)} until {text(invoice.period_end_date)}"
        print(f"invoiced    {period}  {usd(cents(invoice.amount))}")
        total += cents(invoice.amount)
    print(f"in all      USD {usd(total)}")


try:
    main()
except grpc.RpcError as error:
    sys.exit(f"{error.code().name}: {error.details()}")
