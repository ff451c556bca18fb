using Grpc.Core;
using Marketplace.Leasing.Matching;
using Marketplace.ServiceDefaults;
using Npgsql;

namespace Marketplace.Leasing.Workers;

/// <summary>Matches standing requests again whenever listings or free capacity change.</summary>
internal sealed partial class StandingRequestMatcher(
    InventoryIndex index, CapacityRequests requests, Database database, ILogger<StandingRequestMatcher> logger)
    : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await index.WaitForChangeAsync(stoppingToken);
            while (!await TryMatchAsync(stoppingToken)) await Task.Delay(Retry, stoppingToken);
        }
    }

    private async Task<bool> TryMatchAsync(CancellationToken stoppingToken)
    {
        try
        {
            await requests.MatchStandingAsync(database, stoppingToken);
            return true;
        }
        catch (Exception exception) when (
            exception is RpcException or NpgsqlException && !stoppingToken.IsCancellationRequested)
        {
            // While the market clock moves nothing is quoted; then the same requests are matched again.
            LogPutOff(logger, exception.Message);
            return false;
        }
    }

    [LoggerMessage(EventId = 1, EventName = "standing_requests.put_off", Level = LogLevel.Information,
        Message = "Matching standing requests is put off: {Reason}")]
    private static partial void LogPutOff(ILogger logger, string reason);
}
