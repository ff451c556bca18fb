namespace Marketplace.Conventions.Tests;

/// <summary>Reports everything that breaks a convention at once, not only the first.</summary>
internal static class Offenders
{
    public static void AreNone(IEnumerable<string> offenders)
    {
        var all = offenders.ToArray();
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
