using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Type;
using Marketplace.Cli.Output;
using Marketplace.Inventory.V1;
using static Marketplace.Cli.Tests.CommandLine;

namespace Marketplace.Cli.Tests.Api;

/// <summary>What <c>market capacity curve</c> and <c>market capacity find</c> answer a person.</summary>
public sealed class CapacityAnswerTests
{
    private const string Pool = "01a1ff18-227d-7a79-a816-802f2428ebf8";
    private const string Lease = "01a1ff18-5a2b-759a-8796-e39e82f16b19";

    [Fact]
    public void CapacityCurve_WithHolders_IsATableOfPeriodsAndWhoHoldsWhat()
    {
        var curve = new CapacityCurve
        {
            TimeZone = "America/Chicago",
            AsOfTime = Timestamp.FromDateTime(new(2026, 5, 1, 12, 0, 0, DateTimeKind.Utc)),
            Periods =
            {
                Period("2026-05-01", "2027-01-01", 245_000_000, 98_000_000, 44_100_000, 20_000, 40_000, "0.3000"),
                Period("2027-01-01", "2028-01-01", 365_000_000, 365_000_000, 0, 0, 0, null),
            },
            Holders =
            {
                new CapacityHolder
                {
                    ReservationId = "01a1ff18-7ff2-7d2c-8a2e-3a3cb0b0a6c9",
                    LeaseId = Lease,
                    BuyerOrganisationId = "01a1ff18-11aa-7c35-b1f5-6d9fa8b0a111",
                    Held =
                    {
                        new HeldCapacity
                        {
                            PoolId = Pool,
                            StartDate = Day("2026-06-01"),
                            EndDate = Day("2026-11-14"),
                            HeldKw = 20_000,
                        },
                    },
                },
            },
            HolderCount = 1,
        };

        Assert.Equal(Golden("capacity-curve"), Written(curve));
    }

    [Fact]
    public void FoundCapacity_NothingIsFree_SaysSoOfTheLargestOnly()
    {
        Assert.Equal(
            """
            Time zone            America/Chicago
            Earliest start date  2027-01-15
            Largest kW           70,000
            Largest start date   2027-03-01

            """,
            Written(new FoundCapacity
            {
                TimeZone = "America/Chicago",
                EarliestStartDate = Day("2027-01-15"),
                LargestKw = 70_000,
                LargestStartDate = Day("2027-03-01"),
            }));
        Assert.Equal(
            """
            Time zone   America/Chicago
            Largest kW  0

            """,
            Written(new FoundCapacity { TimeZone = "America/Chicago" }));
    }

    private static string Written(IMessage answer)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using var error = new StringWriter();
        MessageTable.Write(answer, new(Stream.Null, output, error, IsStyled: false));
        return output.ToString();
    }

    private static CapacityPeriod Period(
        string start, string end, long capacity, long floor, long reserved, int least, int most, string? utilisation) =>
        new()
        {
            StartDate = Day(start),
            EndDate = Day(end),
            CapacityKwDays = capacity,
            FloorKwDays = floor,
            ReservedKwDays = reserved,
            FreeKwDays = capacity - floor - reserved,
            MinimumFreeKw = least,
            MaximumFreeKw = most,
            Utilisation = utilisation is null ? null : new() { Value = utilisation },
        };

    private static Date Day(string text)
    {
        var day = DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new() { Year = day.Year, Month = day.Month, Day = day.Day };
    }
}
