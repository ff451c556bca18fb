using Dapper;
using Marketplace.Accounts.Clock;
using Marketplace.Accounts.Domain;
using Marketplace.Accounts.V1;
using Marketplace.Operations.V1;
using Marketplace.ServiceDefaults;
using Npgsql;

namespace Marketplace.Accounts.Workers;

/// <summary>
/// Drives the advance that is under way: all clocks go to the next instant at which any service has work, the work is
/// run, and what follows from it is waited for. Every step can be repeated, so that a crash between any two is made
/// good by beginning again where the row of the advance says.
/// </summary>
internal sealed partial class ClockAdvancer(
    NpgsqlDataSource source,
    ClockAdvances advances,
    ServiceClocks clocks,
    ClockSignal signal,
    ServiceDefaults.MarketClock clock,
    ILogger<ClockAdvancer> logger) : BackgroundService
{
    // Any constant: it names the lock within the database.
    private const long AdvancerLock = 0x41_44_56_41;

    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(50);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (clock.Mode == MarketClockMode.Production) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WorkAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Whatever was away, the advance goes on from its row when it is back.
                LogInterrupted(logger, exception);
                await Task.Delay(Retry, stoppingToken);
            }
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // The lock belongs to the session: of several replicas one drives, and when it is gone another takes over.
        while (!await connection.QuerySingleAsync<bool>($"select pg_try_advisory_lock({AdvancerLock})"))
            await Task.Delay(Retry, cancellationToken);
        while (true)
        {
            var changed = signal.Changed;
            // Asked on the session that holds the lock, so that one who has lost it notices.
            var isIdle = !await connection.QuerySingleAsync<bool>(
                "select exists (select from clock_advance where state = 'RUNNING')");
            if (isIdle) await ClockSignal.WaitAsync(changed, cancellationToken);
            else if (await advances.FindRunningAsync(cancellationToken) is { } advance)
                await DriveAsync(advance, cancellationToken);
        }
    }

    private async Task DriveAsync(ClockAdvance advance, CancellationToken cancellationToken)
    {
        var id = Guid.Parse(advance.ClockAdvanceId);
        await clocks.OpenAsync(id, cancellationToken);
        while (true)
        {
            var now = advance.MarketTime.ToInstant();
            await clocks.MoveAsync(id, now, cancellationToken);
            signal.Announce();
            (advance, var readings) = await SettleAsync(advance, cancellationToken);
            if (advance.State == ClockAdvanceState.Stopped) return;

            var target = advance.TargetMarketTime.ToInstant();
            if (now == target) break;
            advance = await advances.StepAsync(advance, ClockPlan.Next(readings, target), cancellationToken);
        }
        await clocks.CloseAsync(id, cancellationToken);
        await advances.SucceedAsync(advance, cancellationToken);
        signal.Announce();
    }

    // Runs what is due and waits for what follows from it, until two readings running show nothing left.
    private async Task<(ClockAdvance Advance, IReadOnlyList<ServiceReading> Readings)> SettleAsync(
        ClockAdvance advance, CancellationToken cancellationToken)
    {
        var id = Guid.Parse(advance.ClockAdvanceId);
        var pause = PauseMin;
        IReadOnlyList<ServiceReading>? before = null;
        var wasQuiet = false;
        while (true)
        {
            var counts = await clocks.ReadAsync(cancellationToken);
            if (StopOf(counts) is { } stop)
            {
                advance = await advances.StopAsync(advance, stop, cancellationToken);
                signal.Announce();
                LogStopped(logger, advance.ClockAdvanceId, stop.ServiceName, stop.MessageName, stop.ParkedMessageId);
                return (advance, []);
            }

            IReadOnlyList<ServiceReading> readings = [.. counts.Select(ReadingOf)];
            RequireSameTime(advance, readings);
            var due = readings.Where(reading => reading.DueCount > 0)
                .Select(reading => reading.ServiceName).ToHashSet();
            var runCount = due.Count == 0 ? 0 : await clocks.RunAsync(id, due, cancellationToken);
            if (runCount > 0)
            {
                advance = await advances.CountAsync(advance, runCount, cancellationToken);
                signal.Announce();
            }

            var isQuiet = ClockPlan.IsQuiet(readings, ServiceClocks.ConsumersOf);
            var isUnchanged = before is not null && ClockPlan.IsUnchanged(before, readings);
            if (isQuiet && wasQuiet && isUnchanged) return (advance, readings);
            if (!isQuiet && runCount == 0)
            {
                // As long as messages move, the next reading may be the last.
                pause = isUnchanged ? TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, PauseMax.Ticks)) : PauseMin;
                await Task.Delay(pause, cancellationToken);
            }
            (before, wasQuiet) = (readings, isQuiet);
        }
    }

    private static ClockStop? StopOf(IReadOnlyList<Quiescence> counts) =>
        counts.FirstOrDefault(count => count.FirstParkedMessage is not null) is not { } holder
            ? null
            : new(
                holder.ServiceName,
                Guid.Parse(holder.FirstParkedMessage.ParkedMessageId),
                holder.FirstParkedMessage.MessageName,
                counts.Sum(count => count.ParkedCount));

    // A service whose database was put back has lost the step; opening and moving again brings it along.
    private static void RequireSameTime(ClockAdvance advance, IEnumerable<ServiceReading> readings)
    {
        var expected = advance.MarketTime.ToInstant();
        if (readings.FirstOrDefault(reading => reading.MarketTime != expected) is { } other)
        {
            throw new InvalidOperationException(
                $"The clock of {other.ServiceName} says {other.MarketTime} and not {expected}.");
        }
    }

    private static ServiceReading ReadingOf(Quiescence count) => new(
        count.ServiceName,
        count.MarketTime.ToInstant(),
        count.OutboxCount,
        count.SetAsideCount,
        count.DueCount,
        count.NextDueTime?.ToInstant(),
        count.Sent.ToDictionary(sent => sent.Stream, sent => sent.TotalCount),
        count.Consumed.ToDictionary(consumed => consumed.ConsumerName, consumed => consumed.TotalCount));

    [LoggerMessage(EventId = 1, EventName = "clock_advance.interrupted", Level = LogLevel.Warning,
        Message = "The advance of the market clock is interrupted and goes on")]
    private static partial void LogInterrupted(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 2, EventName = "clock_advance.stopped", Level = LogLevel.Error,
        Message = "{ClockAdvanceId} is stopped: {ServiceName} has parked {MessageName} {ParkedMessageId}")]
    private static partial void LogStopped(
        ILogger logger, string clockAdvanceId, string serviceName, string messageName, Guid parkedMessageId);
}
