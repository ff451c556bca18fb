using System.Text;

namespace Marketplace.Terms;

/// <summary>The names that the wire form uses.</summary>
public static class ProtoNames
{
    /// <summary>
    /// An enum's value as the protos name it, without the enum's prefix: <c>ACT_365F</c>, <c>END_OF_BILLING_MONTH</c>.
    /// </summary>
    public static string Of<TEnum>(TEnum value)
        where TEnum : struct, Enum => EnumValue(value.ToString());

    internal static string EnumValue(string name)
    {
        var words = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var startsWord = i > 0
                && (char.IsUpper(name[i])
                    ? char.IsLower(name[i - 1])
                    : char.IsDigit(name[i]) && char.IsLetter(name[i - 1]));
            if (startsWord) words.Append('_');
            words.Append(char.ToUpperInvariant(name[i]));
        }
        return words.ToString();
    }
}
