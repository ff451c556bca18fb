using Dapper;
using Marketplace.ServiceDefaults;
using Npgsql;

namespace Marketplace.Inventory;

/// <summary>
/// Gives committed changes their places in the sequence that watchers follow. One process of a database does it at a
/// time, so that those who make changes never wait for each other.
/// </summary>
internal sealed class ChangeSequencer(NpgsqlDataSource source, ChangeSignal signal, ILogger<ChangeSequencer> logger)
    : RepeatedWorker(TimeSpan.Zero, TimeSpan.FromSeconds(1), logger)
{
    private const long SequencerLock = 0x53_45_51_55;

    // After changes it looks again soon, for those of other processes; then less and less often.
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StandBy = TimeSpan.FromSeconds(1);

    protected override async Task WorkAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // The lock belongs to the session: it is free again the moment that this process or its connection is gone.
        while (!await connection.QuerySingleAsync<bool>($"select pg_try_advisory_lock({SequencerLock})"))
            await Task.Delay(StandBy, cancellationToken);
        try
        {
            for (var pause = PauseMin; ;)
            {
                if (await ChangeRows.HasUnsequencedAsync(connection)
                    && await ChangeRows.SequenceAsync(connection) is { } last)
                {
                    signal.Raise(last);
                    pause = PauseMin;
                    continue;
                }
                pause = await signal.CommittedAsync(pause, cancellationToken)
                    ? PauseMin
                    : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, PauseMax.Ticks));
            }
        }
        finally
        {
            // The connection goes back to its pool, and would keep the lock there.
            if (connection.FullState.HasFlag(System.Data.ConnectionState.Open))
                await connection.ExecuteAsync($"select pg_advisory_unlock({SequencerLock})");
        }
    }
}
