using System.Text.Json.Serialization;

namespace Marketplace.Cli.Profiles;

/// <summary>A profile without its secret.</summary>
/// <param name="Name">The name.</param>
/// <param name="InUse">Whether it is gone by unless told.</param>
/// <param name="Endpoints">Addresses as <c>--endpoint</c> takes them.</param>
/// <param name="Key">The file with the key, or the id of the key.</param>
internal sealed record ShownProfile(string Name, bool InUse, IReadOnlyList<string> Endpoints, string Key);

/// <summary>Writes them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(ShownProfile))]
[JsonSerializable(typeof(List<ShownProfile>))]
internal sealed partial class ShownProfileJson : JsonSerializerContext;
