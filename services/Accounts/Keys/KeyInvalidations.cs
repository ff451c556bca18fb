using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Dapper;
using Marketplace.Accounts.V1;
using Marketplace.ServiceDefaults;
using Npgsql;

namespace Marketplace.Accounts.Keys;

/// <summary>
/// Tells those who keep answers about keys which of them no longer hold. The database carries the news in the commit
/// that makes it, so that it comes from all replicas; every heartbeat follows a question to the database, so that
/// silence is never taken for no news.
/// </summary>
internal sealed partial class KeyInvalidations(
    NpgsqlDataSource source, TimeProvider time, ILogger<KeyInvalidations> logger) : BackgroundService
{
    private const string NotificationChannel = "key_invalidation";
    private const int UnreadMax = 1_000;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Channel<KeyInvalidation>, bool> watchers = new();
    private volatile bool isListening;

    /// <summary>Announces, when the transaction commits, that answers about a key no longer hold.</summary>
    public static Task AnnounceAsync(Transaction transaction, Guid apiKeyId) =>
        transaction.Connection.ExecuteAsync(
            "select pg_notify(@NotificationChannel, @apiKeyId::text)", new { NotificationChannel, apiKeyId });

    /// <summary>
    /// What no longer holds from now on, and heartbeats; it ends with an error when news may have been missed.
    /// </summary>
    public async IAsyncEnumerable<KeyInvalidation> WatchAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var unread = Channel.CreateBounded<KeyInvalidation>(UnreadMax);
        watchers[unread] = true;
        try
        {
            if (!isListening) throw Interrupted();
            yield return new() { Heartbeat = new() };
            await foreach (var invalidation in unread.Reader.ReadAllAsync(cancellationToken)) yield return invalidation;
        }
        finally
        {
            watchers.TryRemove(unread, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogInterrupted(logger, exception);
            }
            finally
            {
                isListening = false;
                foreach (var watcher in watchers.Keys) watcher.Writer.TryComplete(Interrupted());
            }
            await Task.Delay(Retry, stoppingToken);
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notification) => Tell(new() { ApiKeyId = notification.Payload });
        await connection.ExecuteAsync($"listen {NotificationChannel}");
        isListening = true;
        while (true)
        {
            var asked = time.GetTimestamp();
            // The answer comes after all notifications that were committed before the question.
            await connection.ExecuteAsync("select 1");
            Tell(new() { Heartbeat = new() });
            // A wait of no whole millisecond would be one without end.
            while (Heartbeat - time.GetElapsedTime(asked) is { TotalMilliseconds: >= 1 } left)
                await connection.WaitAsync(left, cancellationToken);
        }
    }

    private void Tell(KeyInvalidation invalidation)
    {
        foreach (var watcher in watchers.Keys)
        {
            // Who does not read has missed something, and must know.
            if (!watcher.Writer.TryWrite(invalidation)) watcher.Writer.TryComplete(Interrupted());
        }
    }

    private static Grpc.Core.RpcException Interrupted() => RpcErrors.Unavailable(
        "ACCOUNTS_UNAVAILABLE", "Invalidations may have been missed; forget all answers and watch again.", Retry);

    [LoggerMessage(EventId = 1, EventName = "key_invalidations.interrupted", Level = LogLevel.Warning,
        Message = "Invalidations of keys are interrupted; those who keep answers are told")]
    private static partial void LogInterrupted(ILogger logger, Exception exception);
}
