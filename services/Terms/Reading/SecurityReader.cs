namespace Marketplace.Terms;

/// <summary>Reads deposit, prepayments, letters of credit, escrows and what follows default.</summary>
internal static class SecurityReader
{
    /// <summary>The terms' security, or null if a part of it cannot be used.</summary>
    public static Security? Read(V1.LeaseTerms source, FieldScope scope, ClauseIds clauseIds)
    {
        var deposit = source.Deposit is null ? null : Deposit(source.Deposit, scope.Message("deposit"));
        var prepayments = new List<Prepayment?>();
        if (scope.Count("prepayments", source.Prepayments.Count, TermsLimits.CommitmentsMax))
        {
            for (var i = 0; i < source.Prepayments.Count; i++)
                prepayments.Add(Prepayment(source.Prepayments[i], scope.Item("prepayments", i), clauseIds));
        }
        var letters = new List<LetterOfCredit?>();
        if (scope.Count("letters_of_credit", source.LettersOfCredit.Count, TermsLimits.SecuritiesMax))
        {
            for (var i = 0; i < source.LettersOfCredit.Count; i++)
                letters.Add(LetterOfCredit(source.LettersOfCredit[i], scope.Item("letters_of_credit", i)));
        }
        var escrows = new List<Escrow?>();
        if (scope.Count("escrows", source.Escrows.Count, TermsLimits.SecuritiesMax))
        {
            for (var i = 0; i < source.Escrows.Count; i++)
                escrows.Add(Escrow(source.Escrows[i], scope.Item("escrows", i)));
        }
        var paymentDefault = source.PaymentDefault is null
            ? null
            : PaymentDefault(source.PaymentDefault, scope.Message("payment_default"));
        if (prepayments.Contains(null) || letters.Contains(null) || escrows.Contains(null)) return null;
        if (deposit is null && source.Deposit is not null) return null;
        return new(deposit, prepayments!, letters!, escrows!, paymentDefault);
    }

    private static Deposit? Deposit(V1.Deposit source, FieldScope scope)
    {
        var amount = scope.RequiredAmountMinorUnits("amount", source.Amount);
        var due = scope.RequiredDate("due_date", source.DueDate);
        var release = scope.Number("release_days", source.ReleaseDays, 0, TermsLimits.PeriodDaysMax);
        return amount is null || due is null ? null : new(amount.Value, due.Value, release);
    }

    private static Prepayment? Prepayment(V1.Prepayment source, FieldScope scope, ClauseIds clauseIds)
    {
        var clauseId = clauseIds.Read(scope, source.ClauseId);
        var amount = scope.RequiredAmountMinorUnits("amount", source.Amount);
        var due = scope.RequiredDate("due_date", source.DueDate);
        var from = scope.RequiredDate("consume_from_date", source.ConsumeFromDate);
        var share = scope.RequiredDecimal("share_of_invoice", source.ShareOfInvoice, 0, 1);
        if (share == 0) scope.Violation("share_of_invoice", TermsReasons.OutOfRange, "Is 0; must be above 0.");
        if (clauseId is null || amount is null || due is null || from is null || share is null) return null;
        return new(clauseId, amount.Value, due.Value, [.. source.TrancheIds], from.Value, share.Value);
    }

    private static LetterOfCredit? LetterOfCredit(V1.LetterOfCredit source, FieldScope scope)
    {
        var amount = scope.RequiredAmountMinorUnits("amount", source.Amount);
        var expiry = scope.RequiredDate("expiry_date", source.ExpiryDate);
        var conditions = scope.RequiredText("draw_conditions", source.DrawConditions, TermsLimits.ConditionsLengthMax);
        return amount is null || expiry is null ? null : new(amount.Value, expiry.Value, conditions);
    }

    private static Escrow? Escrow(V1.Escrow source, FieldScope scope)
    {
        var amount = scope.RequiredAmountMinorUnits("amount", source.Amount);
        var expiry = scope.RequiredDate("expiry_date", source.ExpiryDate);
        var conditions =
            scope.RequiredText("release_conditions", source.ReleaseConditions, TermsLimits.ConditionsLengthMax);
        return amount is null || expiry is null ? null : new(amount.Value, expiry.Value, conditions);
    }

    private static PaymentDefault PaymentDefault(V1.PaymentDefault source, FieldScope scope)
    {
        const string By = "payment_default";
        if (!source.HasReminderDays) scope.Required("reminder_days", By);
        if (!source.HasDefaultNoticeDays) scope.Required("default_notice_days", By);
        if (!source.HasCureDays) scope.Required("cure_days", By);
        var reminder = scope.Number("reminder_days", source.ReminderDays, 0, TermsLimits.PeriodDaysMax);
        var notice = scope.Number("default_notice_days", source.DefaultNoticeDays, 0, TermsLimits.PeriodDaysMax);
        var cure = scope.Number("cure_days", source.CureDays, 0, TermsLimits.PeriodDaysMax);
        var suspension = source.HasSuspensionDays
            ? scope.Number("suspension_days", source.SuspensionDays, 0, TermsLimits.PeriodDaysMax)
            : (int?)null;
        if (source.HasReminderDays && source.HasDefaultNoticeDays && notice < reminder)
            scope.Violation("default_notice_days", TermsReasons.OutOfOrder,
                $"{notice} is before the reminder after {reminder} days.");
        return new(reminder, notice, cure, suspension);
    }

    public sealed record Security(
        Deposit? Deposit,
        IReadOnlyList<Prepayment> Prepayments,
        IReadOnlyList<LetterOfCredit> LettersOfCredit,
        IReadOnlyList<Escrow> Escrows,
        PaymentDefault? PaymentDefault);
}
