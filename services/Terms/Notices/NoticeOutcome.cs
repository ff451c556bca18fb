namespace Marketplace.Terms;

/// <summary>What a notice of termination for convenience comes to.</summary>
public abstract record NoticeOutcome
{
    private NoticeOutcome() { }

    /// <summary>The notice is valid.</summary>
    /// <param name="Right">The right that it is served under.</param>
    /// <param name="DeemedReceipt">The civil date on which it counts as received.</param>
    /// <param name="End">The day after the last service day; never after the natural end nor before the start.</param>
    /// <param name="MovesEnd">Whether the lease ends earlier than without the notice.</param>
    public sealed record Accepted(TerminationRight Right, DateOnly DeemedReceipt, DateOnly End, bool MovesEnd)
        : NoticeOutcome;

    /// <summary>The notice comes before the party's right may be used.</summary>
    /// <param name="Right">The right that may be used first.</param>
    /// <param name="FirstValidDate">The right's earliest service date: the first civil date on which a notice may be
    /// received.</param>
    public sealed record LockedIn(TerminationRight Right, DateOnly FirstValidDate) : NoticeOutcome;

    /// <summary>The party has no right to end the lease for convenience.</summary>
    public sealed record NoRight : NoticeOutcome;

    /// <summary>The lease has ended.</summary>
    /// <param name="End">Its end.</param>
    public sealed record LeaseEnded(DateOnly End) : NoticeOutcome;
}
