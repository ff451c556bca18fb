using NodaTime;

namespace Marketplace.Inventory;

/// <summary>The power that own workloads drew in hours of UTC that follow one another.</summary>
/// <param name="FirstHour">The first hour, counted from 1970.</param>
/// <param name="Kw">The power of each hour; null where there is no sample.</param>
internal sealed record UsageHours(int FirstHour, IReadOnlyList<int?> Kw)
{
    private const int SecondsPerHour = 3_600;

    public Instant Start => StartOf(FirstHour);

    public Instant End => StartOf(FirstHour + Kw.Count);

    public int SampleCount => Kw.Count(kw => kw is not null);

    public int PeakKw => Kw.Max() ?? 0;

    /// <summary>The mean of the samples, rounded to the nearest, a half up; 0 if there are none.</summary>
    public int MeanKw
    {
        get
        {
            var (sum, count) = (Kw.Sum(kw => (long)(kw ?? 0)), SampleCount);
            return count == 0 ? 0 : (int)((2 * sum + count) / (2 * count));
        }
    }

    /// <summary>The hours without a sample that follow one another, in order.</summary>
    public IReadOnlyList<UsageGap> Gaps
    {
        get
        {
            var gaps = new List<UsageGap>();
            for (var first = 0; first < Kw.Count; first++)
            {
                if (Kw[first] is not null) continue;
                var end = first + 1;
                while (end < Kw.Count && Kw[end] is null) end++;
                gaps.Add(new(FirstHour + first, end - first));
                first = end;
            }
            return gaps;
        }
    }

    /// <summary>The first instant of an hour.</summary>
    public static Instant StartOf(int hour) => Instant.FromUnixTimeSeconds((long)hour * SecondsPerHour);

    /// <summary>The hour that an instant lies in; those before it are over.</summary>
    public static int HourAt(Instant now) => (int)(now.ToUnixTimeSeconds() / SecondsPerHour);

    /// <summary>Nearest rank: the lowest sample that a share of all samples does not exceed. There are some.</summary>
    /// <param name="share">Above 0, at most 1; 1 is the highest sample.</param>
    public int Quantile(decimal share)
    {
        var sorted = Kw.OfType<int>().Order().ToList();
        return sorted[(int)decimal.Ceiling(share * sorted.Count) - 1];
    }
}

/// <summary>Hours without a sample that follow one another.</summary>
internal readonly record struct UsageGap(int FirstHour, int Hours);
