using Marketplace.Leasing.Negotiations;
using Marketplace.ServiceDefaults;

namespace Marketplace.Leasing.Workers;

/// <summary>
/// Asks Inventory again for what was asked and not answered, for instance because this service crashed between.
/// </summary>
internal sealed class ReservationSweep(Reserving reserving, ILogger<ReservationSweep> logger)
    : RepeatedWorker(TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(250), logger)
{
    private const int SweepMax = 32;

    protected override async Task WorkAsync(CancellationToken cancellationToken)
    {
        // All at once: each waits for its turn to ask, and none holds up another.
        var taken = await reserving.TakeUnansweredAsync(SweepMax, cancellationToken);
        await Task.WhenAll(taken.Select(item => reserving.FinishAsync(item.NegotiationId, item.Claim)));
    }
}
