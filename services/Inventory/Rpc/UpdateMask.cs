using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Marketplace.Inventory;

/// <summary>Replaces the fields of a message that a mask names.</summary>
internal static class UpdateMask
{
    private const int PathsMax = 32;

    /// <summary>Replaces each named field as a whole; one that the update leaves out becomes empty.</summary>
    /// <param name="fields">Takes the reports of paths that name nothing.</param>
    /// <param name="mask">The paths.</param>
    /// <param name="updated">The message that is changed.</param>
    /// <param name="update">A message of the same type with the new values.</param>
    /// <param name="changeable">The fields that may be named, or of which parts may be.</param>
    public static void Apply(
        Fields fields, FieldMask? mask, IMessage updated, IMessage update, params string[] changeable)
    {
        if (mask is null)
        {
            fields.Wrong(
                "update_mask", "REQUIRED", $"Required; names what changes, of {string.Join(", ", changeable)}.");
            return;
        }
        if (!fields.Count("update_mask.paths", mask.Paths.Count, 1, PathsMax)) return;
        for (var i = 0; i < mask.Paths.Count; i++)
        {
            var path = mask.Paths[i].Split('.');
            if (!changeable.Contains(path[0]) || !TryReplace(updated, update, path))
                fields.Wrong($"update_mask.paths[{i}]", "UNKNOWN_FIELD",
                    $"'{mask.Paths[i]}' cannot be changed; {string.Join(", ", changeable)} can, and fields of these.");
        }
    }

    private static bool TryReplace(IMessage updated, IMessage? update, ReadOnlySpan<string> path)
    {
        if (updated.Descriptor.FindFieldByName(path[0]) is not { } field) return false;
        if (path.Length == 1)
        {
            field.Accessor.Clear(updated);
            if (update is null) return true;
            if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(updated);
                foreach (var item in (IList)field.Accessor.GetValue(update)) list.Add(item);
            }
            else if (!field.HasPresence || field.Accessor.HasValue(update))
            {
                field.Accessor.SetValue(updated, field.Accessor.GetValue(update));
            }
            return true;
        }
        if (field.FieldType != FieldType.Message || field.IsRepeated) return false;
        if (field.Accessor.GetValue(updated) is not IMessage part)
        {
            part = field.MessageType.Parser.ParseFrom(ByteString.Empty);
            field.Accessor.SetValue(updated, part);
        }
        return TryReplace(part, update is null ? null : (IMessage?)field.Accessor.GetValue(update), path[1..]);
    }
}
