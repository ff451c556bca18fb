using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Marketplace.Terms;

/// <summary>One field in which two versions of terms differ.</summary>
/// <param name="Field">
/// The field's path. Tranches and clauses are named by their ids and steps by their first day, so that an inserted one
/// does not change the paths of the others: <c>tranches[hall-1].capacity_steps[2026-05-01].contracted_kw</c>.
/// </param>
/// <param name="Before">The value in the first version, or null if it has none.</param>
/// <param name="After">The value in the second version, or null if it has none.</param>
public sealed record TermsChange(string Field, string? Before, string? After);

/// <summary>Compares two versions of terms, complete or not, field by field.</summary>
public static class TermsDifference
{
    /// <summary>The fields that differ, in the order of the protos. None: the versions say the same.</summary>
    public static IReadOnlyList<TermsChange> Between(V1.LeaseTerms before, V1.LeaseTerms after)
    {
        var changes = new List<TermsChange>();
        CompareMessages(V1.LeaseTerms.Descriptor, before, after, "", changes);
        return changes;
    }

    private static void CompareMessages(
        MessageDescriptor type, IMessage? before, IMessage? after, string path, List<TermsChange> changes)
    {
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            var (left, right) = (ValueOf(field, before), ValueOf(field, after));
            var fieldPath = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            if (field.IsRepeated)
                CompareLists(field, (IList?)left ?? Array.Empty<object>(), (IList?)right ?? Array.Empty<object>(),
                    fieldPath, changes);
            else if (IsLeaf(field))
                CompareTexts(left is null ? null : Text(field, left), right is null ? null : Text(field, right),
                    fieldPath, changes);
            else
                CompareWhole(field.MessageType, (IMessage?)left, (IMessage?)right, fieldPath, changes);
        }
    }

    // A message without any field in it still makes other bytes than none.
    private static void CompareWhole(
        MessageDescriptor type, IMessage? before, IMessage? after, string path, List<TermsChange> changes)
    {
        var count = changes.Count;
        CompareMessages(type, before, after, path, changes);
        if (changes.Count == count && before is null != after is null)
            changes.Add(new(path, before is null ? null : "{}", after is null ? null : "{}"));
    }

    private static void CompareLists(
        FieldDescriptor field, IList before, IList after, string path, List<TermsChange> changes)
    {
        if (IsLeaf(field))
        {
            var (left, right) =
                (before.Cast<object>().Select(Text).ToArray(), after.Cast<object>().Select(Text).ToArray());
            foreach (var gone in Without(left, right)) changes.Add(new(path, gone, null));
            foreach (var come in Without(right, left)) changes.Add(new(path, null, come));
            if (left.Order().SequenceEqual(right.Order())) CompareOrder(left, right, path, changes);
            return;
        }
        var (olds, news) = (ByKey(field, before), ByKey(field, after));
        CompareOrder([.. olds.Keys.Where(news.ContainsKey)], [.. news.Keys.Where(olds.ContainsKey)], path, changes);
        foreach (var key in olds.Keys.Union(news.Keys))
            CompareWhole(field.MessageType, olds.GetValueOrDefault(key), news.GetValueOrDefault(key),
                $"{path}[{key}]", changes);

        string Text(object value) => TermsDifference.Text(field, value);
    }

    // The order counts: of two rights that reach the same end, the first listed is used.
    private static void CompareOrder(string[] before, string[] after, string path, List<TermsChange> changes)
    {
        if (!before.SequenceEqual(after))
            changes.Add(new(path, $"[{string.Join(", ", before)}]", $"[{string.Join(", ", after)}]"));
    }

    // What is left of a list when each entry of another has taken one away.
    private static List<string> Without(string[] list, string[] other)
    {
        var left = list.ToList();
        foreach (var entry in other) left.Remove(entry);
        return left;
    }

    private static void CompareTexts(string? before, string? after, string path, List<TermsChange> changes)
    {
        if (before != after) changes.Add(new(path, before, after));
    }

    private static object? ValueOf(FieldDescriptor field, IMessage? message)
    {
        if (message is null) return null;
        if (field.IsRepeated) return field.Accessor.GetValue(message);
        if (field.HasPresence) return field.Accessor.HasValue(message) ? field.Accessor.GetValue(message) : null;
        // Without presence the default says that nothing is stated.
        var value = field.Accessor.GetValue(message);
        return value is "" or 0 || IsOpenEnum(field, value) ? null : value;
    }

    private static bool IsOpenEnum(FieldDescriptor field, object value) =>
        field.FieldType == FieldType.Enum && Convert.ToInt32(value, CultureInfo.InvariantCulture) == 0;

    private static Dictionary<string, IMessage> ByKey(FieldDescriptor field, IList items)
    {
        var key = field.MessageType.FindFieldByName("clause_id")
            ?? field.MessageType.FindFieldByName("tranche_id")
            ?? field.MessageType.FindFieldByName("start_date");
        var keyed = new Dictionary<string, IMessage>();
        for (var i = 0; i < items.Count; i++)
        {
            var item = (IMessage)items[i]!;
            var name = key is not null && ValueOf(key, item) is { } value ? Text(key, value)
                : i.ToString(CultureInfo.InvariantCulture);
            // Drafts may use a name twice; the position then tells the two apart, once more if a third is named so.
            while (!keyed.TryAdd(name, item)) name = $"{name}#{i}";
        }
        return keyed;
    }

    private static bool IsLeaf(FieldDescriptor field) =>
        field.FieldType != FieldType.Message || field.MessageType.File.Package == "google.type";

    private static string Text(FieldDescriptor field, object value) => value switch
    {
        Google.Type.Date date => $"{date.Year:D4}-{date.Month:D2}-{date.Day:D2}",
        Google.Type.Decimal number => number.Value,
        Google.Type.TimeOfDay time => $"{time.Hours:D2}:{time.Minutes:D2}",
        Google.Type.Money money => string.Create(
            CultureInfo.InvariantCulture,
            $"{money.Units + money.Nanos / 1_000_000_000m:0.00#######} {money.CurrencyCode}"),
        _ when field.FieldType == FieldType.Enum =>
            field.EnumType.FindValueByNumber(Convert.ToInt32(value, CultureInfo.InvariantCulture))?.Name is { } name
                ? ShortName(field.EnumType, name)
                : $"{value}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // TERMINATION_PARTY_EITHER reads as EITHER: the prefix repeats the field.
    private static string ShortName(EnumDescriptor type, string name) =>
        name[type.Values[0].Name[..^"UNSPECIFIED".Length].Length..];
}
