using System.Diagnostics;
using System.Diagnostics.Metrics;
using Marketplace.ServiceDefaults;

namespace Marketplace.Inventory;

/// <summary>What the writers of books tell of their work.</summary>
internal static class BookTelemetry
{
    private static readonly Histogram<int> BatchSize = Telemetry.Meter.CreateHistogram<int>(
        "marketplace.books.batch.size", "{change}", "Changes of a provider's books that were decided together.");

    private static readonly Histogram<double> CommitDuration = Telemetry.Meter.CreateHistogram<double>(
        "marketplace.books.commit.duration", "s", "How long a batch took to become durable.");

    private static readonly Counter<long> Conflicts = Telemetry.Meter.CreateCounter<long>(
        "marketplace.books.conflicts", "{batch}", "Batches that were decided anew, for another writer's sake.");

    /// <summary>
    /// Begins a batch: it belongs to the trace of its first change and is linked to those of the others.
    /// </summary>
    public static Activity? Begin(IReadOnlyList<BookChange> batch)
    {
        BatchSize.Record(batch.Count);
        return Telemetry.Source.StartActivity(
            ActivityKind.Internal,
            batch[0].Trace,
            tags: [new("marketplace.books.batch.size", batch.Count)],
            links: from change in batch.Skip(1) where change.Trace != default select new ActivityLink(change.Trace),
            name: "decide books");
    }

    public static void Committed(TimeSpan duration) => CommitDuration.Record(duration.TotalSeconds);

    public static void Conflicted() => Conflicts.Add(1);
}
