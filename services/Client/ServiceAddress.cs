using System.Diagnostics.CodeAnalysis;

namespace Marketplace.Client;

/// <summary>
/// Where a service is: one URL, whose name may stand for several replicas, or the URL of each replica. Calls go to all
/// of them in turn.
/// </summary>
public sealed class ServiceAddress : IEquatable<ServiceAddress>
{
    private const char Separator = ',';

    private readonly string text;

    /// <param name="replicas">
    /// At least one URL, all <c>http</c> or all <c>https</c>, of which only host and port count.
    /// </param>
    /// <exception cref="ArgumentException">A URL is none of that.</exception>
    public ServiceAddress(params IReadOnlyList<Uri> replicas)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        if (replicas.Count == 0 || !replicas.All(IsUsable) || replicas.Any(uri => uri.Scheme != replicas[0].Scheme))
            throw new ArgumentException(
                $"'{string.Join(Separator, replicas)}' is not an address; write it as http://127.0.0.1:7001, or with "
                + "commas between the replicas, all http or all https.", nameof(replicas));
        Replicas = [.. replicas];
        text = string.Join(Separator, Replicas.Select(uri => uri.GetLeftPart(UriPartial.Authority)));
    }

    /// <summary>The URL of each replica that was named.</summary>
    public IReadOnlyList<Uri> Replicas { get; }

    /// <summary>Whether the services are called over TLS.</summary>
    public bool IsSecure => Replicas[0].Scheme == Uri.UriSchemeHttps;

    /// <summary>Whether what is sent there can be read by others on its way: no TLS, and not to this machine.</summary>
    public bool IsExposed => !IsSecure && !Replicas.All(uri => uri.IsLoopback);

    /// <summary>An address with one URL.</summary>
    public static implicit operator ServiceAddress(Uri uri) => FromUri(uri);

    /// <summary>An address with one URL.</summary>
    /// <exception cref="ArgumentException">It is not <c>http</c> or <c>https</c>.</exception>
    public static ServiceAddress FromUri(Uri uri) => new([uri]);

    /// <summary>Reads one URL, or several with commas between them.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ServiceAddress? address)
    {
        ArgumentNullException.ThrowIfNull(text);
        var replicas = new List<Uri>();
        address = null;
        foreach (var part in text.Split(Separator, StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(part, UriKind.Absolute, out var uri) || !IsUsable(uri)) return false;
            replicas.Add(uri);
        }
        if (replicas.Any(uri => uri.Scheme != replicas[0].Scheme)) return false;
        address = new(replicas);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(ServiceAddress? other) => other is not null && text == other.text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ServiceAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The URLs with commas between them, as <see cref="TryParse"/> reads them.</summary>
    public override string ToString() => text;

    /// <summary>The same hosts on ports that are higher by an offset, or null where there are no such ports.</summary>
    internal ServiceAddress? WithPortOffset(int offset) =>
        Replicas.All(uri => uri.Port + offset <= ushort.MaxValue)
            ? new([.. Replicas.Select(uri => new UriBuilder(uri) { Port = uri.Port + offset }.Uri)])
            : null;

    private static bool IsUsable(Uri uri) =>
        uri.IsAbsoluteUri && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
