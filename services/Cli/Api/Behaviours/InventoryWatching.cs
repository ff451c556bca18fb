using Marketplace.Inventory.V1;

namespace Marketplace.Cli.Api.Behaviours;

/// <summary>Follows listings and free capacity until the user ends it.</summary>
internal sealed class InventoryWatching : Behaviour
{
    public override async Task<ExitCode> RunAsync(ApiCall call)
    {
        await call.ReadRequestAsync();
        using var interrupt = new Interrupt();
        var after = ((WatchInventoryRequest)call.Request).AfterSequence;
        try
        {
            await foreach (var change in call.Market.WatchInventoryAsync(after, interrupt.Token))
                call.WriteLine(change);
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            // That is how a watch ends.
        }
        return ExitCode.Done;
    }
}
