using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.Extensions.Hosting;

namespace Marketplace.ServiceDefaults;

/// <summary>Streams that only the caller or the end of the process ends.</summary>
public static class OpenStreams
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private static readonly ConditionalWeakTable<IHostApplicationLifetime, StrongBox<int>> Counts = [];

    /// <summary>Runs a stream, and tells the caller to take it up elsewhere when the service stops.</summary>
    /// <param name="context">The call.</param>
    /// <param name="lifetime">Says when the service stops.</param>
    /// <param name="streamAsync">Writes the stream until its token ends it.</param>
    /// <exception cref="RpcException">UNAVAILABLE, SERVICE_DRAINING.</exception>
    public static async Task RunAsync(
        ServerCallContext context, IHostApplicationLifetime lifetime, Func<CancellationToken, Task> streamAsync)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.ApplicationStopping);
        var count = Counts.GetOrCreateValue(lifetime);
        Interlocked.Increment(ref count.Value);
        try
        {
            await streamAsync(ending.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw RpcErrors.Unavailable(
                "SERVICE_DRAINING", "The service is stopping; take the stream up again where it ends.", RetryDelay);
        }
        finally
        {
            Interlocked.Decrement(ref count.Value);
        }
    }

    /// <summary>How many streams a process has open.</summary>
    internal static int Count(IHostApplicationLifetime lifetime) =>
        Volatile.Read(ref Counts.GetOrCreateValue(lifetime).Value);
}
