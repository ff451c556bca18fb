using System.Globalization;
using Marketplace.Terms.V1;

namespace Marketplace.Billing.Tests;

/// <summary>The reference deal of the contract semantics, and what the tests vary of it.</summary>
internal sealed record Deal
{
    public string Start { get; init; } = "2026-05-01";

    public string End { get; init; } = "2029-06-01";

    /// <summary>The first day without the ramp's discount.</summary>
    public string RampEnd { get; init; } = "2026-07-01";

    public string Discount { get; init; } = "0.5";

    public BillingTiming Timing { get; init; } = BillingTiming.Advance;

    public DayCount DayCount { get; init; } = DayCount.ActMonth;

    public string CurrencyCode { get; init; } = "USD";

    public long MonthlyFee { get; init; } = 1_250_000_000;

    /// <summary>The power of each tranche in kW.</summary>
    public int[] TranchesKw { get; init; } = [300_000];

    public LeaseTerms Message()
    {
        var terms = new LeaseTerms
        {
            CurrencyCode = CurrencyCode,
            TimeZone = "America/Chicago",
            StartDate = Wire(Day(Start)),
            EndDate = Wire(Day(End)),
            DayCount = DayCount,
            Billing = new() { Cycle = BillingCycle.CalendarMonth, Timing = Timing, DueDays = 30 },
            NoticeReceipt = new() { Rule = NoticeReceiptRule.AnyTime },
        };
        terms.Tranches.Add(TranchesKw.Select((contractedKw, index) => new Tranche
        {
            TrancheId = $"tranche-{index + 1}",
            ServiceLevel = ServiceLevel.BareMetal,
            CapacitySteps = { new CapacityStep { StartDate = terms.StartDate, EndDate = terms.EndDate,
                ContractedKw = contractedKw } },
            Delivery = new() { Kind = DeliveryKind.AtStart },
        }));
        terms.FeeIntervals.Add(Fee("ramp", Start, RampEnd, Discount));
        terms.FeeIntervals.Add(Fee("fee", RampEnd, End, "0"));
        terms.TerminationRights.Add(new TerminationRight
        {
            ClauseId = "notice",
            Party = TerminationParty.Either,
            Kind = TerminationKind.Convenience,
            NoticeDays = 90,
            NoticeBasis = NoticeBasis.Calendar,
            LockIn = LockIn.None,
            Alignment = TerminationAlignment.Exact,
            Fee = new() { Kind = TerminationFeeKind.None },
        });
        return terms;
    }

    public static DateOnly Day(string iso) => DateOnly.ParseExact(iso, "O", CultureInfo.InvariantCulture);

    public static Google.Type.Date Wire(DateOnly day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };

    private FeeInterval Fee(string clauseId, string start, string end, string discount) => new()
    {
        ClauseId = clauseId,
        StartDate = Wire(Day(start)),
        EndDate = Wire(Day(end)),
        Basis = FeeBasis.FixedMonthly,
        Amount = new() { CurrencyCode = CurrencyCode, Units = MonthlyFee },
        Discount = new() { Value = discount },
        Anchor = FeeAnchor.Calendar,
    };
}

/// <summary>Wire values as the assertions name them.</summary>
internal static class WireText
{
    public static string Text(this Google.Type.Money money) =>
        (money.Units + money.Nanos / 1_000_000_000m).ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>In cents.</summary>
    public static long Minor(this Google.Type.Money money) => money.Units * 100 + money.Nanos / 10_000_000;

    public static string Text(this Google.Type.Date date) =>
        new DateOnly(date.Year, date.Month, date.Day).ToString("O", CultureInfo.InvariantCulture);

    public static string Total(this IEnumerable<Google.Type.Money> amounts) =>
        amounts.Sum(money => money.Units + money.Nanos / 1_000_000_000m).ToString("0.00", CultureInfo.InvariantCulture);

    public static Google.Type.Money Usd(string amount)
    {
        var value = decimal.Parse(amount, CultureInfo.InvariantCulture);
        var units = decimal.Truncate(value);
        return new() { CurrencyCode = "USD", Units = (long)units, Nanos = (int)((value - units) * 1_000_000_000) };
    }
}
