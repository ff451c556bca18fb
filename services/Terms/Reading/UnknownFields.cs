using Google.Protobuf;

namespace Marketplace.Terms;

/// <summary>Finds fields that this version of the protos does not know: what cannot be read cannot be signed.</summary>
internal static class UnknownFields
{
    private static readonly MessageParser<V1.LeaseTerms> Discarding =
        V1.LeaseTerms.Parser.WithDiscardUnknownFields(true);

    public static void Report(V1.LeaseTerms terms, Findings findings)
    {
        // Parsing again without them is the cheap answer for the usual case; only the other looks for the place.
        var bytes = terms.ToByteArray();
        if (Discarding.ParseFrom(bytes).CalculateSize() != bytes.Length) Report(terms, "", findings);
    }

    private static void Report(IMessage message, string path, Findings findings)
    {
        if (HasUnknown(message))
            findings.Violations.Add(new(path, TermsReasons.UnknownField,
                $"{message.Descriptor.Name} has fields that are not known here; "
                + "use the published version of the protos."));
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.FieldType != Google.Protobuf.Reflection.FieldType.Message) continue;
            var fieldPath = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            var value = field.Accessor.GetValue(message);
            if (value is IMessage single) Report(single, fieldPath, findings);
            if (value is not System.Collections.IList items) continue;
            for (var i = 0; i < items.Count; i++) Report((IMessage)items[i]!, $"{fieldPath}[{i}]", findings);
        }
    }

    private static bool HasUnknown(IMessage message)
    {
        var copy = message.Descriptor.Parser.ParseFrom(message.ToByteArray());
        foreach (var field in copy.Descriptor.Fields.InDeclarationOrder()) field.Accessor.Clear(copy);
        return copy.CalculateSize() > 0;
    }
}
