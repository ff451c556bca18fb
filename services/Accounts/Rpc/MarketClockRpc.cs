using Grpc.Core;
using Marketplace.Accounts.Clock;
using Marketplace.Accounts.V1;
using Marketplace.ServiceDefaults;
using MarketClock = Marketplace.Accounts.V1.MarketClock;

namespace Marketplace.Accounts.Rpc;

/// <summary>Tells the services the market clock.</summary>
internal sealed class MarketClockRpc(ClockAdvances advances, ClockSignal signal, IHostApplicationLifetime lifetime)
    : MarketClockService.MarketClockServiceBase
{
    public override Task WatchMarketClock(
        WatchMarketClockRequest request, IServerStreamWriter<MarketClock> responseStream, ServerCallContext context) =>
        OpenStreams.RunAsync(context, lifetime, async cancellationToken =>
        {
            MarketClock? told = null;
            while (true)
            {
                var changed = signal.Changed;
                var said = await advances.ReadClockAsync(cancellationToken);
                if (told is null || IsChange(told, said))
                    await responseStream.WriteAsync(told = said, cancellationToken);
                else
                    await ClockSignal.WaitAsync(changed, cancellationToken);
            }
        });

    // In production the clock moves by itself, and nobody is told of that.
    private static bool IsChange(MarketClock told, MarketClock said) =>
        told.Mode != said.Mode
        || told.ClockAdvanceId != said.ClockAdvanceId
        || (said.Mode == ClockMode.Sandbox && !told.MarketTime.Equals(said.MarketTime));
}
