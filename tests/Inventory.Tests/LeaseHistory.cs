using Marketplace.Contracts;

namespace Marketplace.Inventory.Tests;

/// <summary>
/// What may happen to a lease, as Leasing says it: notices that move its end or do not, withdrawals for which Leasing
/// takes the capacity back before it says so, and its end. The date of each step is a number of days from the start.
/// </summary>
internal sealed class LeaseHistory
{
    public static readonly DateOnly Start = new(2026, 5, 1);
    public static readonly DateOnly NaturalEnd = new(2029, 6, 1);

    private readonly List<(Guid NoticeId, DateOnly End)> notices = [];
    private readonly List<Func<Guid, object>> events = [];
    private readonly SortedDictionary<long, DateOnly> restorations = [];

    private LeaseHistory() => events.Add(lease => new LeaseSigned
    {
        LeaseId = lease,
        ProviderOrganisationId = default,
        BuyerOrganisationId = default,
        TermsBytes = [],
        TermsSha256 = [],
        SignTime = default,
    });

    /// <summary>The events in the order of their versions, from 1.</summary>
    public IReadOnlyList<Func<Guid, object>> Events => events;

    /// <summary>
    /// The ends up to which Leasing takes capacity back, by the version of the lease that each takes account of: after
    /// that event has happened and before the next one does.
    /// </summary>
    public IReadOnlyDictionary<long, DateOnly> Restorations => restorations;

    /// <summary>The end that the lease comes to.</summary>
    public DateOnly End => notices.Select(notice => notice.End).Append(NaturalEnd).Min();

    /// <summary>A history from random numbers.</summary>
    public static LeaseHistory Any(Random random)
    {
        var history = new LeaseHistory();
        for (var steps = random.Next(1, 7); steps > 0; steps--)
        {
            if (history.notices.Count > 0 && random.Next(2) == 0) history.Withdraw(random.Next(history.notices.Count));
            else history.Serve(Start.AddDays(random.Next(-2, NaturalEnd.DayNumber - Start.DayNumber)));
        }
        if (random.Next(2) == 0) history.Finish();
        return history;
    }

    /// <summary>Two notices, both withdrawn, and a third by which the lease ends.</summary>
    public static LeaseHistory Long()
    {
        var history = new LeaseHistory();
        history.Serve(new(2027, 4, 2));
        history.Withdraw(0);
        history.Serve(new(2027, 2, 1));
        history.Withdraw(0);
        history.Serve(new(2028, 1, 1));
        history.Finish();
        return history;
    }

    private void Serve(DateOnly end)
    {
        var (noticeId, movesEnd) = (Guid.CreateVersion7(), end < End);
        notices.Add((noticeId, end));
        var effectiveEnd = End;
        events.Add(lease => new LeaseNoticeServed
        {
            LeaseId = lease,
            NoticeId = noticeId,
            OrganisationId = default,
            DeemedReceiptDate = Start,
            EndDate = effectiveEnd,
            MovesEnd = movesEnd,
        });
    }

    private void Withdraw(int number)
    {
        var (before, noticeId) = (End, notices[number].NoticeId);
        notices.RemoveAt(number);
        var end = End;
        if (end > before) restorations[events.Count] = end;
        events.Add(lease => new LeaseNoticeWithdrawn { LeaseId = lease, NoticeId = noticeId, EndDate = end });
    }

    private void Finish()
    {
        var end = End;
        events.Add(lease => new LeaseEnded
        {
            LeaseId = lease,
            Kind = end < NaturalEnd ? "CONVENIENCE" : "EXPIRED",
            EndDate = end,
        });
    }
}
