using Marketplace.Accounts.V1;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>
/// Follows an advance of the market clock: the one that the user names, else the one that is under way.
/// </summary>
internal sealed class ClockWatching : Behaviour
{
    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        var request = (WatchClockAdvanceRequest)call.Request;
        await call.ReadRequestAsync(async () =>
        {
            if (call.Fields.All.Single(field => field.Field.Name == "clock_advance_id").IsGiven(call.Arguments)) return;
            request.ClockAdvanceId = (await call.Market.Accounts.GetMarketClockAsync(new())).ClockAdvanceId;
            if (request.ClockAdvanceId.Length == 0)
                throw new UsageException("no advance of the market clock is under way; name one that was.");
        });
        using var interrupt = new Interrupt();
        var last = new ClockAdvance();
        try
        {
            await foreach (var advance in call.Market.WatchClockAdvanceAsync(request.ClockAdvanceId, interrupt.Token))
                call.WriteLine(last = advance);
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
        return ClockMoving.Outcome(call, last);
    }
}
