using System.Collections.Concurrent;
using Marketplace.Contracts;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Accounts.Tests;

/// <summary>What the services of a test market did, and what of it is to fail.</summary>
internal sealed class TestWork
{
    /// <summary>Due work that publishes an event about the lease that its payload names.</summary>
    public const string Kind = "test.publish";

    private readonly ConcurrentQueue<(string Where, Guid LeaseId, Instant MarketTime)> done = new();

    /// <summary>All that was done, in the order in which it was.</summary>
    public IReadOnlyList<(string Where, Guid LeaseId, Instant MarketTime)> Done => [.. done];

    /// <summary>The lease whose event cannot be consumed.</summary>
    public Guid Poison { get; set; }

    /// <summary>The lease whose due work cannot be done.</summary>
    public Guid Undoable { get; set; }

    public void Note(string where, Guid leaseId, Instant marketTime) => done.Enqueue((where, leaseId, marketTime));
}

/// <summary>Publishes that a lease has ended.</summary>
internal sealed class PublishWork(TestWork work) : IDueWork
{
    public string Kind => TestWork.Kind;

    public async Task RunAsync(DueItem item, Transaction transaction, CancellationToken cancellationToken)
    {
        var leaseId = Guid.Parse(item.Payload);
        if (leaseId == work.Undoable) throw new InvalidOperationException("This work cannot be done.");
        var isEcho = item.UniqueKey.StartsWith("echo", StringComparison.Ordinal);
        work.Note(isEcho ? "echo" : "due", leaseId, transaction.Now);
        if (isEcho) return;
        await transaction.PublishAsync(
            leaseId, 1, new LeaseEnded { LeaseId = leaseId, Kind = "EXPIRED", EndDate = new(2026, 4, 1) });
    }
}

/// <summary>
/// Consumes what leases tell, and makes more work due by it: at once, as billing does with an invoice.
/// </summary>
internal sealed class TestConsumer : EventConsumer
{
    public TestConsumer(string name, TestWork work)
        : base(name, "lease")
    {
        On<LeaseEnded>(async (ended, context, transaction, _) =>
        {
            if (ended.LeaseId == work.Poison) throw new InvalidOperationException("This lease cannot be consumed.");
            work.Note(name, ended.LeaseId, transaction.Now);
            await transaction.ScheduleAsync(
                TestWork.Kind, $"echo/{ended.LeaseId}", transaction.Now, ended.LeaseId.ToString());
        });
    }
}
