using System.Globalization;

namespace Marketplace.Terms.Tests;

/// <summary>The reference deal of the contract semantics, in the variations that its tables go through.</summary>
internal static class ReferenceDeal
{
    public static readonly DateOnly RampEnd = new(2026, 7, 1);

    public static V1.LeaseTerms Message(string discount = "0", string start = "2026-05-01",
        V1.DayCount dayCount = V1.DayCount.ActMonth)
    {
        var (first, end) = (Day(start), Day("2029-06-01"));
        var terms = new V1.LeaseTerms
        {
            CurrencyCode = "USD",
            TimeZone = "America/Chicago",
            StartDate = Wire(first),
            EndDate = Wire(end),
            DayCount = dayCount,
            Billing = new() { Cycle = V1.BillingCycle.CalendarMonth, Timing = V1.BillingTiming.Advance, DueDays = 30 },
            NoticeReceipt = new() { Rule = V1.NoticeReceiptRule.AnyTime },
        };
        terms.Tranches.Add(new V1.Tranche
        {
            TrancheId = "colossus-1",
            ServiceLevel = V1.ServiceLevel.BareMetal,
            CapacitySteps =
                { new V1.CapacityStep { StartDate = Wire(first), EndDate = Wire(end), ContractedKw = 300_000 } },
            Delivery = new() { Kind = V1.DeliveryKind.AtStart },
        });
        terms.FeeIntervals.Add(Fee("ramp", first, RampEnd, discount));
        terms.FeeIntervals.Add(Fee("fee", RampEnd, end, "0"));
        return terms;
    }

    /// <summary>The terms with one right of either party, for convenience.</summary>
    public static LeaseTerms WithRight(
        string? earliestService = null,
        string discount = "0",
        int noticeDays = 90,
        Action<V1.LeaseTerms>? change = null)
    {
        var message = Message(discount);
        message.TerminationRights.Add(new V1.TerminationRight
        {
            ClauseId = "notice",
            Party = V1.TerminationParty.Either,
            Kind = V1.TerminationKind.Convenience,
            NoticeDays = noticeDays,
            NoticeBasis = V1.NoticeBasis.Calendar,
            LockIn = earliestService is null ? V1.LockIn.None : V1.LockIn.Dated,
            EarliestServiceDate = earliestService is null ? null : Wire(Day(earliestService)),
            Alignment = V1.TerminationAlignment.Exact,
            Fee = new() { Kind = V1.TerminationFeeKind.None },
        });
        change?.Invoke(message);
        return Read(message);
    }

    public static LeaseTerms Read(V1.LeaseTerms message)
    {
        var reading = TermsReader.Read(message);
        Assert.Empty(reading.Violations);
        Assert.Empty(reading.Open);
        Assert.Empty(reading.Unsupported);
        return reading.Terms!;
    }

    public static DateOnly Day(string iso) => DateOnly.ParseExact(iso, "O", CultureInfo.InvariantCulture);

    public static Google.Type.Date Wire(DateOnly day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };

    private static V1.FeeInterval Fee(string clauseId, DateOnly start, DateOnly end, string discount) => new()
    {
        ClauseId = clauseId,
        StartDate = Wire(start),
        EndDate = Wire(end),
        Basis = V1.FeeBasis.FixedMonthly,
        Amount = new() { CurrencyCode = "USD", Units = 1_250_000_000 },
        Discount = new() { Value = discount },
        Anchor = V1.FeeAnchor.Calendar,
    };
}
