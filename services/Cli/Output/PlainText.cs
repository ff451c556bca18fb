using System.Globalization;
using System.Text;
using Marketplace.Terms;

namespace Marketplace.Cli.Output;

/// <summary>Writes values for a person.</summary>
internal static class PlainText
{
    private const int CellLengthMax = 200;

    /// <summary>
    /// Text from elsewhere on one line. A file must not be able to move the cursor, or to reverse the text, of the
    /// terminal that shows it.
    /// </summary>
    public static string OneLine(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (rune.Value is '\n' or '\r' or '\t') plain.Append(' ');
            else if (category is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) plain.Append(' ');
            else if (category is UnicodeCategory.Control or UnicodeCategory.Format) plain.Append('\uFFFD');
            else plain.Append(rune);
        }
        return plain.ToString();
    }

    /// <summary>
    /// Text from elsewhere for the cell of a table: on one line and, if it is long, a part of it that begins a little
    /// before <paramref name="focus"/>.
    /// </summary>
    public static string Cell(string text, int focus = 0)
    {
        if (text.Length <= CellLengthMax) return OneLine(text);
        var start = Math.Clamp(focus - CellLengthMax / 4, 0, text.Length - CellLengthMax);
        var part = OneLine(text.Substring(start, CellLengthMax));
        return $"{(start > 0 ? "..." : "")}{part}{(start + CellLengthMax < text.Length ? "..." : "")}";
    }

    /// <summary>An amount with thousands separators and the currency's places: <c>45,000,000,000.00</c>.</summary>
    public static string Amount(Currency currency, long minorUnits) =>
        currency.ToUnits(minorUnits).ToString($"N{currency.Exponent}", CultureInfo.InvariantCulture);

    /// <summary>A price with thousands separators and at least the currency's places.</summary>
    public static string Price(Currency currency, decimal price) =>
        price.ToString($"#,0{Places(currency)}", CultureInfo.InvariantCulture);

    /// <summary>A price as a plain decimal with at least the currency's places.</summary>
    public static string ExactPrice(Currency currency, decimal price) =>
        price.ToString($"0{Places(currency)}", CultureInfo.InvariantCulture);

    /// <summary>Power in MW.</summary>
    public static string Megawatts(long kilowatts) =>
        (kilowatts / 1000m).ToString("#,0.###", CultureInfo.InvariantCulture);

    /// <summary>The days of a range as a person says them, with the last one included.</summary>
    public static string Through(DateRange days) => $"{Date(days.Start)} through {Date(days.End.AddDays(-1))}";

    /// <summary>A share in percent.</summary>
    public static string Percent(decimal share) =>
        $"{(share * 100).ToString("0.#######", CultureInfo.InvariantCulture)} %";

    /// <summary>A date as ISO 8601 writes it.</summary>
    public static string Date(DateOnly date) => date.ToString("O", CultureInfo.InvariantCulture);

    // A unit price has up to nine places.
    private static string Places(Currency currency) =>
        $".{new string('0', currency.Exponent)}{new string('#', 9 - currency.Exponent)}";
}
