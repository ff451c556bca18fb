using System.Collections;
using Google.Protobuf.WellKnownTypes;

namespace Marketplace.Inventory;

/// <summary>Changes fields of an offer.</summary>
internal static class ListingUpdate
{
    /// <summary>The offer with the fields that a mask names replaced as a whole; without a mask, all of them.</summary>
    public static V1.ListingOffer Apply(Fields fields, V1.ListingOffer offer, V1.ListingOffer update, FieldMask? mask)
    {
        if (mask is null) return update;
        var updated = offer.Clone();
        for (var i = 0; i < mask.Paths.Count; i++)
        {
            if (V1.ListingOffer.Descriptor.FindFieldByName(mask.Paths[i]) is not { } field)
            {
                fields.Wrong($"update_mask.paths[{i}]", "UNKNOWN_FIELD",
                    $"'{mask.Paths[i]}' is not a field of an offer, such as 'price'.");
                continue;
            }
            field.Accessor.Clear(updated);
            var value = field.Accessor.GetValue(update);
            if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(updated);
                foreach (var item in (IList)value) list.Add(item);
            }
            else if (value is not null)
            {
                field.Accessor.SetValue(updated, value);
            }
        }
        return updated;
    }
}
