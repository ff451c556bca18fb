using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Marketplace.Terms.Tests;

/// <summary>Changes random fields, at any depth, to the values that programs break on.</summary>
internal static class Mutation
{
    private static readonly int[] Numbers =
    [
        int.MinValue, int.MinValue + 1, -1, 0, 1, 2, 28, 29, 30, 31, 32, 365, 366, 2000, 2199, 9999, 10000,
        1_000_000_000, int.MaxValue,
    ];

    private static readonly long[] LongNumbers =
        [long.MinValue, -1, 0, 1, 1_000_000_000_000, 1_000_000_000_001, 1_000_000_000_000_000_000, long.MaxValue];

    private static readonly string[] Texts =
    [
        "", "0", "1", "-1", "-0", "0.000000001", "1e9", "79228162514264337593543950336",
        "0.9999999999999999999999999999999", new string('9', 400), "USD", "JPY", "XXX", "UTC", "UTC+26", "fee",
        "\0", "\ud800", "🦀", "%s{0}", "' OR 1=1 --", new string('a', 63), new string('a', 20_000),
    ];

    public static V1.LeaseTerms Of(V1.LeaseTerms terms, System.Random random, int count)
    {
        var mutated = terms.Clone();
        for (; count > 0; count--)
        {
            var holders = new List<IMessage>();
            Collect(mutated, holders);
            var holder = holders[random.Next(holders.Count)];
            var fields = holder.Descriptor.Fields.InDeclarationOrder();
            Change(holder, fields[random.Next(fields.Count)], random);
        }
        return mutated;
    }

    private static void Collect(IMessage message, List<IMessage> into)
    {
        into.Add(message);
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.FieldType != FieldType.Message) continue;
            var value = field.Accessor.GetValue(message);
            if (value is IMessage single) Collect(single, into);
            if (value is not IList items) continue;
            foreach (IMessage item in items) Collect(item, into);
        }
    }

    private static void Change(IMessage holder, FieldDescriptor field, System.Random random)
    {
        if (field.IsRepeated) ChangeList((IList)field.Accessor.GetValue(holder), field, random);
        else if (random.Next(4) == 0) field.Accessor.Clear(holder);
        else field.Accessor.SetValue(holder, Value(field, random));
    }

    private static void ChangeList(IList items, FieldDescriptor field, System.Random random)
    {
        var at = random.Next(items.Count + 1);
        switch (random.Next(4))
        {
            case 0 when at < items.Count:
                items.RemoveAt(at);
                break;
            case 1 when at < items.Count:
                items.Insert(random.Next(items.Count), items[at]);
                break;
            case 2:
                items.Clear();
                break;
            default:
                items.Insert(at, Value(field, random));
                break;
        }
    }

    private static object Value(FieldDescriptor field, System.Random random) => field.FieldType switch
    {
        FieldType.Int32 => Numbers[random.Next(Numbers.Length)],
        FieldType.Int64 => LongNumbers[random.Next(LongNumbers.Length)],
        FieldType.String => Texts[random.Next(Texts.Length)],
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, Numbers[random.Next(Numbers.Length)]),
        FieldType.Message => field.MessageType.Parser.ParseFrom(Array.Empty<byte>()),
        _ => throw new InvalidOperationException($"{field.FullName} has a type that terms did not have so far."),
    };
}
