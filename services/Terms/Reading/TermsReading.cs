namespace Marketplace.Terms;

/// <summary>Something that is to be said about one field of terms.</summary>
/// <param name="Field">The field's path in proto names, such as <c>fee_intervals[0].amount</c>.</param>
/// <param name="Reason">A stable reason from <see cref="TermsReasons"/>.</param>
/// <param name="Message">What is wrong and the way out, for a person.</param>
public sealed record TermsFinding(string Field, string Reason, string Message);

/// <summary>What reading terms came to, with everything that was found at once.</summary>
/// <param name="Terms">The terms, or null if there is a violation or an open field.</param>
/// <param name="Violations">What is wrong; such terms are refused.</param>
/// <param name="Open">What is still open; such terms may be negotiated, but neither signed nor projected.</param>
/// <param name="Unsupported">What is well-formed but has no behaviour yet; a service refuses it.</param>
public sealed record TermsReading(
    LeaseTerms? Terms,
    IReadOnlyList<TermsFinding> Violations,
    IReadOnlyList<TermsFinding> Open,
    IReadOnlyList<TermsFinding> Unsupported);

/// <summary>The stable reasons of findings.</summary>
public static class TermsReasons
{
    /// <summary>The field is required for signature and not given yet.</summary>
    public const string Open = "OPEN";

    /// <summary>The field is not given, and is required, always or by another field that is given.</summary>
    public const string Required = "REQUIRED";

    /// <summary>The field has no meaning beside the value of another field.</summary>
    public const string NotApplicable = "NOT_APPLICABLE";

    /// <summary>There is no such field, or this version does not know it.</summary>
    public const string UnknownField = "UNKNOWN_FIELD";

    /// <summary>The enum has no such value.</summary>
    public const string UnknownEnumValue = "UNKNOWN_ENUM_VALUE";

    /// <summary>The value is outside the field's range.</summary>
    public const string OutOfRange = "OUT_OF_RANGE";

    /// <summary>The text or the list is longer than the field's limit.</summary>
    public const string TooLong = "TOO_LONG";

    /// <summary>
    /// The name is not one to 63 lower-case letters, digits and inner hyphens, or the id is not a UUID.
    /// </summary>
    public const string InvalidId = "INVALID_ID";

    /// <summary>The name is used twice.</summary>
    public const string DuplicateId = "DUPLICATE_ID";

    /// <summary>The lease has no tranche of that name.</summary>
    public const string UnknownTranche = "UNKNOWN_TRANCHE";

    /// <summary>ISO 4217 has no such currency in circulation.</summary>
    public const string UnknownCurrency = "UNKNOWN_CURRENCY";

    /// <summary>The amount is not in the lease's currency.</summary>
    public const string CurrencyMismatch = "CURRENCY_MISMATCH";

    /// <summary>Units and nanos have different signs, or nanos is out of range.</summary>
    public const string InvalidMoney = "INVALID_MONEY";

    /// <summary>The amount is not a whole number of the currency's minor units.</summary>
    public const string FractionOfMinorUnit = "FRACTION_OF_MINOR_UNIT";

    /// <summary>The text is not a plain decimal with at most nine places.</summary>
    public const string InvalidDecimal = "INVALID_DECIMAL";

    /// <summary>The IANA database has no such zone.</summary>
    public const string UnknownTimeZone = "UNKNOWN_TIME_ZONE";

    /// <summary>There is no such day.</summary>
    public const string InvalidDate = "INVALID_DATE";

    /// <summary>Only a month or a year is given.</summary>
    public const string IncompleteDate = "INCOMPLETE_DATE";

    /// <summary>There is no such time, or the time of day has seconds.</summary>
    public const string InvalidTime = "INVALID_TIME";

    /// <summary>The interval does not end after its start.</summary>
    public const string EndNotAfterStart = "END_NOT_AFTER_START";

    /// <summary>The dates, or the tiers, are not in their order.</summary>
    public const string OutOfOrder = "OUT_OF_ORDER";

    /// <summary>Days between two intervals, or at an end of the term, belong to none.</summary>
    public const string Gap = "GAP";

    /// <summary>Days belong to two intervals.</summary>
    public const string Overlap = "OVERLAP";

    /// <summary>A step or an interval lies outside the term.</summary>
    public const string RampBeyondTerm = "RAMP_BEYOND_TERM";

    /// <summary>A fixed fee is owed on days on which none of its tranches has power.</summary>
    public const string FeeWithoutCapacity = "FEE_WITHOUT_CAPACITY";

    /// <summary>The whole contract may be worth more than amounts can hold.</summary>
    public const string TotalTooLarge = "TOTAL_TOO_LARGE";

    /// <summary>The lease ends before the delivery that is guaranteed.</summary>
    public const string EndBeforeGuaranteedDelivery = "END_BEFORE_GUARANTEED_DELIVERY";

    /// <summary>The notice takes longer than the whole term.</summary>
    public const string NoticeLongerThanTerm = "NOTICE_LONGER_THAN_TERM";

    /// <summary>The right can be used only when the lease has ended.</summary>
    public const string LockInBeyondTerm = "LOCK_IN_BEYOND_TERM";

    /// <summary>A fixed fee is take-or-pay by itself.</summary>
    public const string TakeOrPayOnFixedFee = "TAKE_OR_PAY_ON_FIXED_FEE";

    /// <summary>The term is well-formed and has no behaviour yet.</summary>
    public const string UnsupportedTerm = "UNSUPPORTED_TERM";
}
