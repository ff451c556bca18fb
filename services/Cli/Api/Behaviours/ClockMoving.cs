using System.CommandLine;
using Marketplace.Accounts.V1;
using Marketplace.Cli.Output;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>Sets the market clock going and waits until it stands again.</summary>
internal sealed class ClockMoving : Behaviour
{
    private readonly Option<bool> noWait = new("--no-wait")
    {
        Description = "Return at once; 'market clock watch' shows how far it is.",
    };

    public override IReadOnlyList<Option> Options => [noWait];

    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        await call.ReadRequestAsync();
        var advance = (ClockAdvance)await call.SendAsync();
        if (!call.Arguments.GetValue(noWait)) advance = await FollowAsync(call, advance);
        call.Write(advance);
        return Outcome(call, advance);
    }

    /// <summary>What an advance came to, with the way on if it is stopped.</summary>
    public static ExitCode Outcome(ApiCall call, ClockAdvance advance)
    {
        if (advance is not { State: ClockAdvanceState.Stopped, Stop: { } stop }) return ExitCode.Done;
        call.Say(
            $"the clock is stopped by '{stop.MessageName}', which {stop.ServiceName} could not do. See 'market "
            + $"parked-message get {stop.ParkedMessageId} --service {stop.ServiceName}', repair what it names, replay "
            + $"it, then 'market clock resume {advance.ClockAdvanceId}'.");
        return ExitCode.No;
    }

    private static async Task<ClockAdvance> FollowAsync(ApiCall call, ClockAdvance advance)
    {
        using var interrupt = new Interrupt();
        try
        {
            await foreach (var next in call.Market.WatchClockAdvanceAsync(advance.ClockAdvanceId, interrupt.Token))
            {
                advance = next;
                call.Progress($"the market clock says {Time(next.MarketTime)} of {Time(next.TargetMarketTime)}.");
            }
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            call.Say($"the clock goes on; follow it with 'market clock watch {advance.ClockAdvanceId}'.");
        }
        return advance;
    }

    private static string Time(Google.Protobuf.WellKnownTypes.Timestamp time) => MessageText.Time(time);
}
