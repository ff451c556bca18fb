using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;

namespace Marketplace.Terms.Tests;

/// <summary>
/// Term sheets with something wrong in them, and what the reader must say of each: all of it, at once, and no more.
/// </summary>
public sealed class MalformedTermsTests
{
    public static TheoryData<string> CaseNames => new(MalformedSheets.Cases.Keys);

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Read_SheetOfTheList_GivesExactlyItsFindings(string name)
    {
        var sheet = MalformedSheets.Cases[name];
        var reading = TermsReader.Read(sheet.Terms);
        Assert.Equal(sheet.Violations, Lines(reading.Violations));
        Assert.Equal(sheet.Open, Lines(reading.Open));
        Assert.Equal(sheet.Violations.Length + sheet.Open.Length == 0, reading.Terms is not null);
        Assert.All(
            reading.Violations.Concat(reading.Open),
            finding => Assert.EndsWith(".", finding.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void EveryReason_OfTheReader_OccursInTheList()
    {
        var reasons = typeof(TermsReasons).GetFields().Select(field => (string)field.GetRawConstantValue()!);
        var listed = MalformedSheets.Cases.Values
            .SelectMany(sheet => sheet.Violations.Concat(sheet.Open))
            .Select(finding => finding.Split(' ')[1])
            // Needs bytes that JSON cannot give; the tests below have them.
            .Append(TermsReasons.UnknownField)
            // Is neither wrong nor open; SupportedTermsTests has its rows.
            .Append(TermsReasons.UnsupportedTerm)
            .ToHashSet();
        Assert.Equal([], reasons.Except(listed));
    }

    [Fact]
    public void Read_EmptySheet_NamesAllThatEverySheetNeeds()
    {
        var reading = TermsReader.Read(new());
        Assert.Empty(reading.Violations);
        string[] fields =
        [
            "billing", "currency_code", "day_count", "end_date", "fee_intervals", "start_date", "time_zone", "tranches",
        ];
        Assert.Equal(
            fields,
            reading.Open.Select(finding => finding.Field).Order(StringComparer.Ordinal));
        Assert.Null(reading.Terms);
    }

    [Theory]
    [InlineData("")]
    [InlineData("fee_intervals[1]")]
    [InlineData("fee_intervals[0].amount")]
    [InlineData("start_date")]
    [InlineData("tranches[1].delivery.delay_damages.cap")]
    [InlineData("termination_rights[2].fee")]
    [InlineData("holidays[2]")]
    public void Read_UnknownFieldInBinary_NamesTheMessageThatHasIt(string path)
    {
        // Field 2047 as a number: the bytes of a sheet that a later version of the protos wrote.
        byte[] unknown = [0xf8, 0x7f, 0x01];
        var terms = MalformedSheets.Base();
        var holder = MalformedSheets.MessageAt(terms, path);
        holder.MergeFrom(unknown);
        var reading = TermsReader.Read(V1.LeaseTerms.Parser.ParseFrom(terms.ToByteArray()));
        Assert.Equal([$"{path} {TermsReasons.UnknownField}"], Lines(reading.Violations));
        Assert.Null(reading.Terms);
    }

    [Fact]
    public void Read_UnknownFieldsInSeveralMessages_NamesEach()
    {
        // A text under field 30 of the sheet, and an empty group under field 99 of a tranche.
        var terms = MalformedSheets.Base();
        terms.MergeFrom(new byte[] { 0xf2, 0x01, 0x02, (byte)'h', (byte)'i' });
        terms.Tranches[0].MergeFrom(new byte[] { 0x9b, 0x06, 0x9c, 0x06 });
        Assert.Equal([" UNKNOWN_FIELD", "tranches[0] UNKNOWN_FIELD"], Lines(TermsReader.Read(terms).Violations));
    }

    [Fact]
    public void Read_EnormousTexts_AreNotRepeatedInMessages()
    {
        // Every amount is compared with the currency; repeating a megabyte for each would fill the memory of a service.
        var enormous = new string('x', 1_000_000);
        var terms = MalformedSheets.Base();
        (terms.CurrencyCode, terms.TimeZone) = (enormous, enormous);
        terms.FeeIntervals[2].TrancheIds[0] = enormous;
        terms.FeeIntervals[2].Amount.CurrencyCode = enormous + "y";
        terms.FeeIntervals[0].Discount.Value = new string('9', 1_000_000);
        terms.Tranches[0].TrancheId = enormous;
        var findings = TermsReader.Read(terms).Violations;
        Assert.True(findings.Count > 10);
        Assert.All(findings, finding => Assert.InRange(finding.Message.Length, 1, 300));
    }

    [Fact]
    public void Read_ListsFarBeyondTheirLimits_AreReportedAndNotRead()
    {
        // Each is a few megabytes, as a caller can send; what is not read cannot take time or fill memory either.
        var terms = MalformedSheets.Base();
        terms.FeeIntervals[0].TrancheIds.Add(Enumerable.Repeat("x", 300_000));
        terms.FeeIntervals[0].TrancheIds.Add(Enumerable.Repeat("hall-1", 300_000));
        terms.Tranches.Add(Enumerable.Range(0, 300_000).Select(i => new V1.Tranche { TrancheId = $"hall-{i}" }));
        terms.Commitments.Add(Enumerable.Repeat(new V1.Commitment { TrancheIds = { "x" } }, 300_000));
        terms.Prepayments.Add(Enumerable.Repeat(new V1.Prepayment { TrancheIds = { "x" } }, 300_000));
        Assert.Equal(
            [
                "commitments TOO_LONG", "fee_intervals[0].tranche_ids TOO_LONG", "prepayments TOO_LONG",
                "tranches TOO_LONG",
            ],
            Lines(TermsReader.Read(terms).Violations));
    }

    [Fact]
    public void Read_SheetOfFullSize_SearchesItsStepsOnce()
    {
        // Only a fixed fee asks for power on each of its days. The same sheet without one tells the machine's speed:
        // twice its time is usual, and a search of all steps for each of them takes some seventy times.
        var byPower = Time(FullSize(V1.FeeBasis.PerMwMonth, shifts: 1));
        var fixedMonthly = Time(FullSize(V1.FeeBasis.FixedMonthly, shifts: 1));
        Assert.InRange(fixedMonthly / byPower, 0, 20);

        static double Time(V1.LeaseTerms terms)
        {
            var time = Stopwatch.StartNew();
            Assert.NotNull(TermsReader.Read(terms).Terms);
            return time.Elapsed.TotalSeconds;
        }
    }

    [Fact]
    public void Read_SheetOfFullSizeWithDatesOfItsOwnForEachTranche_HasTooManyLines()
    {
        // Its parts are within their limits, but what they divide the term into is not.
        var reading = TermsReader.Read(FullSize(V1.FeeBasis.FixedMonthly, shifts: 8));
        Assert.Equal([$"tranches {TermsReasons.TooLong}"], Lines(reading.Violations));
    }

    [Fact]
    public void Read_RandomMutations_NeverThrowsAndReadsOnlyWhatCanBeProjected()
    {
        var complete = 0;
        var mutated =
            from terms in AnyTerms.Complete.Or(AnyTerms.Supported)
            from seed in Gen.Choose(0, int.MaxValue)
            from count in Gen.Frequency((4, Gen.Constant(1)), (1, Gen.Choose(2, 8)))
            select Mutation.Of(terms, new(seed), count);
        Prop.ForAll(Arb.From(mutated), terms =>
        {
            if (TermsReader.Read(terms).Terms is not { } read) return;
            complete++;
            Projection.Of(read);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

        // Otherwise the mutations are too coarse and nothing is projected.
        Assert.InRange(complete, 1_000, 19_000);
    }

    // 25 years with as many tranches, steps and intervals as are allowed; only the last tranche has power. The steps of
    // a tranche begin up to that many days later than those of the others.
    private static V1.LeaseTerms FullSize(V1.FeeBasis basis, int shifts)
    {
        var start = new DateOnly(2026, 1, 1);
        var end = start.AddYears(TermsLimits.TermYearsMax);
        var terms = MalformedSheets.Base();
        (terms.StartDate, terms.EndDate) = (ReferenceDeal.Wire(start), ReferenceDeal.Wire(end));
        terms.Commitments.Clear();
        terms.Prepayments.Clear();
        terms.Tranches.Clear();
        terms.FeeIntervals.Clear();
        for (var i = 0; i < TermsLimits.TranchesMax; i++)
        {
            var tranche = new V1.Tranche
            {
                TrancheId = $"hall-{i}",
                ServiceLevel = V1.ServiceLevel.Colocation,
                Delivery = new() { Kind = V1.DeliveryKind.AtStart },
            };
            for (var step = 0; step < TermsLimits.CapacityStepsMax; step++)
            {
                tranche.CapacitySteps.Add(new V1.CapacityStep
                {
                    StartDate = Boundary(step, TermsLimits.CapacityStepsMax, i % shifts),
                    EndDate = Boundary(step + 1, TermsLimits.CapacityStepsMax, i % shifts),
                    ContractedKw = i == TermsLimits.TranchesMax - 1 ? 1_000 : 0,
                });
            }
            terms.Tranches.Add(tranche);
        }
        for (var i = 0; i < TermsLimits.FeeIntervalsMax; i++)
        {
            terms.FeeIntervals.Add(new V1.FeeInterval
            {
                ClauseId = $"fee-{i}",
                StartDate = Boundary(i, TermsLimits.FeeIntervalsMax, 4),
                EndDate = Boundary(i + 1, TermsLimits.FeeIntervalsMax, 4),
                Basis = basis,
                Amount = new() { CurrencyCode = "USD", Units = 1_000 },
                Anchor = V1.FeeAnchor.Calendar,
            });
        }
        return terms;

        Google.Type.Date Boundary(int i, int count, int shift) =>
            ReferenceDeal.Wire(i == 0 ? start : i == count ? end : start.AddDays(8 * i + shift));
    }

    private static string[] Lines(IEnumerable<TermsFinding> findings) =>
        [.. findings.Select(finding => $"{finding.Field} {finding.Reason}").Order(StringComparer.Ordinal)];
}
