using Dapper;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Hosting;
using Npgsql;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Marketplace.ServiceDefaults;

/// <summary>
/// Whether the service can do its work: its database answers, it knows what the market clock says, and it is not
/// draining.
/// </summary>
public sealed class Readiness(NpgsqlDataSource source, MarketClock clock, IHostApplicationLifetime lifetime)
{
    /// <summary>Asks the database.</summary>
    public async Task<bool> IsServingAsync(CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) return false;
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return clock.IsKnown(
                await connection.QuerySingleAsync<bool>("select market_time is not null from clock_window"));
        }
        catch (NpgsqlException)
        {
            // That the database is away is the answer.
            return false;
        }
    }
}

/// <summary>The standard health protocol.</summary>
internal sealed class HealthRpc(Readiness readiness, IHostApplicationLifetime lifetime) : Health.HealthBase
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        new() { Status = await StatusAsync(context.CancellationToken) };

    public override Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context) =>
        OpenStreams.RunAsync(context, lifetime, async cancellationToken =>
        {
            var last = ServingStatus.Unknown;
            while (true)
            {
                // Who watches hears that the service drains before the stream ends.
                var isLast = cancellationToken.IsCancellationRequested;
                var status = await StatusAsync(context.CancellationToken);
                if (status != last)
                    await responseStream.WriteAsync(new() { Status = status }, context.CancellationToken);
                if (isLast) cancellationToken.ThrowIfCancellationRequested();
                last = status;
                await Task.Delay(WatchInterval, cancellationToken).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing);
            }
        });

    private async Task<ServingStatus> StatusAsync(CancellationToken cancellationToken) =>
        await readiness.IsServingAsync(cancellationToken) ? ServingStatus.Serving : ServingStatus.NotServing;
}
