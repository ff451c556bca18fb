namespace Grpc.Core;

/// <summary>How a call ended.</summary>
/// <param name="statusCode">The code, sent as <c>grpc-status</c>.</param>
/// <param name="detail">The text, sent as <c>grpc-message</c>.</param>
/// <param name="debugException">The local cause, if known; it never goes over the wire.</param>
public readonly struct Status(StatusCode statusCode, string detail, Exception? debugException)
{
    /// <summary><see cref="StatusCode.OK"/> without a text.</summary>
    public static readonly Status DefaultSuccess = new(StatusCode.OK, "");

    /// <summary><see cref="StatusCode.Cancelled"/> without a text.</summary>
    public static readonly Status DefaultCancelled = new(StatusCode.Cancelled, "");

    /// <summary>A status without a local cause.</summary>
    public Status(StatusCode statusCode, string detail) : this(statusCode, detail, null) { }

    public StatusCode StatusCode { get; } = statusCode;

    public string Detail { get; } = detail;

    public Exception? DebugException { get; } = debugException;

    public override string ToString()
    {
        var cause = DebugException is null
            ? ""
            : $", DebugException=\"{DebugException.GetType()}: {DebugException.Message}\"";
        return $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\"{cause})";
    }
}
