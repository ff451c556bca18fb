using System.Globalization;
using NodaTime;

namespace Marketplace.Terms;

/// <summary>Writes terms in their wire form: reading and then writing gives the same message again.</summary>
public static class TermsWriter
{
    /// <summary>Writes terms.</summary>
    public static V1.LeaseTerms Write(LeaseTerms terms)
    {
        var currency = terms.Currency;
        var message = new V1.LeaseTerms
        {
            Title = terms.Title,
            Comment = terms.Comment,
            CurrencyCode = currency.Code,
            TimeZone = terms.Zone.Id,
            StartDate = Date(terms.Term.Start),
            EndDate = Date(terms.Term.End),
            DayCount = (V1.DayCount)terms.DayCount,
            Billing = new()
            {
                Cycle = (V1.BillingCycle)terms.Billing.Cycle,
                AnniversaryDay = terms.Billing.AnniversaryDay,
                Timing = (V1.BillingTiming)terms.Billing.Timing,
                DueDays = terms.Billing.DueDays,
            },
            NoticeReceipt = terms.NoticeReceipt is { } receipt
                ? new() { Rule = (V1.NoticeReceiptRule)receipt.Rule, CutoffTime = Time(receipt.CutoffTime) }
                : null,
            Renewal = terms.Renewal is { } renewal ? Renewal(renewal) : null,
            Deposit = terms.Deposit is { } deposit
                ? new()
                {
                    Amount = Amount(deposit.AmountMinorUnits, currency),
                    DueDate = Date(deposit.DueDate),
                    ReleaseDays = deposit.ReleaseDays,
                }
                : null,
            PaymentDefault = terms.PaymentDefault is { } paymentDefault ? PaymentDefault(paymentDefault) : null,
        };
        message.Tranches.Add(terms.Tranches.Select(tranche => Tranche(tranche, currency)));
        message.FeeIntervals.Add(terms.FeeIntervals.Select(interval => FeeInterval(interval, currency)));
        message.TerminationRights.Add(terms.TerminationRights.Select(right => TerminationRight(right, currency)));
        message.Holidays.Add(terms.Holidays.Select(Date));
        message.Options.Add(terms.Options.Select(LeaseOption));
        message.Commitments.Add(terms.Commitments.Select(commitment => Commitment(commitment, currency)));
        message.Prepayments.Add(terms.Prepayments.Select(prepayment => Prepayment(prepayment, currency)));
        message.LettersOfCredit.Add(terms.LettersOfCredit.Select(letter => new V1.LetterOfCredit
        {
            Amount = Amount(letter.AmountMinorUnits, currency),
            ExpiryDate = Date(letter.ExpiryDate),
            DrawConditions = letter.DrawConditions,
        }));
        message.Escrows.Add(terms.Escrows.Select(escrow => new V1.Escrow
        {
            Amount = Amount(escrow.AmountMinorUnits, currency),
            ExpiryDate = Date(escrow.ExpiryDate),
            ReleaseConditions = escrow.ReleaseConditions,
        }));
        return message;
    }

    private static V1.Tranche Tranche(Tranche tranche, Currency currency)
    {
        var message = new V1.Tranche
        {
            TrancheId = tranche.Id,
            PoolId = tranche.PoolId?.ToString("D") ?? "",
            ServiceLevel = (V1.ServiceLevel)tranche.ServiceLevel,
            Delivery = new() { Kind = (V1.DeliveryKind)tranche.Delivery.Kind },
            Availability = tranche.Availability is { } availability ? Availability(availability) : null,
            AcceleratorModel = tranche.AcceleratorModel,
            AcceleratorCount = tranche.AcceleratorCount,
        };
        message.CapacitySteps.Add(tranche.CapacitySteps.Select(step => new V1.CapacityStep
        {
            StartDate = Date(step.Days.Start),
            EndDate = Date(step.Days.End),
            ContractedKw = step.ContractedKw,
        }));
        if (tranche.Delivery.Acceptance is { } acceptance)
        {
            message.Delivery.TargetReadyDate = Date(acceptance.TargetReadyDate);
            message.Delivery.GuaranteedReadyDate = Date(acceptance.GuaranteedReadyDate);
            message.Delivery.LongstopDate = Date(acceptance.LongstopDate);
            message.Delivery.AcceptanceDays = acceptance.AcceptanceDays;
            message.Delivery.DelayDamages = acceptance.DelayDamages is { } damages
                ? new()
                {
                    AmountPerMwDay = Money(damages.AmountPerMwDay, currency),
                    Cap = Amount(damages.CapMinorUnits, currency),
                }
                : null;
        }
        return message;
    }

    private static V1.Availability Availability(Availability availability)
    {
        var message = new V1.Availability
        {
            MonthlyCap = Decimal(availability.MonthlyCap),
            MaintenanceMinutesPerMonth = availability.MaintenanceMinutesPerMonth,
            ChronicMonths = availability.ChronicMonths,
            ChronicWindowMonths = availability.ChronicWindowMonths,
        };
        message.Tiers.Add(availability.Tiers.Select(tier => new V1.CreditTier
        {
            AvailabilityBelow = Decimal(tier.AvailabilityBelow),
            Credit = Decimal(tier.Credit),
        }));
        return message;
    }

    private static V1.FeeInterval FeeInterval(FeeInterval interval, Currency currency)
    {
        var message = new V1.FeeInterval
        {
            ClauseId = interval.ClauseId,
            StartDate = Date(interval.Days.Start),
            EndDate = Date(interval.Days.End),
            Basis = (V1.FeeBasis)interval.Basis,
            Amount = Money(interval.Amount, currency),
            Discount = Decimal(interval.Discount),
            Anchor = (V1.FeeAnchor)interval.Anchor,
        };
        message.TrancheIds.Add(interval.TrancheIds);
        return message;
    }

    private static V1.TerminationRight TerminationRight(TerminationRight right, Currency currency)
    {
        var message = new V1.TerminationRight
        {
            ClauseId = right.ClauseId,
            Party = (V1.TerminationParty)right.Party,
            Kind = (V1.TerminationKind)right.Kind,
            NoticeDays = right.NoticeDays,
            NoticeBasis = (V1.NoticeBasis)right.NoticeBasis,
            LockIn = (V1.LockIn)right.LockIn,
            EarliestServiceDate = Date(right.EarliestServiceDate),
            EarliestEffectiveDate = Date(right.EarliestEffectiveDate),
            Alignment = (V1.TerminationAlignment)right.Alignment,
            Fee = new()
            {
                Kind = (V1.TerminationFeeKind)right.Fee.Kind,
                Amount = Amount(right.Fee.AmountMinorUnits, currency),
                Share = Decimal(right.Fee.Share),
            },
        };
        if (right.CureDays is { } days) message.CureDays = days;
        return message;
    }

    private static V1.Renewal Renewal(Renewal renewal)
    {
        var message = new V1.Renewal
        {
            Kind = (V1.RenewalKind)renewal.Kind,
            TermMonths = renewal.TermMonths,
            PriceRule = renewal.PriceRule is { } rule ? PriceRule(rule) : null,
            HoldoverMultiple = Decimal(renewal.HoldoverMultiple),
            DecommissioningDays = renewal.DecommissioningDays,
        };
        if (renewal.NonRenewalNoticeDays is { } days) message.NonRenewalNoticeDays = days;
        return message;
    }

    private static V1.LeaseOption LeaseOption(LeaseOption option) => new()
    {
        ClauseId = option.ClauseId,
        Kind = (V1.LeaseOptionKind)option.Kind,
        Party = (V1.TerminationParty)option.Party,
        ExerciseStartDate = Date(option.ExerciseWindow.Start),
        ExerciseEndDate = Date(option.ExerciseWindow.End),
        ExtensionMonths = option.ExtensionMonths,
        ExpansionKw = option.ExpansionKw,
        PriceRule = PriceRule(option.PriceRule),
    };

    private static V1.PriceRule PriceRule(PriceRule rule) => new()
    {
        Kind = (V1.PriceRuleKind)rule.Kind,
        Escalator = Decimal(rule.Escalator),
        IndexName = rule.IndexName,
        IndexCap = Decimal(rule.IndexCap),
        IndexFloor = Decimal(rule.IndexFloor),
    };

    private static V1.Commitment Commitment(Commitment commitment, Currency currency)
    {
        var message = new V1.Commitment
        {
            ClauseId = commitment.ClauseId,
            StartDate = Date(commitment.Days.Start),
            EndDate = Date(commitment.Days.End),
            Quantity = Decimal(commitment.Quantity),
            Unit = (V1.CommitmentUnit)commitment.Unit,
            TakeOrPayShare = Decimal(commitment.TakeOrPayShare),
            Price = Money(commitment.Price, currency),
            MakeUpDays = commitment.MakeUpDays,
        };
        message.TrancheIds.Add(commitment.TrancheIds);
        return message;
    }

    private static V1.Prepayment Prepayment(Prepayment prepayment, Currency currency)
    {
        var message = new V1.Prepayment
        {
            ClauseId = prepayment.ClauseId,
            Amount = Amount(prepayment.AmountMinorUnits, currency),
            DueDate = Date(prepayment.DueDate),
            ConsumeFromDate = Date(prepayment.ConsumeFromDate),
            ShareOfInvoice = Decimal(prepayment.ShareOfInvoice),
        };
        message.TrancheIds.Add(prepayment.TrancheIds);
        return message;
    }

    private static V1.PaymentDefault PaymentDefault(PaymentDefault paymentDefault)
    {
        var message = new V1.PaymentDefault
        {
            ReminderDays = paymentDefault.ReminderDays,
            DefaultNoticeDays = paymentDefault.DefaultNoticeDays,
            CureDays = paymentDefault.CureDays,
        };
        if (paymentDefault.SuspensionDays is { } days) message.SuspensionDays = days;
        return message;
    }

    private static Google.Type.Date Date(DateOnly date) =>
        new() { Year = date.Year, Month = date.Month, Day = date.Day };

    private static Google.Type.Date? Date(DateOnly? date) => date is { } value ? Date(value) : null;

    private static Google.Type.TimeOfDay? Time(LocalTime? time) =>
        time is { } value ? new() { Hours = value.Hour, Minutes = value.Minute } : null;

    // A decimal keeps the places that it was read with, so that 0.50 is written as 0.50.
    private static Google.Type.Decimal? Decimal(decimal? number) =>
        number is { } value ? new() { Value = value.ToString(CultureInfo.InvariantCulture) } : null;

    private static Google.Type.Money? Amount(long? minorUnits, Currency currency) =>
        minorUnits is { } value ? Money(currency.ToUnits(value), currency) : null;

    private static Google.Type.Money Money(decimal amount, Currency currency)
    {
        var units = decimal.Truncate(amount);
        var nanos = (int)((amount - units) * 1_000_000_000);
        return new() { CurrencyCode = currency.Code, Units = (long)units, Nanos = nanos };
    }
}
