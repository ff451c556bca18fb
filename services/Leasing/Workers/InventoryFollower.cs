using Grpc.Core;
using Marketplace.Inventory.V1;
using Marketplace.Leasing.Matching;

namespace Marketplace.Leasing.Workers;

/// <summary>Follows Inventory's Watch stream: a snapshot first, then every change; resumed after a break.</summary>
internal sealed partial class InventoryFollower(
    InventoryService.InventoryServiceClient inventory, InventoryIndex index, ILogger<InventoryFollower> logger)
    : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    // Three heartbeats: a stream that says nothing for so long is dead.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Whatever broke the stream, the index stays as it is until the next one.
                if (!stoppingToken.IsCancellationRequested) LogInterrupted(logger, exception.Message, index.Sequence);
            }
            index.BreakOff();
            await Task.Delay(Retry, stoppingToken);
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        silence.CancelAfter(SilenceMax);
        using var watch = inventory.WatchInventory(
            new() { AfterSequence = index.Sequence }, cancellationToken: silence.Token);
        await foreach (var change in watch.ResponseStream.ReadAllAsync(silence.Token))
        {
            silence.CancelAfter(SilenceMax);
            if (index.Apply(change)) continue;
            index.Restart();
            return;
        }
    }

    [LoggerMessage(EventId = 1, EventName = "inventory.watch_interrupted", Level = LogLevel.Warning,
        Message = "Inventory's stream broke after {Sequence} and is resumed: {Reason}")]
    private static partial void LogInterrupted(ILogger logger, string reason, long sequence);
}
