using Google.Protobuf.WellKnownTypes;
using Marketplace.Operations.V1;

namespace Marketplace.Billing.Tests;

/// <summary>
/// Moves the market clock as Accounts does: from due instant to due instant, and at last to the target.
/// </summary>
public sealed class MarketClockDriver(ClockWindowService.ClockWindowServiceClient windows)
{
    /// <summary>What the clock says.</summary>
    public DateTimeOffset Now { get; private set; }

    public async Task AdvanceAsync(DateTimeOffset target)
    {
        var advance = Guid.CreateVersion7().ToString();
        await windows.OpenClockWindowAsync(new() { RequestId = NewId(), ClockAdvanceId = advance });
        while (true)
        {
            var next = (await windows.GetQuiescenceAsync(new())).NextDueTime?.ToDateTimeOffset();
            await MoveAsync(advance, next < target ? next.Value : target);
            while (
                (await windows.RunDueWorkAsync(
                    new() { RequestId = NewId(), ClockAdvanceId = advance })).DueCount > 0) { }
            if (Now == target) break;
        }
        await windows.CloseClockWindowAsync(new() { RequestId = NewId(), ClockAdvanceId = advance });
    }

    /// <summary>Opens the window and leaves it open.</summary>
    /// <returns>The advance, to close it with.</returns>
    public async Task<string> OpenAsync()
    {
        var advance = Guid.CreateVersion7().ToString();
        await windows.OpenClockWindowAsync(new() { RequestId = NewId(), ClockAdvanceId = advance });
        return advance;
    }

    public async Task CloseAsync(string advance) =>
        await windows.CloseClockWindowAsync(new() { RequestId = NewId(), ClockAdvanceId = advance });

    public async Task<Quiescence> QuiescenceAsync() => await windows.GetQuiescenceAsync(new());

    private async Task MoveAsync(string advance, DateTimeOffset time)
    {
        await windows.MoveClockAsync(
            new() { RequestId = NewId(), ClockAdvanceId = advance, MarketTime = Timestamp.FromDateTimeOffset(time) });
        Now = time;
    }

    private static string NewId() => Guid.CreateVersion7().ToString();
}
