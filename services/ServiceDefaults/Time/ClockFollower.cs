using Grpc.Core;
using Marketplace.Accounts.V1;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Marketplace.ServiceDefaults;

/// <summary>Takes over what the market clock says when the service starts.</summary>
internal sealed class ClockFollower(MarketClockService.MarketClockServiceClient accounts, ClockWindows windows,
    MarketClock clock) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (clock.Mode == MarketClockMode.Production) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var watch = accounts.WatchMarketClock(new(), cancellationToken: stoppingToken);
                await foreach (var said in watch.ResponseStream.ReadAllAsync(stoppingToken))
                {
                    // During an advance the windows carry the time, so that it moves between two pieces of work and
                    // never in one.
                    if (said.ClockAdvanceId.Length == 0) await windows.AdoptAsync(said.MarketTime.ToInstant(),
                        stoppingToken);
                }
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is RpcException or NpgsqlException)
            {
                await Task.Delay(Retry, stoppingToken);
            }
        }
    }
}
