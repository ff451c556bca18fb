using NodaTime;

namespace Marketplace.Accounts.Domain;

/// <summary>What one service still has to do, in one reading of its database.</summary>
/// <param name="ServiceName">The service.</param>
/// <param name="MarketTime">What its market clock says.</param>
/// <param name="OutboxCount">Its messages that are not relayed.</param>
/// <param name="SetAsideCount">Its messages that wait for those before them.</param>
/// <param name="DueCount">Its items of work that are due.</param>
/// <param name="NextDueTime">When its earliest item that is not run is due.</param>
/// <param name="Sent">How many events of each stream it has sent.</param>
/// <param name="Consumed">How many events each of its consumers has consumed.</param>
internal sealed record ServiceReading(
    string ServiceName,
    Instant MarketTime,
    long OutboxCount,
    long SetAsideCount,
    long DueCount,
    Instant? NextDueTime,
    IReadOnlyDictionary<string, long> Sent,
    IReadOnlyDictionary<string, long> Consumed);

/// <summary>When the market clock may move on, and where to.</summary>
internal static class ClockPlan
{
    /// <summary>
    /// The earliest instant at which any service has work to do, or the target if none has before it.
    /// </summary>
    public static Instant Next(IEnumerable<ServiceReading> readings, Instant target) =>
        readings.Select(reading => reading.NextDueTime ?? target).Append(target).Min();

    /// <summary>
    /// Whether nothing is left to do, nothing is on its way, and every consumer has had what was sent.
    /// </summary>
    /// <param name="readings">One reading of every service.</param>
    /// <param name="consumersOf">The consumers of a stream.</param>
    public static bool IsQuiet(IReadOnlyList<ServiceReading> readings, Func<string, IEnumerable<string>> consumersOf)
    {
        if (readings.Any(reading => reading.OutboxCount + reading.SetAsideCount + reading.DueCount > 0)) return false;
        var sent = readings.SelectMany(reading => reading.Sent).GroupBy(stream => stream.Key, stream => stream.Value);
        return sent.All(stream => consumersOf(stream.Key)
            .All(consumer => Consumed(readings, consumer) == stream.Sum()));
    }

    /// <summary>
    /// Whether nothing was sent or consumed between two readings. The services are not read at one instant: a message
    /// that leaves one after its reading and reaches another before its own is seen only by reading twice.
    /// </summary>
    public static bool IsUnchanged(IReadOnlyList<ServiceReading> before, IReadOnlyList<ServiceReading> after) =>
        before.Zip(after).All(pair =>
            pair.First.ServiceName == pair.Second.ServiceName
            && IsSame(pair.First.Sent, pair.Second.Sent)
            && IsSame(pair.First.Consumed, pair.Second.Consumed));

    private static long Consumed(IEnumerable<ServiceReading> readings, string consumer) =>
        readings.Sum(reading => reading.Consumed.GetValueOrDefault(consumer));

    private static bool IsSame(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after) =>
        before.Count == after.Count && before.All(pair => after.GetValueOrDefault(pair.Key) == pair.Value);
}
