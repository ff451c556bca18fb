namespace Grpc.Core;

/// <summary>
/// A call that ended with a status other than OK. The client throws it; a service method throws it to end
/// its call with that status and those trailers.
/// </summary>
public class RpcException(Status status, Metadata trailers, string message) : Exception(message, status.DebugException)
{
    public RpcException(Status status) : this(status, status.ToString()) { }

    public RpcException(Status status, string message) : this(status, Metadata.Empty, message) { }

    public RpcException(Status status, Metadata trailers) : this(status, trailers, status.ToString()) { }

    public Status Status { get; } = status;

    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>The trailers that came (client) or go (server) with the status.</summary>
    public Metadata Trailers { get; } = trailers ?? throw new ArgumentNullException(nameof(trailers));
}
