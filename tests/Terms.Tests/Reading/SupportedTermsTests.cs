using FsCheck;
using FsCheck.Fluent;

namespace Marketplace.Terms.Tests;

/// <summary>What can be said and has no behaviour yet is found, under the path of the field that says it.</summary>
public sealed class SupportedTermsTests
{
    private static readonly Dictionary<string, (Action<V1.LeaseTerms> Say, string Field)> Unsupported = new()
    {
        ["delivery by acceptance"] = (
            terms => terms.Tranches[1].Delivery = MalformedSheets.Base().Tranches[1].Delivery,
            "tranches[1].delivery.kind"),
        ["availability credits"] = (
            terms => terms.Tranches[1].Availability = MalformedSheets.Base().Tranches[1].Availability,
            "tranches[1].availability"),
        ["an interval that moves"] = (
            terms => terms.FeeIntervals[2].Anchor = V1.FeeAnchor.Commencement, "fee_intervals[2].anchor"),
        ["termination for cause"] = (
            terms => terms.TerminationRights[1].Kind = V1.TerminationKind.Cause, "termination_rights[1].kind"),
        ["termination for late delivery"] = (
            terms => terms.TerminationRights[1].Kind = V1.TerminationKind.LateDelivery, "termination_rights[1].kind"),
        ["termination for non-payment"] = (
            terms => terms.TerminationRights[1].Kind = V1.TerminationKind.NonPayment, "termination_rights[1].kind"),
        ["termination for chronic failure"] = (
            terms => terms.TerminationRights[1].Kind = V1.TerminationKind.ChronicSla, "termination_rights[1].kind"),
        ["a fee for winding down"] = (
            terms => terms.TerminationRights[0].Fee = new()
            {
                Kind = V1.TerminationFeeKind.WindDown,
                Amount = new() { CurrencyCode = "USD", Units = 1 },
            },
            "termination_rights[0].fee.kind"),
        ["a fee that makes whole"] = (
            terms => terms.TerminationRights[0].Fee = new()
            {
                Kind = V1.TerminationFeeKind.MakeWhole,
                Share = new() { Value = "0.5" },
            },
            "termination_rights[0].fee.kind"),
        ["a fee that claws the ramp back"] = (
            terms => terms.TerminationRights[0].Fee = new()
            {
                Kind = V1.TerminationFeeKind.RampClawback,
                Share = new() { Value = "0.5" },
            },
            "termination_rights[0].fee.kind"),
        ["renewal once"] = (terms => terms.Renewal = Renewal(V1.RenewalKind.RenewOnce), "renewal.kind"),
        ["renewal again and again"] = (terms => terms.Renewal = Renewal(V1.RenewalKind.Renew), "renewal.kind"),
        ["an evergreen"] = (terms => terms.Renewal = Renewal(V1.RenewalKind.Evergreen), "renewal.kind"),
        ["holdover"] = (
            terms => terms.Renewal = new() { Kind = V1.RenewalKind.Cancel, HoldoverMultiple = new() { Value = "0" } },
            "renewal.holdover_multiple"),
        ["decommissioning"] = (
            terms => terms.Renewal = new() { Kind = V1.RenewalKind.Cancel, DecommissioningDays = 1 },
            "renewal.decommissioning_days"),
        ["an option"] = (terms => terms.Options.Add(MalformedSheets.Base().Options[1]), "options[0]"),
        ["a commitment"] = (terms => terms.Commitments.Add(MalformedSheets.Base().Commitments[0]), "commitments[0]"),
        ["a deposit"] = (terms => terms.Deposit = MalformedSheets.Base().Deposit, "deposit"),
        ["a prepayment"] = (terms => terms.Prepayments.Add(MalformedSheets.Base().Prepayments[0]), "prepayments[0]"),
        ["a letter of credit"] = (
            terms => terms.LettersOfCredit.Add(MalformedSheets.Base().LettersOfCredit[0]), "letters_of_credit[0]"),
        ["an escrow"] = (terms => terms.Escrows.Add(MalformedSheets.Base().Escrows[0]), "escrows[0]"),
        ["a default"] = (terms => terms.PaymentDefault = MalformedSheets.Base().PaymentDefault, "payment_default"),
    };

    public static TheoryData<string> Names => new(Unsupported.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_OneUnsupportedTerm_NamesItsFieldAndReadsTheTerms(string name)
    {
        var terms = Supported();
        Assert.Empty(TermsReader.Read(terms).Unsupported);
        Unsupported[name].Say(terms);
        var reading = TermsReader.Read(terms);
        Assert.Equal([(Unsupported[name].Field, TermsReasons.UnsupportedTerm)], Rows(reading));
        Assert.NotNull(reading.Terms);
    }

    [Fact]
    public void Read_SheetThatSaysEverything_NamesEachUnsupportedTermInTheOrderOfTheProtos() => Assert.Equal(
        [
            "tranches[1].delivery.kind", "tranches[1].availability", "fee_intervals[2].anchor",
            "termination_rights[1].kind", "termination_rights[1].fee.kind",
            "termination_rights[2].kind", "termination_rights[2].fee.kind",
            "renewal.kind", "renewal.holdover_multiple", "renewal.decommissioning_days",
            "options[0]", "options[1]", "commitments[0]",
            "deposit", "prepayments[0]", "letters_of_credit[0]", "escrows[0]", "payment_default",
        ],
        TermsReader.Read(MalformedSheets.Base()).Unsupported.Select(finding => finding.Field));

    [Fact]
    public void Read_DraftWithOpenTerms_NamesUnsupportedTermsToo()
    {
        // What cannot be signed anyway is said while the parties still negotiate.
        var terms = new V1.LeaseTerms { Deposit = new() };
        Assert.Equal([("deposit", TermsReasons.UnsupportedTerm)], Rows(TermsReader.Read(terms)));
    }

    [Fact]
    public void Read_SupportedSheets_NamesNothing() => Prop
        .ForAll(
            Arb.From(AnyTerms.Supported),
            terms => TermsReader.Read(terms) is { Terms: not null, Unsupported.Count: 0 })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));

    private static IEnumerable<(string, string)> Rows(TermsReading reading) =>
        reading.Unsupported.Select(finding => (finding.Field, finding.Reason));

    private static V1.Renewal Renewal(V1.RenewalKind kind) => new()
    {
        Kind = kind,
        TermMonths = 12,
        NonRenewalNoticeDays = 0,
        PriceRule = new() { Kind = V1.PriceRuleKind.Fixed },
    };

    // The valid sheet of malformed.json without what it says that is not supported.
    private static V1.LeaseTerms Supported()
    {
        var terms = MalformedSheets.Base();
        (terms.Tranches[1].Delivery, terms.Tranches[1].Availability) = (new() { Kind = V1.DeliveryKind.AtStart }, null);
        terms.FeeIntervals[2].Anchor = V1.FeeAnchor.Calendar;
        foreach (var right in terms.TerminationRights)
        {
            (right.Kind, right.Fee) = (V1.TerminationKind.Convenience, new() { Kind = V1.TerminationFeeKind.None });
            right.ClearCureDays();
        }
        (terms.Renewal, terms.Deposit, terms.PaymentDefault) = (null, null, null);
        terms.Options.Clear();
        terms.Commitments.Clear();
        terms.Prepayments.Clear();
        terms.LettersOfCredit.Clear();
        terms.Escrows.Clear();
        return terms;
    }
}
