using Grpc.Core;
using Marketplace.Operations.V1;
using Marketplace.ServiceDefaults;
using NodaTime;

namespace Marketplace.Accounts.Clock;

/// <summary>The clock of one service of the marketplace.</summary>
/// <param name="ServiceName">The service.</param>
/// <param name="Client">Calls it.</param>
internal sealed record ServiceClock(string ServiceName, ClockWindowService.ClockWindowServiceClient Client);

/// <summary>The clocks of all services, which move together.</summary>
internal sealed class ServiceClocks(IEnumerable<ServiceClock> clocks)
{
    // The calls of a service's users that are under way when its window opens are waited for.
    private static readonly TimeSpan OpenDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WorkDeadline = TimeSpan.FromSeconds(120);

    private const int WorkBatchMax = 1_000;

    private readonly IReadOnlyList<ServiceClock> clocks = [.. clocks];

    /// <summary>The consumers of a stream.</summary>
    public static IEnumerable<string> ConsumersOf(string stream) =>
        KnownConsumer.All.Where(consumer => consumer.Stream == stream).Select(consumer => consumer.Name);

    /// <summary>Opens the windows of all services.</summary>
    public Task OpenAsync(Guid advanceId, CancellationToken cancellationToken)
    {
        var request = new OpenClockWindowRequest { RequestId = NewRequestId(), ClockAdvanceId = advanceId.ToString() };
        var options = Options(OpenDeadline, cancellationToken);
        return OfAllAsync(clocks, clock => clock.Client.OpenClockWindowAsync(request, options));
    }

    /// <summary>Moves all clocks to an instant.</summary>
    public Task MoveAsync(Guid advanceId, Instant marketTime, CancellationToken cancellationToken)
    {
        var request = new MoveClockRequest
        {
            RequestId = NewRequestId(),
            ClockAdvanceId = advanceId.ToString(),
            MarketTime = marketTime.ToTimestamp(),
        };
        var options = Options(CallDeadline, cancellationToken);
        return OfAllAsync(clocks, clock => clock.Client.MoveClockAsync(request, options));
    }

    /// <summary>Closes the windows of all services.</summary>
    public Task CloseAsync(Guid advanceId, CancellationToken cancellationToken)
    {
        var request = new CloseClockWindowRequest { RequestId = NewRequestId(), ClockAdvanceId = advanceId.ToString() };
        var options = Options(CallDeadline, cancellationToken);
        return OfAllAsync(clocks, clock => clock.Client.CloseClockWindowAsync(request, options));
    }

    /// <summary>Asks every service what it still has to do.</summary>
    public async Task<IReadOnlyList<Quiescence>> ReadAsync(CancellationToken cancellationToken)
    {
        var options = Options(CallDeadline, cancellationToken);
        return await OfAllAsync(clocks, clock => clock.Client.GetQuiescenceAsync(new(), options));
    }

    /// <summary>Runs work that is due in some services.</summary>
    /// <returns>How many items were run.</returns>
    public async Task<long> RunAsync(
        Guid advanceId, IReadOnlySet<string> serviceNames, CancellationToken cancellationToken)
    {
        var request = new RunDueWorkRequest
        {
            RequestId = NewRequestId(),
            ClockAdvanceId = advanceId.ToString(),
            RunCountMax = WorkBatchMax,
        };
        var options = Options(WorkDeadline, cancellationToken);
        var runs = await OfAllAsync(
            clocks.Where(clock => serviceNames.Contains(clock.ServiceName)),
            clock => clock.Client.RunDueWorkAsync(request, options));
        return runs.Sum(run => (long)run.RunCount);
    }

    private static Task<TAnswer[]> OfAllAsync<TAnswer>(
        IEnumerable<ServiceClock> clocks, Func<ServiceClock, AsyncUnaryCall<TAnswer>> call) =>
        Task.WhenAll(clocks.Select(async clock =>
        {
            try
            {
                return await call(clock);
            }
            catch (RpcException exception)
            {
                // Of several services the log must name the one.
                throw new InvalidOperationException(
                    $"{clock.ServiceName}: {RpcErrors.ReasonOf(exception)} {exception.Status.Detail}", exception);
            }
        }));

    // The effects are idempotent by the advance and the time, so that each attempt is a call of its own: one that is
    // repeated after a crash must act again where the service has lost its window, and not give a stored answer.
    private static string NewRequestId() => Guid.CreateVersion7().ToString();

    private static CallOptions Options(TimeSpan deadline, CancellationToken cancellationToken) =>
        new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + deadline, cancellationToken: cancellationToken);
}
