using Grpc.Core;

namespace Marketplace.Client;

/// <summary>A stream whose errors are typed.</summary>
internal sealed class TypedErrorReader<T>(IAsyncStreamReader<T> stream, ServiceAddress address) : IAsyncStreamReader<T>
{
    public T Current => stream.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken);
        }
        catch (RpcException exception)
        {
            throw MarketException.From(exception, address, requestId: null);
        }
    }
}
