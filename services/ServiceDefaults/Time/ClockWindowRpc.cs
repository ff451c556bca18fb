using Grpc.Core;
using Marketplace.Operations.V1;

namespace Marketplace.ServiceDefaults;

/// <summary>Lets Accounts move this service's market clock.</summary>
internal sealed class ClockWindowRpc(Idempotent idempotent, ClockWindows windows, DueWorkRunner runner,
    MarketClock clock)
    : ClockWindowService.ClockWindowServiceBase
{
    private const int RunCountDefault = 1_000;
    private const int RunCountMax = 10_000;

    public override Task<ClockWindow> OpenClockWindow(OpenClockWindowRequest request, ServerCallContext context) =>
        idempotent.RunAsync(request, context, ClockWindow.Parser, transaction =>
        {
            RequireSandbox();
            return windows.OpenAsync(transaction, RequestRules.Id("clock_advance_id", request.ClockAdvanceId));
        });

    public override Task<ClockWindow> MoveClock(MoveClockRequest request, ServerCallContext context) =>
        idempotent.RunAsync(request, context, ClockWindow.Parser, transaction => windows.MoveAsync(
            transaction,
            RequestRules.Id("clock_advance_id", request.ClockAdvanceId),
            RequestRules.Time("market_time", request.MarketTime)));

    // Each item is a transaction of its own, so the answer cannot be stored with them: a repeated call runs what is
    // left.
    public override async Task<DueWorkRun> RunDueWork(RunDueWorkRequest request, ServerCallContext context)
    {
        if (request.RunCountMax is < 0 or > RunCountMax)
            throw RpcErrors.InvalidFields([new("run_count_max", "OUT_OF_RANGE", $"Must be in [0, {RunCountMax}].")]);
        await windows.RequireOpenAsync(RequestRules.Id("clock_advance_id", request.ClockAdvanceId),
            context.CancellationToken);
        var max = request.RunCountMax == 0 ? RunCountDefault : request.RunCountMax;
        var ran = 0;
        while (ran < max && await runner.RunOneAsync(context.CancellationToken)) ran++;
        var left = await windows.CountAsync(context.CancellationToken);
        return new() { RunCount = ran, DueCount = left.DueCount };
    }

    public override Task<Quiescence> GetQuiescence(GetQuiescenceRequest request, ServerCallContext context) =>
        windows.CountAsync(context.CancellationToken);

    public override Task<ClockWindow> CloseClockWindow(CloseClockWindowRequest request, ServerCallContext context) =>
        idempotent.RunAsync(request, context, ClockWindow.Parser, transaction =>
            windows.CloseAsync(transaction, RequestRules.Id("clock_advance_id", request.ClockAdvanceId)));

    private void RequireSandbox()
    {
        if (clock.Mode == MarketClockMode.Production)
            throw RpcErrors.FailedPrecondition("CLOCK_NOT_SANDBOX",
                "In production the market clock is the system clock; nobody moves it.");
    }
}
