using Marketplace.Accounts.Domain;
using NodaTime;

namespace Marketplace.Accounts.Tests;

public sealed class ClockPlanTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 4, 1, 0, 0);

    [Theory]
    [InlineData(null, null, 10)]
    [InlineData(3, null, 3)]
    [InlineData(7, 3, 3)]
    [InlineData(11, 12, 10)]
    [InlineData(10, null, 10)]
    public void Next_EarliestDueOrTarget(int? first, int? second, int expected)
    {
        var readings = new[] { first, second }.Select(hours => Reading() with { NextDueTime = After(hours) });

        Assert.Equal(After(expected), ClockPlan.Next(readings, After(10)!.Value));
    }

    [Theory]
    [InlineData(0, 0, 0, true)]
    [InlineData(1, 0, 0, false)]
    [InlineData(0, 1, 0, false)]
    [InlineData(0, 0, 1, false)]
    public void IsQuiet_OnlyIfNothingIsLeft(int outbox, int setAside, int due, bool expected)
    {
        var reading = Reading() with { OutboxCount = outbox, SetAsideCount = setAside, DueCount = due };

        Assert.Equal(expected, ClockPlan.IsQuiet([Reading(), reading], _ => []));
    }

    [Theory]
    [InlineData(2, 3, 5, 5, true)]
    [InlineData(2, 3, 5, 4, false)]
    [InlineData(2, 3, 4, 5, false)]
    [InlineData(2, 3, 0, 0, false)]
    [InlineData(0, 0, 0, 0, true)]
    public void IsQuiet_OnlyIfEveryConsumerHasHadWhatAllSent(
        int sentA, int sentB, int consumedX, int consumedY, bool expected)
    {
        ServiceReading[] readings =
        [
            Reading() with { Sent = Sent(sentA), Consumed = Consumed("x", consumedX) },
            Reading() with { Sent = Sent(sentB), Consumed = Consumed("y", consumedY) },
        ];

        Assert.Equal(expected, ClockPlan.IsQuiet(readings, _ => ["x", "y"]));
    }

    [Fact]
    public void IsQuiet_MessagesThatNobodyConsumes_DoNotCount() =>
        Assert.True(ClockPlan.IsQuiet([Reading() with { Sent = Sent(3) }], _ => []));

    [Fact]
    public void IsUnchanged_OtherCounts_IsFalse()
    {
        var before = Reading() with { Sent = Sent(1), Consumed = Consumed("x", 1) };

        Assert.True(ClockPlan.IsUnchanged([before], [before with { Sent = Sent(1), Consumed = Consumed("x", 1) }]));
        Assert.False(ClockPlan.IsUnchanged([before], [before with { Sent = Sent(2) }]));
        Assert.False(ClockPlan.IsUnchanged([before], [before with { Consumed = Consumed("x", 2) }]));
        Assert.False(ClockPlan.IsUnchanged([Reading()], [before]));
    }

    private static Instant? After(int? hours) => hours is { } count ? Now + Duration.FromHours(count) : null;

    private static Dictionary<string, long> Sent(long count) => new() { ["m"] = count };

    private static Dictionary<string, long> Consumed(string consumer, long count) => new() { [consumer] = count };

    private static ServiceReading Reading() => new(
        "billing", Now, 0, 0, 0, null, new Dictionary<string, long>(), new Dictionary<string, long>());
}
