using System.Globalization;
using System.Text.RegularExpressions;

namespace Marketplace.TestServers;

/// <summary>
/// Names of databases and virtual hosts of tests, <c>test_leasing_0199...</c>: whose it is and a UUIDv7, which is
/// unique and tells when it was made.
/// </summary>
internal static partial class TestName
{
    private const string Prefix = "test_";
    private static readonly TimeSpan AgeMax = TimeSpan.FromDays(1);

    public static string New(string owner) => New(owner, TimeProvider.System.GetUtcNow());

    public static string New(string owner, DateTimeOffset instant) => Owner().IsMatch(owner)
        ? $"{Prefix}{owner}_{Guid.CreateVersion7(instant):N}"
        : throw new ArgumentException(
            $"'{owner}' is not a name of lower-case letters, digits and underscores, at most 20.", nameof(owner));

    /// <summary>Whether a name is one of these and so old that no test can still be using it.</summary>
    public static bool IsStale(string name)
    {
        if (Made().Match(name) is not { Success: true } match) return false;
        var milliseconds = long.Parse(match.Groups["time"].ValueSpan, NumberStyles.HexNumber);
        return milliseconds < (TimeProvider.System.GetUtcNow() - AgeMax).ToUnixTimeMilliseconds();
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,19}$")]
    private static partial Regex Owner();

    [GeneratedRegex($"^{Prefix}[a-z][a-z0-9_]{{0,19}}_(?<time>[0-9a-f]{{12}})7[0-9a-f]{{19}}$")]
    private static partial Regex Made();
}
