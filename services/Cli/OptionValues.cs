using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Marketplace.Terms;
using NodaTime;
using NodaTime.Text;

namespace Marketplace.Cli;

/// <summary>Reads the values of options. What cannot be read is reported with the way out.</summary>
internal static class OptionValues
{
    private static readonly IPattern<OffsetDateTime>[] OffsetTimes =
    [
        OffsetDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss;FFFFFFFFFo<G>"),
        OffsetDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mmo<G>"),
    ];

    private static readonly IPattern<LocalDateTime>[] LocalTimes =
    [
        LocalDateTimePattern.ExtendedIso,
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm"),
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd"),
    ];

    /// <summary>A civil date, such as 2026-05-03, of the years that terms may name.</summary>
    public static DateOnly Date(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            && date.Year is >= TermsLimits.YearMin and <= TermsLimits.YearMax)
            return date;
        argument.AddError(
            $"'{text}' is not a date such as 2026-05-03 in the years {TermsLimits.YearMin} to {TermsLimits.YearMax}.");
        return default;
    }

    /// <summary>
    /// An instant, such as 2027-01-01T18:00:00Z or 2027-01-01T12:00:00-06:00, of the years that terms may name.
    /// </summary>
    public static Instant Instant(ArgumentResult argument)
    {
        if (!TryInstant(argument.Tokens[0].Value, out var instant, out var problem)) argument.AddError(problem);
        return instant;
    }

    /// <summary>Reads an instant; of what is none, says why.</summary>
    public static bool TryInstant(string text, out Instant instant, [NotNullWhen(false)] out string? problem)
    {
        foreach (var pattern in OffsetTimes)
        {
            if (!pattern.Parse(text).TryGetValue(default, out var time)
                || time.Year is < TermsLimits.YearMin or > TermsLimits.YearMax)
                continue;
            (instant, problem) = (time.ToInstant(), null);
            return true;
        }
        instant = default;
        problem = LocalTimes.Any(pattern => pattern.Parse(text).Success)
            ? $"'{text}' has no offset, and without one it is no instant. "
                + "Add Z or an offset: 2027-01-01T18:00:00Z, 2027-01-01T12:00:00-06:00."
            : $"'{text}' is not an instant such as 2027-01-01T18:00:00Z or 2027-01-01T12:00:00-06:00 in the years "
                + $"{TermsLimits.YearMin} to {TermsLimits.YearMax}.";
        return false;
    }
}
