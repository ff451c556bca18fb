using Grpc.Core;
using Marketplace.Accounts.V1;

namespace Marketplace.Client;

/// <summary>An advance of the market clock until it is over; a new stream begins with how it then is.</summary>
internal sealed class ClockAdvanceWatch(
    AccountsService.AccountsServiceClient accounts, MarketClientOptions options, string clockAdvanceId)
    : Watch<ClockAdvance>(options, options.Endpoints.Accounts)
{
    private ClockAdvance? told;

    // The service sends nothing while nothing changes, and a step of the advance may take its time.
    protected override TimeSpan SilenceMax { get; } = TimeSpan.FromMinutes(1);

    protected override bool IsComplete => told is { State: ClockAdvanceState.Succeeded or ClockAdvanceState.Stopped };

    protected override AsyncServerStreamingCall<ClockAdvance> Open(CallOptions callOptions) =>
        accounts.WatchClockAdvance(new() { ClockAdvanceId = clockAdvanceId }, callOptions);

    protected override bool Accept(ClockAdvance message)
    {
        if (message.Equals(told)) return false;
        told = message;
        return true;
    }
}
