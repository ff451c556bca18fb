namespace Grpc.Core;

/// <summary>Options of a write.</summary>
public class WriteOptions(WriteFlags flags = default)
{
    /// <summary>No flag set.</summary>
    public static readonly WriteOptions Default = new();

    public WriteFlags Flags { get; } = flags;
}

/// <summary>How a message is written.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>The message may wait in a buffer for the next ones.</summary>
    BufferHint = 1,

    /// <summary>The message is not compressed, even if the call is.</summary>
    NoCompress = 2,
}
