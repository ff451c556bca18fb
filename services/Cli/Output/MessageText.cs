using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Google.Type;
using Marketplace.Cli.Fields;
using Marketplace.Terms;
using ProtoDecimal = Google.Type.Decimal;

namespace Marketplace.Cli.Output;

/// <summary>Writes the values of messages for a person.</summary>
internal static class MessageText
{
    /// <summary>The longest text that a column is never broken for.</summary>
    public const int WholeLengthMax = 40;

    private const string None = "-";
    private const int HexBytesMax = 32;
    private const decimal NanosPerUnit = 1_000_000_000m;

    private static readonly Dictionary<string, string> Words = new()
    {
        ["api"] = "API",
        ["id"] = "ID",
        ["json"] = "JSON",
        ["kw"] = "kW",
        ["mw"] = "MW",
        ["sha256"] = "SHA-256",
        ["sla"] = "SLA",
    };

    /// <summary>The id of a resource: its first field, where that is one.</summary>
    public static string Id(IMessage resource)
    {
        var first = resource.Descriptor.Fields.InDeclarationOrder()[0];
        return first.FieldType == FieldType.String && first.Name.EndsWith("_id", StringComparison.Ordinal)
            ? (string)first.Accessor.GetValue(resource)
            : throw new UsageException($"-o id: a {resource.Descriptor.Name} has no id of its own.");
    }

    /// <summary>The value of a field, of a list its items with commas between them.</summary>
    public static string Value(FieldDescriptor field, object? value) => value switch
    {
        null => "",
        IList items when field.IsRepeated =>
            string.Join(", ", items.Cast<object>().Select(item => Single(field, item))),
        _ => Single(field, value),
    };

    public static string Date(Date? date) => date is null
        ? None
        : string.Create(CultureInfo.InvariantCulture, $"{date.Year:D4}-{date.Month:D2}-{date.Day:D2}");

    /// <summary>The last day of an interval that ends before a day.</summary>
    public static string DayBefore(Date? end) => end is null
        ? None
        : PlainText.Date(new DateOnly(end.Year, end.Month, end.Day).AddDays(-1));

    public static string Time(Timestamp time) =>
        time.ToDateTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>An amount with at least the places of its currency, and the currency.</summary>
    public static string Money(Money? money)
    {
        if (money is null) return None;
        var places = Currency.Find(money.CurrencyCode)?.Exponent ?? 0;
        var amount = money.Units + (money.Nanos / NanosPerUnit);
        var format = $"#,0.{new string('0', places)}{new string('#', 9 - places)}";
        return $"{amount.ToString(format, CultureInfo.InvariantCulture)} {PlainText.OneLine(money.CurrencyCode)}";
    }

    public static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    /// <summary>A value of an enum, short.</summary>
    public static string Enum(System.Enum value) => EnumNames.Short(value);

    /// <summary>The name of a field as a header or a label: <c>Peak contracted kW</c>.</summary>
    public static string Label(IEnumerable<FieldDescriptor> path)
    {
        var words = path.SelectMany(field => field.Name.Split('_')).ToList();
        // 'Lease' says as much as 'Lease ID', and what a time or date is shows by itself.
        if (words.Count > 1 && words[^1] is "id" or "ids") words.RemoveAt(words.Count - 1);
        var text = string.Join(' ', words.Select(word => Words.GetValueOrDefault(word, word)));
        return char.ToUpperInvariant(text[0]) + text[1..];
    }

    /// <summary>A message on one line, as a stream shows it.</summary>
    public static string Line(IMessage message) => string.Join("  ", Parts(message, ""));

    private static List<string> Parts(IMessage message, string prefix) =>
    [
        .. from field in message.Descriptor.Fields.InDeclarationOrder()
           where Messages.IsGiven(message, field)
           let name = prefix + FieldKind.Kebab(field.Name)
           let value = field.Accessor.GetValue(message)
           from part in Parts(field, name, value)
           select part,
    ];

    private static List<string> Parts(FieldDescriptor field, string name, object value)
    {
        if (FieldKind.IsText(field)) return [$"{name}={Value(field, value)}"];
        if (field.IsRepeated) return [$"{name}=[{((IList)value).Count}]"];
        var parts = Parts((IMessage)value, $"{name}.");
        return parts.Count > 0 ? parts : [name];
    }

    private static string Single(FieldDescriptor field, object value) => value switch
    {
        string text => PlainText.Cell(text),
        bool flag => flag ? "yes" : "no",
        int or long when FieldKind.IsKilowatts(field) || FieldKind.IsKilowattDays(field) =>
            string.Format(CultureInfo.InvariantCulture, "{0:N0}", value),
        int or long => string.Format(CultureInfo.InvariantCulture, "{0}", value),
        ByteString bytes when bytes.Length <= HexBytesMax => Hex(bytes),
        ByteString bytes => $"{bytes.Length} bytes",
        System.Enum => EnumNames.Short(field.EnumType, Convert.ToInt32(value, CultureInfo.InvariantCulture)),
        Date date => Date(date),
        Timestamp time => Time(time),
        Money money => Money(money),
        ProtoDecimal number => PlainText.OneLine(number.Value),
        TimeOfDay time => string.Create(CultureInfo.InvariantCulture, $"{time.Hours:D2}:{time.Minutes:D2}"),
        FieldMask mask => string.Join(", ", mask.Paths),
        IMessage message => Line(message),
        _ => throw new ArgumentException($"{field.FullName} holds a {value.GetType().Name}.", nameof(value)),
    };
}
