namespace Grpc.Core;

/// <summary>A stream of messages to be read one after the other; reads must not overlap.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last successful <see cref="MoveNext"/> read.</summary>
    T Current { get; }

    /// <summary>
    /// Reads the next message. False at the end of the stream; an <see cref="RpcException"/> if the call failed.
    /// </summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

/// <summary>A stream of messages to be written one after the other; a write must end before the next begins.</summary>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>Options for the writes that follow; null means the call's own.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes one message.</summary>
    Task WriteAsync(T message);

    /// <summary>Writes one message; cancelling stops the write and with it the call.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken) => cancellationToken.CanBeCanceled
        ? throw new NotSupportedException("This stream writer does not support cancellation of a write.")
        : WriteAsync(message);
}

/// <summary>The client's side of a request stream.</summary>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Says that no more requests follow.</summary>
    Task CompleteAsync();
}

/// <summary>The server's side of a response stream; it ends when the method returns.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;

/// <summary>Shorthands for reading a stream.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>Reads the next message without a cancellation token.</summary>
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader) where T : class
    {
        ArgumentNullException.ThrowIfNull(streamReader);
        return streamReader.MoveNext(CancellationToken.None);
    }
}
