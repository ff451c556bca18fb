using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Google.Protobuf.Reflection;

namespace Marketplace.Cli.Fields;

/// <summary>The values of proto enums as people write them: <c>act-month</c> for <c>DAY_COUNT_ACT_MONTH</c>.</summary>
internal static class EnumNames
{
    private const string Unspecified = "UNSPECIFIED";

    /// <summary>The values that can be given, short, in their order.</summary>
    public static IReadOnlyList<string> All(EnumDescriptor type) =>
        [.. type.Values.Where(value => value.Number != 0).Select(Short)];

    /// <summary>A value without its enum's name; of none, nothing.</summary>
    public static string Short(EnumDescriptor type, int number) =>
        number == 0 ? "" : type.FindValueByNumber(number) is { } value ? Short(value) : $"{number}";

    /// <summary>Finds a value by its short or its whole name, in any case.</summary>
    public static bool TryFind(EnumDescriptor type, string text, [NotNullWhen(true)] out EnumValueDescriptor? found)
    {
        var name = text.Trim().Replace('-', '_').ToUpperInvariant();
        found = type.Values.FirstOrDefault(value =>
            value.Number != 0 && (value.Name == name || value.Name == Prefix(type.Values[0].Name) + name));
        return found is not null;
    }

    /// <summary>A value of a generated enum without its enum's name; of none, nothing.</summary>
    public static string Short(Enum value)
    {
        // The generator keeps the proto's name on each value.
        var name = value.GetType().GetField(value.ToString())?.GetCustomAttribute<OriginalNameAttribute>()?.Name;
        if (name is null) return value.ToString("D");
        var first = (Enum)Enum.ToObject(value.GetType(), 0);
        var unspecified = first.GetType().GetField(first.ToString())?.GetCustomAttribute<OriginalNameAttribute>()?.Name;
        return name == unspecified ? "" : Short(name, unspecified ?? "");
    }

    private static string Short(EnumValueDescriptor value) => Short(value.Name, value.EnumDescriptor.Values[0].Name);

    private static string Short(string name, string first)
    {
        var prefix = Prefix(first);
        return (name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name)
            .Replace('_', '-').ToLowerInvariant();
    }

    // The first value of every enum is PREFIX_UNSPECIFIED.
    private static string Prefix(string first) =>
        first.EndsWith(Unspecified, StringComparison.Ordinal) ? first[..^Unspecified.Length] : "";
}
