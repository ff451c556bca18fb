using System.Text;

namespace Grpc.Core;

/// <summary>Who the caller proved to be, by its TLS certificate.</summary>
public class AuthContext(string? peerIdentityPropertyName, Dictionary<string, List<AuthProperty>> properties)
{
    private readonly Dictionary<string, List<AuthProperty>> properties =
        properties ?? throw new ArgumentNullException(nameof(properties));

    public bool IsPeerAuthenticated => PeerIdentityPropertyName is not null;

    /// <summary>The name of the properties that make up the identity, or null.</summary>
    public string? PeerIdentityPropertyName { get; } = peerIdentityPropertyName;

    public IEnumerable<AuthProperty> PeerIdentity =>
        PeerIdentityPropertyName is null ? [] : properties[PeerIdentityPropertyName];

    public IEnumerable<AuthProperty> Properties => properties.Values.SelectMany(list => list);

    public IEnumerable<AuthProperty> FindPropertiesByName(string propertyName) =>
        properties.TryGetValue(propertyName, out var found) ? found : [];
}

/// <summary>One property of the caller's identity.</summary>
public class AuthProperty
{
    private readonly byte[] valueBytes;

    private AuthProperty(string name, byte[] valueBytes) => (Name, this.valueBytes) = (name, valueBytes);

    public string Name { get; }

    /// <summary>The value as UTF-8 text.</summary>
    public string Value => Encoding.UTF8.GetString(valueBytes);

    /// <summary>A copy of the value's bytes.</summary>
    public byte[] ValueBytes => [.. valueBytes];

    public static AuthProperty Create(string name, byte[] valueBytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(valueBytes);
        return new(name, [.. valueBytes]);
    }
}
