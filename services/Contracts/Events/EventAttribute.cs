using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Marketplace.Contracts;

/// <summary>Gives an event its fixed, versioned name and the stream of aggregates that it belongs to.</summary>
/// <param name="stream">The kind of aggregate, such as <c>lease</c>: whoever consumes one event of a stream consumes
/// all.</param>
/// <param name="name">The name on the wire, such as <c>lease-signed.v1</c>; it never changes.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventAttribute(string stream, string name) : Attribute
{
    /// <summary>The kind of aggregate.</summary>
    public string Stream { get; } = stream;

    /// <summary>The name on the wire.</summary>
    public string Name { get; } = name;

    /// <summary>The name of an event's type.</summary>
    /// <exception cref="InvalidOperationException">The type has none.</exception>
    public static EventAttribute Of(Type type) =>
        type.GetCustomAttribute<EventAttribute>()
            ?? throw new InvalidOperationException($"{type.Name} has no [Event] name.");
}

/// <summary>How events are written in JSON.</summary>
public static class EventJson
{
    /// <summary>The options.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };
}
