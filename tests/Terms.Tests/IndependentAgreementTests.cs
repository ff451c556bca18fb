using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using NodaTime.Text;
using Xunit.Abstractions;

namespace Marketplace.Terms.Tests;

/// <summary>
/// Compares the library with a second computation, in Python's fractions, that was written from the contract semantics
/// and not from the library: random term sheets come with their invoices, notices and meters, and everything agrees to
/// the cent.
/// </summary>
public sealed class IndependentAgreementTests(ITestOutputHelper output)
{
    private const int Cases = 10_000;
    private const int Seed = 20_260_501;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Independent");

    [Fact]
    public async Task Vectors_ComputedIndependently_HoldThereToo()
    {
        using var python = Start("term_sheets.py", "--self-test");
        var errors = await python.StandardError.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.True(python.ExitCode == 0, errors);
    }

    [Fact]
    public async Task EveryFigure_RandomTermSheets_AgreesToTheCent()
    {
        using var python = Start("term_sheets.py", "--cases", $"{Cases}", "--seed", $"{Seed}");
        var errors = python.StandardError.ReadToEndAsync();
        var (count, lines) = (0, 0);
        while (await python.StandardOutput.ReadLineAsync() is { } sheet)
        {
            lines += Compare(sheet);
            count++;
        }
        await python.WaitForExitAsync();
        Assert.True(python.ExitCode == 0, await errors);
        Assert.Equal(Cases, count);
        output.WriteLine($"{count} term sheets with {lines} invoice lines agree.");
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("python3", arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception cause)
        {
            throw new InvalidOperationException("python3 is missing; './market test' installs what the tests need.",
                cause);
        }
    }

    private static int Compare(string sheet)
    {
        using var document = JsonDocument.Parse(sheet);
        var expected = document.RootElement;
        var json = expected.GetProperty("terms").GetRawText();
        var reading = TermsReader.Read(JsonParser.Default.Parse<V1.LeaseTerms>(json));
        Assert.True(reading.Terms is not null, $"{string.Join('\n', reading.Violations.Concat(reading.Open))}\n{json}");
        Assert.Empty(reading.Unsupported);

        var terms = reading.Terms;
        var projection = Projection.Of(terms);
        Check(expected.GetProperty("invoices"), Invoices(terms, projection), json);
        Check(expected.GetProperty("headline"), Amount(projection.TotalMinorUnits), json);
        var cut = expected.GetProperty("cut");
        Check(cut.GetProperty("total"), Amount(projection.CutAt(Date(cut.GetProperty("date"))).TotalMinorUnits), json);
        foreach (var notice in expected.GetProperty("notices").EnumerateArray()) CompareNotice(notice);
        foreach (var meters in expected.GetProperty("meters").EnumerateArray()) CompareMeters(meters);
        return projection.Invoices.Sum(invoice => invoice.Lines.Count);

        void CompareNotice(JsonElement notice) => Check(notice, Notice(notice), json);

        object Notice(JsonElement notice)
        {
            var by = notice.GetProperty("by").GetString() == "BUYER" ? Party.Buyer : Party.Provider;
            var received = InstantPattern.General.Parse(notice.GetProperty("received").GetString()!).Value;
            return NoticeRules.Serve(terms, by, received) switch
            {
                NoticeOutcome.Accepted accepted => new
                {
                    by = notice.GetProperty("by").GetString(),
                    received = notice.GetProperty("received").GetString(),
                    outcome = "ACCEPTED",
                    first_valid_date = (string?)null,
                    last_service_day = accepted.End > terms.Term.Start ? Iso(accepted.End.AddDays(-1)) : null,
                    end = Iso(accepted.End),
                    moves_end = accepted.MovesEnd,
                    remaining = Amount(Math.Max(0,
                        projection.CutAt(accepted.End).TotalMinorUnits - projection.CutAt(accepted.DeemedReceipt)
                            .TotalMinorUnits)),
                    clause_id = accepted.Right.ClauseId,
                },
                NoticeOutcome.LockedIn locked => Refused("LOCKED_IN", Iso(locked.FirstValidDate)),
                NoticeOutcome.NoRight => Refused("NO_RIGHT", null),
                NoticeOutcome.LeaseEnded => Refused("LEASE_ENDED", null),
                _ => throw new UnreachableException(),
            };

            object Refused(string outcome, string? firstValidDate) => new
            {
                by = notice.GetProperty("by").GetString(),
                received = notice.GetProperty("received").GetString(),
                outcome,
                first_valid_date = firstValidDate,
                last_service_day = (string?)null,
                end = (string?)null,
                moves_end = false,
                remaining = (string?)null,
                clause_id = (string?)null,
            };
        }

        void CompareMeters(JsonElement expectedMeters)
        {
            var meters = Meters.Read(terms, projection, Date(expectedMeters.GetProperty("at")));
            Check(expectedMeters, new
            {
                at = Iso(meters.At),
                billed = Amount(meters.Billed),
                remaining = Amount(meters.Remaining),
                firm = Amount(meters.Firm),
                firm_provider = Amount(meters.FirmByProvider),
                firm_buyer = Amount(meters.FirmByBuyer),
                firm_remaining = Amount(meters.FirmRemaining),
            }, json);
        }

        string Amount(long minorUnits) => terms.Currency.Format(minorUnits);
    }

    private static object Invoices(LeaseTerms terms, Projection projection) => projection.Invoices.Select(invoice => new
    {
        period_start = Iso(invoice.Period.Start),
        period_end = Iso(invoice.Period.End),
        issue_date = Iso(invoice.IssueDate),
        due_date = Iso(invoice.DueDate),
        amount = terms.Currency.Format(invoice.AmountMinorUnits),
        lines = invoice.Lines.Select(line => new
        {
            tranche_id = line.TrancheId,
            clause_id = line.Clause.ClauseId,
            start = Iso(line.Days.Start),
            end = Iso(line.Days.End),
            numerator = line.DayCountFraction.Numerator,
            denominator = line.DayCountFraction.Denominator,
            amount = terms.Currency.Format(line.AmountMinorUnits),
        }),
    });

    private static void Check(JsonElement expected, object actual, string terms)
    {
        var actualElement = JsonSerializer.SerializeToElement(actual);
        if (!JsonElement.DeepEquals(expected, actualElement))
            Assert.Fail($"Expected {expected.GetRawText()}\nbut was  {actualElement.GetRawText()}\nfor {terms}");
    }

    private static DateOnly Date(JsonElement element) =>
        DateOnly.ParseExact(element.GetString()!, "O", CultureInfo.InvariantCulture);

    private static string Iso(DateOnly date) => date.ToString("O", CultureInfo.InvariantCulture);
}
