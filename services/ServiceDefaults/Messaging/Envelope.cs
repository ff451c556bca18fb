namespace Marketplace.ServiceDefaults;

/// <summary>
/// How an event travels: one message type for all of them, so that the relay need not know what it carries.
/// </summary>
public sealed record Envelope
{
    /// <summary>The id of the message.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>The kind of aggregate, such as <c>lease</c>.</summary>
    public required string Stream { get; init; }

    /// <summary>The fixed, versioned name of the event, such as <c>lease-signed.v1</c>.</summary>
    public required string MessageName { get; init; }

    /// <summary>The aggregate.</summary>
    public required Guid AggregateId { get; init; }

    /// <summary>The aggregate's gapless version.</summary>
    public required long AggregateVersion { get; init; }

    /// <summary>When it happened, by the market clock.</summary>
    public required DateTimeOffset MarketTime { get; init; }

    /// <summary>The event in JSON.</summary>
    public required string Payload { get; init; }

    /// <summary>The trace that it belongs to.</summary>
    public string? Traceparent { get; init; }
}
