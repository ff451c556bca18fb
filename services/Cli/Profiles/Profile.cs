namespace Marketplace.Cli.Profiles;

/// <summary>Where a market is and whose key is used there.</summary>
/// <param name="Endpoints">Addresses as <c>--endpoint</c> takes them. Empty: of this machine.</param>
/// <param name="KeyFile">The file with the key. Null: none.</param>
/// <param name="Key">The key itself, which then stands in the file of the profiles. Null: not there.</param>
internal sealed record Profile(IReadOnlyList<string> Endpoints, string? KeyFile, string? Key)
{
    public static readonly Profile Empty = new([], null, null);
}

/// <summary>All profiles.</summary>
/// <param name="Current">The one that is used unless told. Null: none.</param>
/// <param name="Profiles">By name.</param>
internal sealed record ProfileSet(string? Current, SortedDictionary<string, Profile> Profiles);
