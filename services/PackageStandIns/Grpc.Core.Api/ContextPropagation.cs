namespace Grpc.Core;

/// <summary>What a call made on behalf of a server's call takes over from it.</summary>
public class ContextPropagationOptions(bool propagateDeadline = true, bool propagateCancellation = true)
{
    /// <summary>Deadline and cancellation.</summary>
    public static readonly ContextPropagationOptions Default = new();

    public bool IsPropagateDeadline { get; } = propagateDeadline;

    public bool IsPropagateCancellation { get; } = propagateCancellation;
}

/// <summary>A server's call as the parent of calls to others; what it holds is the server's own business.</summary>
public abstract class ContextPropagationToken
{
    internal ContextPropagationToken() { }
}
