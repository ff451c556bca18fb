using Marketplace.Billing.V1;
using Marketplace.Cli.Api.Behaviours;
using Marketplace.Client;
using Marketplace.Inventory.V1;

namespace Marketplace.Cli.Api;

/// <summary>
/// Every RPC that somebody else than the market's own services may call. Options, help, completion and output follow
/// from the protos.
/// </summary>
internal static class ApiCommands
{
    private const string Accounts = "marketplace/accounts/v1/";
    private const string Inventory = "marketplace/inventory/v1/";
    private const string Leasing = "marketplace/leasing/v1/";
    private const string Billing = "marketplace/billing/v1/";

    public static readonly IReadOnlyList<ApiResource> All =
    [
        new("organisation", $"{Accounts}organisations.proto", MarketService.Accounts,
            new("create", "CreateOrganisation"),
            new("get", "GetOrganisation", "organisation_id"),
            new("list", "ListOrganisations") { Columns = "organisation_id display_name roles create_time" }),
        new("api-key", $"{Accounts}api_keys.proto", MarketService.Accounts,
            new("create", "CreateApiKey") { Behaviour = () => new KeyMaking() },
            new("get", "GetApiKey", "api_key_id"),
            new("list", "ListApiKeys") { Columns = "api_key_id display_name state scopes expire_time" },
            new("rotate", "RotateApiKey", "api_key_id") { Behaviour = () => new KeyMaking() },
            new("revoke", "RevokeApiKey", "api_key_id")
            {
                Behaviour = () => new Asking("Services refuse the key within a second, for good."),
            }),
        new("clock", $"{Accounts}market_clock.proto", MarketService.Accounts,
            new("get", "GetMarketClock"),
            new("advance", "AdvanceClock", "target_market_time") { Behaviour = () => new ClockMoving() },
            new("get-advance", "GetClockAdvance", "clock_advance_id"),
            new("watch", "WatchClockAdvance", "clock_advance_id?") { Behaviour = () => new ClockWatching() },
            new("resume", "ResumeClockAdvance", "clock_advance_id") { Behaviour = () => new ClockMoving() }),
        new("site", $"{Inventory}sites.proto", MarketService.Inventory,
            new("create", "CreateSite"),
            new("get", "GetSite", "site_id"),
            new("update", "UpdateSite", "site_id") { Behaviour = () => new NamedChange() },
            new("list", "ListSites") { Columns = "site_id display_name region time_zone" }),
        new("pool", $"{Inventory}pools.proto", MarketService.Inventory,
            new("create", "CreatePool", "site_id"),
            new("get", "GetPool", "pool_id"),
            new("update", "UpdatePool", "pool_id") { Behaviour = () => new NamedChange() },
            new("list", "ListPools") { Columns = "pool_id display_name service_level accelerator_model nameplate_kw" },
            new("set-curve", "SetCapacityCurve", "pool_id"),
            new("set-floor", "SetProviderFloor", "pool_id"),
            new("availability", "GetPoolAvailability", "pool_id")),
        new("pool-usage", $"{Inventory}usage.proto", MarketService.Inventory,
            new("record", "RecordPoolUsage", "pool_id"),
            new("get", "GetPoolUsage", "pool_id")),
        new("idle-capacity", "marketplace.inventory.v1.IdleCapacity", MarketService.Inventory,
            new("get", "GetIdleCapacity", "pool_id") { Body = "criteria" },
            new("list", "ListIdleCapacity")
            {
                Body = "criteria",
                Columns = "pool_id finding suggestion.idle_kw:Idle_kW suggestion.week_count:Weeks "
                    + "suggestion.start_date:From needed_kw:Needed_kW judged_floor_kw:Floor_kW",
            }),
        new("listing", $"{Inventory}listings.proto", MarketService.Inventory,
            new("create", "CreateListing", "pool_id") { Body = "offer" },
            new("get", "GetListing", "listing_id"),
            new("list", "ListListings")
            {
                Columns = "listing_id state offer.display_name:Name region service_level offer.price.amount:Price",
            },
            new("update", "UpdateListing", "listing_id") { Body = "offer", Behaviour = () => new ListingChange() },
            new("publish", "PublishListing", "listing_id"),
            new("suspend", "SuspendListing", "listing_id"),
            new("withdraw", "WithdrawListing", "listing_id")
            {
                Behaviour = () => new Asking("The listing is taken off the market for good."),
            },
            new("availability", "GetListingAvailability", "listing_id")),
        new("inventory", $"{Inventory}changes.proto", MarketService.Inventory,
            new ApiVerb("watch", "WatchInventory") { Behaviour = () => new InventoryWatching() }),
        new("reservation", $"{Inventory}reservations.proto", MarketService.Inventory,
            new("get", "GetReservation", "reservation_id"),
            new("list", "ListReservations") { Columns = "reservation_id state lease_id end_date" }),
        new("capacity", $"{Inventory}availability.proto", MarketService.Inventory,
            new("curve", "GetCapacityCurve"),
            new("find", "FindCapacity"),
            new("check", "CheckCapacity")
            {
                Behaviour = () => new Judging(answer => ((CapacityCheck)answer).OversoldKw == 0),
            },
            new("search", "SearchCapacity")
            {
                Service = MarketService.Leasing,
                Body = "criteria",
                Columns = "rank listing.listing_id listing.offer.display_name:Name listing.region total_amount:Total "
                    + "mw_month_amount:Per_MW-month",
            }),
        new("request", $"{Leasing}requests.proto", MarketService.Leasing,
            new("create", "CreateCapacityRequest") { Body = "criteria" },
            new("get", "GetCapacityRequest", "capacity_request_id"),
            new("list", "ListCapacityRequests")
            {
                Columns = "capacity_request_id state criteria.service_level standing expire_time",
            },
            new("withdraw", "WithdrawCapacityRequest", "capacity_request_id")),
        new("quote", $"{Leasing}quotes.proto", MarketService.Leasing,
            new("create", "CreateQuote", "listing_id") { Body = "criteria" },
            new("get", "GetQuote", "quote_id"),
            new("list", "ListQuotes") { Columns = "quote_id state listing_id total_amount:Total expire_time" }),
        new("negotiation", $"{Leasing}negotiations.proto", MarketService.Leasing,
            new("create", "CreateNegotiation", "quote_id") { Body = "terms", Behaviour = () => new FirstOffer() },
            new("get", "GetNegotiation", "negotiation_id"),
            new("list", "ListNegotiations")
            {
                Columns = "negotiation_id state latest_version:Version latest_offer_party:Offer_by "
                    + "agreed_version:Agreed lease_id",
            },
            new("offer", "MakeOffer", "negotiation_id") { Body = "terms", Behaviour = () => new CounterOffer() },
            new("accept", "AcceptVersion", "negotiation_id", "version"),
            new("sign", "SignVersion", "negotiation_id", "version?") { Behaviour = () => new Signing() },
            new("decline", "DeclineNegotiation", "negotiation_id"),
            new("withdraw", "WithdrawNegotiation", "negotiation_id")),
        new("version", "marketplace.leasing.v1.TermsVersion", MarketService.Leasing,
            new("get", "GetTermsVersion", "negotiation_id", "version?"),
            new("list", "ListTermsVersions", "negotiation_id")
            {
                Columns = "version party total_amount:Total firm_amount:Firm comment create_time",
            },
            new("compare", "CompareVersions", "negotiation_id", "base_version", "version?")),
        new("lease", $"{Leasing}leases.proto", MarketService.Leasing,
            new("get", "GetLease", "lease_id"),
            new("list", "ListLeases")
            {
                Columns = "lease_id state title start_date:Start end_date:End peak_contracted_kw:Peak_kW "
                    + "headline_amount_at_signing:Headline",
            },
            new("terms", "GetSignedTerms", "lease_id"),
            new("changes", "ListLeaseChanges", "lease_id")
            {
                Columns = "version from_state:From to_state:To flags end_date:End cause.reason "
                    + "cause.occur_time:Occurred",
            }),
        new("termination-quote", "marketplace.leasing.v1.TerminationQuote", MarketService.Leasing,
            new("create", "CreateTerminationQuote", "lease_id"),
            new("get", "GetTerminationQuote", "termination_quote_id")),
        new("notice", $"{Leasing}notices.proto", MarketService.Leasing,
            new("serve", "ServeNotice", "termination_quote_id") { Behaviour = () => new ServingNotice() },
            new("get", "GetNotice", "notice_id"),
            new("list", "ListNotices")
            {
                Columns = "notice_id state party lease_id effect.receipt_date:Received effect.end_date:End",
            },
            new("withdraw", "WithdrawNotice", "notice_id")),
        new("trading", $"{Leasing}trading.proto", MarketService.Leasing,
            new("status", "GetTradingStatus"),
            new("halt", "HaltTrading")
            {
                Behaviour = () => new Asking("Nobody can request, quote, negotiate or sign until trading resumes."),
            },
            new("resume", "ResumeTrading")),
        new("schedule", $"{Billing}schedules.proto", MarketService.Billing,
            new ApiVerb("get", "GetBillingSchedule", "lease_id")),
        new("meters", $"{Billing}meters.proto", MarketService.Billing,
            new ApiVerb("get", "GetLeaseMeters", "lease_id")),
        new("invoice", $"{Billing}invoices.proto", MarketService.Billing,
            new("get", "GetInvoice", "invoice_id"),
            new("list", "ListInvoices")
            {
                Columns = "invoice_id state period_start_date:From period_end_date:Until due_date:Due amount "
                    + "outstanding_amount:Outstanding",
            }),
        new("correction-note", $"{Billing}correction_notes.proto", MarketService.Billing,
            new("get", "GetCorrectionNote", "correction_note_id"),
            new("list", "ListCorrectionNotes")
            {
                Columns = "correction_note_id kind invoice_id issue_date:Issued amount reason",
            }),
        new("payment", $"{Billing}payments.proto", MarketService.Billing,
            new("record", "RecordPayment", "invoice_id"),
            new("get", "GetPayment", "payment_id"),
            new("list", "ListPayments") { Columns = "payment_id invoice_id amount reference receive_time:Received" }),
        new("ledger", $"{Billing}ledger.proto", MarketService.Billing,
            new("accounts", "ListLedgerAccounts") { Columns = "ledger_account_id kind organisation_id balance" },
            new("account", "GetLedgerAccount", "ledger_account_id"),
            new("entries", "ListLedgerEntries")
            {
                Columns = "ledger_entry_id batch_sequence:Batch kind source_id record_time:Recorded",
            },
            new("batches", "ListLedgerBatches")
            {
                Columns = "sequence entry_count:Entries batch_sha256 record_time:Recorded",
            },
            new("check", "CheckConservation")
            {
                Behaviour = () => new Judging(answer =>
                    answer is ConservationCheck { Balanced: true, ChainIntact: true }),
            }),
        new("parked-message", "marketplace/operations/v1/parked_messages.proto", MarketService.Accounts,
            new("list", "ListParkedMessages")
            {
                Columns = "parked_message_id service_name:Service message_name:Message attempt_count:Attempts "
                    + "failure_reason:Failure",
                Behaviour = () => new OfOneService(),
            },
            new("get", "GetParkedMessage", "parked_message_id") { Behaviour = () => new OfOneService() },
            new("replay", "ReplayParkedMessage", "parked_message_id")
            {
                Behaviour = () => new OfOneService(),
            }),
    ];

    /// <summary>
    /// The columns of lists within answers, by the name of their message; of others all that say something.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string> Columns = new Dictionary<string, string>
    {
        ["marketplace.inventory.v1.CapacityPeriod"] =
            "start_date:From end_date:Until capacity_kw_days:Capacity_kW-days floor_kw_days:Floor_kW-days "
            + "reserved_kw_days:Reserved_kW-days free_kw_days:Free_kW-days minimum_free_kw:Least_kW "
            + "maximum_free_kw:Most_kW utilisation:Used",
        ["marketplace.inventory.v1.HeldCapacity"] = "pool_id start_date:From end_date:Until held_kw",
        ["marketplace.billing.v1.InvoiceLine"] =
            "line_number:Line tranche_id:Tranche clause_id:Clause start_date:From end_date:Until price discount "
            + "day_count:Count numerator:Days denominator:Of billable_kw:kW amount",
        ["marketplace.billing.v1.CorrectionLine"] =
            "corrected_line_number:Line corrected_line.start_date:From corrected_line.end_date:Until "
            + "corrected_line.numerator:Days corrected_line.denominator:Of amount",
        ["marketplace.leasing.v1.NegotiationChange"] =
            "from_state:From to_state:To cause.reason:Reason cause.comment:Comment cause.occur_time:Occurred",
        ["marketplace.leasing.v1.Signature"] = "party version terms_sha256 sign_time:Signed",
        ["marketplace.leasing.v1.WithdrawalConsent"] = "party cause.comment:Comment cause.occur_time:Occurred",
    };
}
