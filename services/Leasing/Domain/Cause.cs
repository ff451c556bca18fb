using NodaTime;

namespace Marketplace.Leasing.Domain;

/// <summary>Who brings something about, why, and when it happens.</summary>
/// <param name="OrganisationId">The organisation; null: the market itself.</param>
/// <param name="ApiKeyId">The key; null: the market itself.</param>
/// <param name="Reason">Why, for a program.</param>
/// <param name="Comment">Why, in the words of whoever brought it about.</param>
/// <param name="OccurTime">When it happens.</param>
internal sealed record Cause(Guid? OrganisationId, Guid? ApiKeyId, string Reason, string Comment, Instant OccurTime)
{
    /// <summary>The market itself brings it about, for instance because a time is over.</summary>
    public static Cause Market(string reason, Instant occurTime) => new(null, null, reason, "", occurTime);
}
