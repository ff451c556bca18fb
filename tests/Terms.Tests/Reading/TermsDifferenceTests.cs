using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf.Collections;

namespace Marketplace.Terms.Tests;

/// <summary>What two versions of terms differ in, as the parties read it.</summary>
public sealed class TermsDifferenceTests
{
    private static readonly Config Cases = Config.QuickThrowOnFailure.WithMaxTest(3_000);

    private static Arbitrary<V1.LeaseTerms> Sheets => Arb.From(AnyTerms.Complete, AnyTerms.Shrink);

    [Fact]
    public void Between_TrancheAdded_GivesItsLeaves()
    {
        var hall = new V1.Tranche
        {
            TrancheId = "hall-3",
            ServiceLevel = V1.ServiceLevel.PoweredShell,
            CapacitySteps = { Step("2027-01-01", "2029-06-01", 50_000) },
            Delivery = new() { Kind = V1.DeliveryKind.AtStart },
        };
        Check(terms => terms.Tranches.Add(hall),
        [
            new("tranches[hall-3].tranche_id", null, "hall-3"),
            new("tranches[hall-3].service_level", null, "POWERED_SHELL"),
            new("tranches[hall-3].capacity_steps[2027-01-01].start_date", null, "2027-01-01"),
            new("tranches[hall-3].capacity_steps[2027-01-01].end_date", null, "2029-06-01"),
            new("tranches[hall-3].capacity_steps[2027-01-01].contracted_kw", null, "50000"),
            new("tranches[hall-3].delivery.kind", null, "AT_START"),
        ]);
    }

    [Fact]
    public void Between_TrancheInsertedInFront_DoesNotTouchTheOthers()
    {
        var hall = new V1.Tranche { TrancheId = "hall-0" };
        Check(terms => terms.Tranches.Insert(0, hall), [new("tranches[hall-0].tranche_id", null, "hall-0")]);
    }

    [Fact]
    public void Between_ClauseRemoved_GivesItsLeaves() => Check(terms => terms.TerminationRights.RemoveAt(2),
    [
        new("termination_rights[unpaid].clause_id", "unpaid", null),
        new("termination_rights[unpaid].party", "PROVIDER", null),
        new("termination_rights[unpaid].kind", "NON_PAYMENT", null),
        new("termination_rights[unpaid].notice_days", "10", null),
        new("termination_rights[unpaid].notice_basis", "CALENDAR", null),
        new("termination_rights[unpaid].lock_in", "NONE", null),
        new("termination_rights[unpaid].alignment", "EXACT", null),
        new("termination_rights[unpaid].fee.kind", "WIND_DOWN", null),
        new("termination_rights[unpaid].fee.amount", "5000000.00 USD", null),
    ]);

    [Fact]
    public void Between_ClauseRenamed_IsOneRemovedAndOneAdded() => Check(
        terms => terms.Commitments[0].ClauseId = "take-or-pay",
        [
            .. Rows("commitments[take]", "take").Select(row => row with { After = null }),
            .. Rows("commitments[take-or-pay]", "take-or-pay").Select(row => row with { Before = null }),
        ]);

    [Fact]
    public void Between_StepInserted_GivesTheStepAndTheEndOfTheOneBefore() => Check(
        terms =>
        {
            terms.Tranches[0].CapacitySteps[0].EndDate = Date("2026-06-01");
            terms.Tranches[0].CapacitySteps.Insert(1, Step("2026-06-01", "2026-07-01", 150_000));
        },
        [
            new("tranches[hall-1].capacity_steps[2026-05-01].end_date", "2026-07-01", "2026-06-01"),
            new("tranches[hall-1].capacity_steps[2026-06-01].start_date", null, "2026-06-01"),
            new("tranches[hall-1].capacity_steps[2026-06-01].end_date", null, "2026-07-01"),
            new("tranches[hall-1].capacity_steps[2026-06-01].contracted_kw", null, "150000"),
        ]);

    [Fact]
    public void Between_DiscountChanged_GivesBothAsWritten() => Check(
        terms => terms.FeeIntervals[0].Discount.Value = "0.50", [new("fee_intervals[ramp].discount", "0.5", "0.50")]);

    [Fact]
    public void Between_DiscountLeftOut_GivesNothingAfterIt() => Check(
        terms => terms.FeeIntervals[0].Discount = null, [new("fee_intervals[ramp].discount", "0.5", null)]);

    [Fact]
    public void Between_AmountChanged_GivesItWithItsCurrency() => Check(
        terms =>
        {
            terms.FeeIntervals[2].Amount.Nanos = 123_456_788;
            terms.Deposit.Amount = new() { CurrencyCode = "EUR", Units = -1, Nanos = -500_000_000 };
        },
        [
            new("fee_intervals[power].amount", "120000.123456789 USD", "120000.123456788 USD"),
            new("deposit.amount", "50000000.00 USD", "-1.50 EUR"),
        ]);

    [Fact]
    public void Between_EnumsChangedAndLeftOpen_GivesTheirShortNames() => Check(
        terms =>
        {
            terms.DayCount = V1.DayCount.Act365F;
            terms.Billing.Timing = V1.BillingTiming.Unspecified;
            terms.TerminationRights[1].Alignment = (V1.TerminationAlignment)99;
        },
        [
            new("day_count", "ACT_MONTH", "ACT_365F"),
            new("billing.timing", "ADVANCE", null),
            new("termination_rights[cause].alignment", "END_OF_BILLING_MONTH", "99"),
        ]);

    [Fact]
    public void Between_HolidayAddedAndRemoved_GivesTheDays() => Check(
        terms =>
        {
            terms.Holidays.RemoveAt(0);
            terms.Holidays.Add(Date("2027-01-01"));
        },
        [new("holidays", "2026-07-03", null), new("holidays", null, "2027-01-01")]);

    [Fact]
    public void Between_TextsTimesAndNumbersChanged_GivesThem() => Check(
        terms =>
        {
            (terms.Title, terms.Comment) = ("Two halls", "");
            terms.EndDate = Date("2029-05-31");
            terms.NoticeReceipt.CutoffTime = new() { Hours = 9, Minutes = 5 };
            terms.Tranches[1].AcceleratorCount = 7;
            terms.TerminationRights[0].NoticeDays = 0;
            terms.TerminationRights[1].ClearNoticeDays();
        },
        [
            new("title", "Two halls near Memphis", "Two halls"),
            new("comment", MalformedSheets.Base().Comment, null),
            new("end_date", "2029-06-01", "2029-05-31"),
            new("tranches[hall-2].accelerator_count", null, "7"),
            new("termination_rights[convenience].notice_days", "90", "0"),
            new("termination_rights[cause].notice_days", "30", null),
            new("notice_receipt.cutoff_time", "17:00", "09:05"),
        ]);

    [Fact]
    public void Between_ListWithoutNames_TellsEntriesByTheirPosition() => Check(
        terms =>
        {
            terms.Tranches[1].Availability.Tiers[1].Credit.Value = "0.3";
            terms.Escrows.Add(new V1.Escrow { ReleaseConditions = "Never." });
        },
        [
            new("tranches[hall-2].availability.tiers[1].credit", "0.25", "0.3"),
            new("escrows[1].release_conditions", null, "Never."),
        ]);

    [Fact]
    public void Between_TrancheOfAClauseChanged_GivesTheNames() => Check(
        terms => terms.FeeIntervals[2].TrancheIds[0] = "hall-1",
        [
            new("fee_intervals[power].tranche_ids", "hall-2", null),
            new("fee_intervals[power].tranche_ids", null, "hall-1"),
        ]);

    [Fact]
    public void Between_DraftThatUsesANameTwice_TellsTheTwoByTheirPosition() => Check(
        terms => terms.FeeIntervals.Add(new V1.FeeInterval { ClauseId = "ramp", Basis = V1.FeeBasis.PerMwMonth }),
        [
            new("fee_intervals[ramp#3].clause_id", null, "ramp"),
            new("fee_intervals[ramp#3].basis", null, "PER_MW_MONTH"),
        ]);

    [Fact]
    public void Between_DraftWhoseNamesLookLikePositions_StillTellsAllApart() => Check(
        terms =>
        {
            foreach (var name in (string[])["ramp#4", "ramp", "", "2"])
                terms.FeeIntervals.Add(new V1.FeeInterval { ClauseId = name });
        },
        [
            new("fee_intervals[ramp#4].clause_id", null, "ramp#4"),
            new("fee_intervals[ramp#4#4].clause_id", null, "ramp"),
            new("fee_intervals[5]", null, "{}"),
            new("fee_intervals[2].clause_id", null, "2"),
        ]);

    [Fact]
    public void Between_EmptyDraftAndSheet_GivesEveryLeafOnce()
    {
        var changes = TermsDifference.Between(new(), MalformedSheets.Base());
        Assert.All(changes, change => Assert.Null(change.Before));
        Assert.All(changes, change => Assert.NotNull(change.After));
        // Holidays are one row each, under the path of the list.
        Assert.Equal(changes.Count - 2, changes.Select(change => change.Field).Distinct().Count());
        Assert.Equal(150, changes.Count);
    }

    [Fact]
    public void Between_VersionAndItself_IsNothing() => Prop
        .ForAll(Sheets, terms => TermsDifference.Between(terms, terms.Clone()).Count == 0)
        .Check(Cases);

    [Fact]
    public void Between_ItemsInAnotherOrder_GivesTheOrders() => Check(
        terms => Reverse(terms.Tranches),
        [new("tranches", "[hall-1, hall-2]", "[hall-2, hall-1]")]);

    [Fact]
    public void Between_NameGivenTwice_GivesItOnceMore() => Check(
        terms => terms.FeeIntervals[2].TrancheIds.Add(terms.FeeIntervals[2].TrancheIds[0]),
        [new("fee_intervals[power].tranche_ids", null, "hall-2")]);

    [Fact]
    public void Between_DifferentSheets_IsSomethingAndTheSameBackwards() => Prop
        .ForAll(Arb.From(TwoSheets), pair =>
        {
            var (before, after) = pair;
            var changes = TermsDifference.Between(before, after);
            var backwards = TermsDifference.Between(after, before)
                .Select(change => change with { Before = change.After, After = change.Before });
            // What makes other bytes makes another hash to sign, and so is a difference.
            Assert.Equal(!before.Equals(after), changes.Count > 0);
            Assert.All(changes, change => Assert.NotEqual(change.Before, change.After));
            Assert.Equal(changes.ToHashSet(), backwards.ToHashSet());
        })
        .Check(Cases);

    // Two that have nothing to do with each other, and more often two that differ in one part or in nothing but order.
    private static Gen<(V1.LeaseTerms Before, V1.LeaseTerms After)> TwoSheets =>
        from before in AnyTerms.Complete
        from other in AnyTerms.Complete
        from choice in Gen.Choose(0, 19)
        let smaller = AnyTerms.Shrink(before).ElementAtOrDefault(choice)
        select (before, choice == 19 ? Reordered(before) : smaller ?? other);

    private static void Check(Action<V1.LeaseTerms> change, TermsChange[] rows)
    {
        var (before, after) = (MalformedSheets.Base(), MalformedSheets.Base());
        change(after);
        Assert.Equal(rows, TermsDifference.Between(before, after));
        Assert.Empty(TermsDifference.Between(after, after.Clone()));
    }

    private static V1.LeaseTerms Reordered(V1.LeaseTerms terms)
    {
        var reordered = terms.Clone();
        Reverse(reordered.Tranches);
        Reverse(reordered.FeeIntervals);
        Reverse(reordered.TerminationRights);
        Reverse(reordered.Options);
        Reverse(reordered.Commitments);
        Reverse(reordered.Prepayments);
        foreach (var tranche in reordered.Tranches) Reverse(tranche.CapacitySteps);
        return reordered;
    }

    private static void Reverse<T>(RepeatedField<T> items)
    {
        var reversed = items.Reverse().ToArray();
        items.Clear();
        items.Add(reversed);
    }

    // The leaves of the base sheet's commitment, as they stand before and after.
    private static IEnumerable<TermsChange> Rows(string path, string clauseId) =>
        from leaf in new[]
        {
            ("clause_id", clauseId),
            ("tranche_ids", "hall-2"),
            ("start_date", "2026-08-01"),
            ("end_date", "2027-08-01"),
            ("quantity", "960.5"),
            ("unit", "MW_MONTH"),
            ("take_or_pay_share", "0.8"),
            ("price", "110000.000000005 USD"),
            ("make_up_days", "90"),
        }
        select new TermsChange($"{path}.{leaf.Item1}", leaf.Item2, leaf.Item2);

    private static V1.CapacityStep Step(string start, string end, int kw) =>
        new() { StartDate = Date(start), EndDate = Date(end), ContractedKw = kw };

    private static Google.Type.Date Date(string iso) => ReferenceDeal.Wire(ReferenceDeal.Day(iso));
}
