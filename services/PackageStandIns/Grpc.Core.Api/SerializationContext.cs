using System.Buffers;

namespace Grpc.Core;

/// <summary>Where a serializer puts its message: one array, or a buffer writer and then a completion.</summary>
public abstract class SerializationContext
{
    public virtual void Complete(byte[] payload) => throw new NotImplementedException();

    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotImplementedException();

    /// <summary>Tells the message's size before it is written.</summary>
    public virtual void SetPayloadLength(int payloadLength) { }

    public virtual void Complete() => throw new NotImplementedException();
}

/// <summary>
/// Where a deserializer gets its message from. The sequence is valid only until the deserializer returns.
/// </summary>
public abstract class DeserializationContext
{
    public abstract int PayloadLength { get; }

    public virtual byte[] PayloadAsNewBuffer() => throw new NotImplementedException();

    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw new NotImplementedException();
}
