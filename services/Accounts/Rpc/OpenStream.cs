using Grpc.Core;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts.Rpc;

/// <summary>Streams that only the caller or the end of the process ends.</summary>
internal static class OpenStream
{
    /// <summary>Runs a stream, and tells the caller to take it up elsewhere when the process ends.</summary>
    public static async Task RunAsync(
        ServerCallContext context, IHostApplicationLifetime lifetime, Func<CancellationToken, Task> streamAsync)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await streamAsync(source.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw RpcErrors.Unavailable(
                "SERVICE_DRAINING", "The service is stopping; take the stream up again.", TimeSpan.FromSeconds(1));
        }
    }
}
