using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Marketplace.Terms.Tests;

/// <summary>
/// Random term sheets that are complete and free of contradictions. FsCheck picks a seed and a plain builder makes the
/// sheet of it: the parts depend on each other too much for combinators to read well, and 10,000 sheets take a second.
/// </summary>
internal static class AnyTerms
{
    /// <summary>Sheets that use every field of the protos.</summary>
    internal static Gen<V1.LeaseTerms> Complete { get; } = Sheets(supportedOnly: false);

    /// <summary>Sheets that say nothing but what projections and notices cover.</summary>
    internal static Gen<V1.LeaseTerms> Supported { get; } = Sheets(supportedOnly: true);

    /// <summary>The sheet with one of the parts left out that it may lack; each is complete again.</summary>
    internal static IEnumerable<V1.LeaseTerms> Shrink(V1.LeaseTerms terms)
    {
        foreach (var leaveOut in LeaveOuts)
        {
            var smaller = terms.Clone();
            leaveOut(smaller);
            if (!smaller.Equals(terms)) yield return smaller;
        }
    }

    private static readonly Action<V1.LeaseTerms>[] LeaveOuts =
    [
        terms => terms.TerminationRights.Clear(),
        terms => terms.Options.Clear(),
        terms => terms.Commitments.Clear(),
        terms => terms.Prepayments.Clear(),
        terms => terms.LettersOfCredit.Clear(),
        terms => terms.Escrows.Clear(),
        terms => terms.Holidays.Clear(),
        terms => terms.Renewal = null,
        terms => terms.Deposit = null,
        terms => terms.PaymentDefault = null,
        terms => terms.Title = "",
        terms => terms.Comment = "",
        terms =>
        {
            if (terms.TerminationRights.Count == 0) terms.NoticeReceipt = null;
        },
        terms =>
        {
            foreach (var tranche in terms.Tranches) tranche.Availability = null;
        },
        terms =>
        {
            foreach (var tranche in terms.Tranches) tranche.Delivery = new() { Kind = V1.DeliveryKind.AtStart };
        },
        terms =>
        {
            foreach (var interval in terms.FeeIntervals) interval.Anchor = V1.FeeAnchor.Calendar;
        },
    ];

    private static Gen<V1.LeaseTerms> Sheets(bool supportedOnly) =>
        Gen.Choose(0, int.MaxValue).Select(seed => new Builder(new(seed), supportedOnly).Build());

    private sealed class Builder(System.Random random, bool supportedOnly)
    {
        // With zero, two, three and four decimal places.
        private static readonly string[] Currencies = ["USD", "EUR", "GBP", "CHF", "JPY", "KRW", "KWD", "TND", "UYW"];

        // With and without summer time, and two aliases.
        private static readonly string[] Zones =
        [
            "America/Chicago", "Europe/Zurich", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Cairo",
            "America/St_Johns", "Pacific/Apia", "Etc/GMT-5", "UTC", "US/Central", "Asia/Calcutta",
        ];

        private static readonly DateOnly FirstDay = new(TermsLimits.YearMin, 1, 1);
        private static readonly DateOnly LastDay = new(TermsLimits.YearMax, 12, 31);

        private readonly V1.LeaseTerms terms = new();
        private readonly Currency currency = Currency.Find(Currencies[random.Next(Currencies.Length)])!;
        private readonly HashSet<string> names = [];
        private DateOnly start;
        private DateOnly end;

        private int TermDays => end.DayNumber - start.DayNumber;

        public V1.LeaseTerms Build()
        {
            ChooseTerm();
            terms.Title = Text(TermsLimits.TitleLengthMax);
            terms.Comment = Text(TermsLimits.CommentLengthMax);
            terms.CurrencyCode = currency.Code;
            terms.TimeZone = OneOf(Zones);
            (terms.StartDate, terms.EndDate) = (Wire(start), Wire(end));
            terms.DayCount = AnyOf<V1.DayCount>();
            terms.Billing = AnyBilling();
            for (var count = Few(1, 5); count > 0; count--) terms.Tranches.Add(AnyTranche());
            AddFees();
            AddHolidays();
            AddRights();
            if (supportedOnly)
            {
                if (Chance(20)) terms.Renewal = new() { Kind = V1.RenewalKind.Cancel };
                return terms;
            }
            if (Chance(60)) terms.Renewal = AnyRenewal();
            for (var count = Few(0, 3); count > 0; count--) terms.Options.Add(AnyOption());
            for (var count = Few(0, 3); count > 0; count--) AddCommitment();
            AddSecurity();
            return terms;
        }

        // Days, months, a few years and sometimes all that is allowed; the ends of months are the hard days.
        private void ChooseTerm()
        {
            start = FirstDay.AddDays(random.Next(LastDay.DayNumber - FirstDay.DayNumber - 1));
            if (Chance(30)) start = new(start.Year, start.Month, DateTime.DaysInMonth(start.Year, start.Month));
            if (Chance(5) && start.Year % 4 == 0 && DateTime.IsLeapYear(start.Year)) start = new(start.Year, 2, 29);
            var longest = start.Year + TermsLimits.TermYearsMax > TermsLimits.YearMax
                ? LastDay
                : start.AddYears(TermsLimits.TermYearsMax);
            end = random.Next(100) switch
            {
                < 25 => start.AddDays(random.Next(1, 60)),
                < 55 => start.AddMonths(random.Next(1, 40)),
                < 90 => start.AddDays(random.Next(1, 1_200)),
                < 98 => start.AddDays(random.Next(1, 3_700)),
                _ => longest,
            };
            if (end > longest) end = longest;
            if (end <= start) (start, end) = (LastDay.AddDays(-1), LastDay);
        }

        private V1.BillingTerms AnyBilling()
        {
            var cycle = AnyOf<V1.BillingCycle>();
            return new()
            {
                Cycle = cycle,
                AnniversaryDay = cycle == V1.BillingCycle.Anniversary ? random.Next(Chance(40) ? 28 : 1, 32) : 0,
                Timing = AnyOf<V1.BillingTiming>(),
                DueDays = Within(0, TermsLimits.DueDaysMax),
            };
        }

        private V1.Tranche AnyTranche()
        {
            var tranche = new V1.Tranche
            {
                TrancheId = Name("hall"),
                PoolId = Chance(50) ? AnyGuid().ToString("D") : "",
                ServiceLevel = AnyOf<V1.ServiceLevel>(),
                Delivery = !supportedOnly && Chance(40) ? AnyAcceptance() : new() { Kind = V1.DeliveryKind.AtStart },
                Availability = !supportedOnly && Chance(40) ? AnyAvailability() : null,
                AcceleratorModel = Chance(50) ? Text(TermsLimits.NameLengthMax) : "",
                AcceleratorCount = Chance(50) ? Within(0, TermsLimits.AcceleratorsMax) : 0,
            };
            foreach (var days in Parts(new(start, end), Few(0, 4)))
            {
                tranche.CapacitySteps.Add(new V1.CapacityStep
                {
                    StartDate = Wire(days.Start),
                    EndDate = Wire(days.End),
                    ContractedKw = random.Next(100) switch
                    {
                        < 15 => 0,
                        < 98 => random.Next(1, 1_000_000),
                        _ => TermsLimits.ContractedKwMax,
                    },
                });
            }
            return tranche;
        }

        private V1.Delivery AnyAcceptance()
        {
            var dates = new[] { AnyDate(start.AddDays(-60), end), AnyDate(start.AddDays(-60), end) };
            Array.Sort(dates);
            return new()
            {
                Kind = V1.DeliveryKind.Acceptance,
                TargetReadyDate = Wire(dates[0]),
                GuaranteedReadyDate = Wire(dates[1]),
                LongstopDate = Wire(AnyDate(dates[1], dates[1].AddDays(365))),
                AcceptanceDays = Within(0, TermsLimits.DueDaysMax),
                DelayDamages = Chance(50)
                    ? new() { AmountPerMwDay = UnitPrice(TermsLimits.UnitPriceMax), Cap = Chance(50) ? Amount() : null }
                    : null,
            };
        }

        private V1.Availability AnyAvailability()
        {
            var chronic = Chance(50) ? random.Next(1, TermsLimits.ChronicMonthsMax + 1) : 0;
            var availability = new V1.Availability
            {
                MonthlyCap = Chance(50) ? Share() : null,
                MaintenanceMinutesPerMonth = Chance(50) ? Within(0, TermsLimits.MaintenanceMinutesMax) : 0,
                ChronicMonths = chronic,
                ChronicWindowMonths = chronic == 0 ? 0 : random.Next(chronic, TermsLimits.ChronicMonthsMax + 1),
            };
            var (thresholds, credits) = (DistinctShares(), DistinctShares());
            var count = Math.Min(thresholds.Count, credits.Count);
            availability.Tiers.Add(Enumerable.Range(0, count).Select(tier => new V1.CreditTier
            {
                AvailabilityBelow = Wire(thresholds[count - 1 - tier]),
                Credit = Wire(credits[tier]),
            }));
            return availability;

            List<decimal> DistinctShares()
            {
                var shares = new SortedSet<decimal>();
                for (var tiers = Few(1, TermsLimits.CreditTiersMax); tiers > 0; tiers--) shares.Add(Number(0, 1));
                return [.. shares];
            }
        }

        // The term is cut into eras, in which the tranches are priced in groups, each with intervals of its own.
        private void AddFees()
        {
            foreach (var era in Parts(new(start, end), Few(0, 2)))
            {
                var groupCount = Few(1, terms.Tranches.Count);
                var groups = Shuffled(terms.Tranches)
                    .Select((tranche, i) => (tranche, Group: i < groupCount ? i : random.Next(groupCount)))
                    .GroupBy(member => member.Group, member => member.tranche);
                foreach (var group in groups)
                {
                    foreach (var days in Parts(era, Few(0, 3))) terms.FeeIntervals.Add(AnyFee(days, [.. group]));
                }
            }
            // Their order means nothing.
            if (!Chance(20)) return;
            var shuffled = Shuffled(terms.FeeIntervals);
            terms.FeeIntervals.Clear();
            terms.FeeIntervals.Add(shuffled);
        }

        private V1.FeeInterval AnyFee(DateRange days, V1.Tranche[] tranches)
        {
            var discount = random.Next(100) switch { < 50 => null, < 60 => Wire(1m), < 70 => Wire(0m), _ => Share() };
            var isWaived = discount is not null && Parse(discount) == 1;
            var isFixed = Chance(50) && (isWaived || HasPower(days, tranches));
            // Within what a whole sheet may come to; the limits of one amount have rows in malformed.json.
            var amount = isFixed ? Amount(2_000_000_000) : UnitPrice(TermDays < 400 ? 1_000_000 : 10_000);
            var fee = new V1.FeeInterval
            {
                ClauseId = Name("fee"),
                StartDate = Wire(days.Start),
                EndDate = Wire(days.End),
                Basis = isFixed ? V1.FeeBasis.FixedMonthly : V1.FeeBasis.PerMwMonth,
                Amount = Chance(3) ? Money(0) : amount,
                Discount = discount,
                Anchor = supportedOnly || Chance(70) ? V1.FeeAnchor.Calendar : V1.FeeAnchor.Commencement,
            };
            var isForAll = tranches.Length == terms.Tranches.Count && Chance(50);
            if (!isForAll) fee.TrancheIds.Add(tranches.Select(tranche => tranche.TrancheId));
            return fee;
        }

        // A fixed fee is divided by power, so on each of its days one of its tranches must have some.
        private static bool HasPower(DateRange days, V1.Tranche[] tranches) =>
            tranches.SelectMany(tranche => tranche.CapacitySteps)
                .Select(step => Day(step.StartDate))
                .Where(days.Contains)
                .Append(days.Start)
                .All(date => tranches.Any(tranche => tranche.CapacitySteps.Any(step =>
                    step.ContractedKw > 0 && Day(step.StartDate) <= date && date < Day(step.EndDate))));

        private void AddHolidays()
        {
            var holidays = new SortedSet<DateOnly>();
            for (var count = Few(0, 12); count > 0; count--) holidays.Add(AnyDate(start.AddDays(-30), end.AddDays(30)));
            terms.Holidays.Add(holidays.Where(day => day >= FirstDay && day <= LastDay).Select(Wire));
        }

        private void AddRights()
        {
            for (var count = Few(0, 3); count > 0; count--) terms.TerminationRights.Add(AnyRight());
            if (terms.TerminationRights.Count == 0 && Chance(50)) return;
            terms.NoticeReceipt = Chance(50)
                ? new() { Rule = V1.NoticeReceiptRule.AnyTime }
                : new()
                {
                    Rule = V1.NoticeReceiptRule.BusinessDays,
                    CutoffTime = new() { Hours = random.Next(24), Minutes = random.Next(60) },
                };
        }

        private V1.TerminationRight AnyRight()
        {
            var kind = supportedOnly || Chance(50) ? V1.TerminationKind.Convenience : AnyOf<V1.TerminationKind>();
            var basis = AnyOf<V1.NoticeBasis>();
            var days = basis == V1.NoticeBasis.Calendar ? TermDays : BusinessDays();
            var lockIn = AnyOf<V1.LockIn>();
            var dates = lockIn == V1.LockIn.Dated ? random.Next(1, 4) : 0;
            var right = new V1.TerminationRight
            {
                ClauseId = Name("right"),
                Party = AnyOf<V1.TerminationParty>(),
                Kind = kind,
                NoticeDays = Within(0, Math.Min(days, Chance(50) ? 90 : TermsLimits.NoticeDaysMax)),
                NoticeBasis = basis,
                LockIn = lockIn,
                EarliestServiceDate = (dates & 1) != 0 ? Wire(AnyDate(start.AddDays(-30), end)) : null,
                EarliestEffectiveDate = (dates & 2) != 0 ? Wire(AnyDate(start.AddDays(-30), end)) : null,
                Alignment = AnyOf<V1.TerminationAlignment>(),
                Fee = AnyTerminationFee(),
            };
            if (kind != V1.TerminationKind.Convenience && Chance(50)) right.CureDays = Period();
            return right;
        }

        private int BusinessDays()
        {
            var holidays = terms.Holidays.Select(Day).ToHashSet();
            var count = 0;
            for (var day = start; day < end && count < TermsLimits.NoticeDaysMax; day = day.AddDays(1))
            {
                if (day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !holidays.Contains(day)) count++;
            }
            return count;
        }

        private V1.TerminationFee AnyTerminationFee()
        {
            var kind = supportedOnly || Chance(50) ? V1.TerminationFeeKind.None : AnyOf<V1.TerminationFeeKind>();
            return new()
            {
                Kind = kind,
                Amount = kind == V1.TerminationFeeKind.WindDown ? Amount() : null,
                Share = kind is V1.TerminationFeeKind.MakeWhole or V1.TerminationFeeKind.RampClawback ? Share() : null,
            };
        }

        private V1.Renewal AnyRenewal()
        {
            var renewal = new V1.Renewal
            {
                Kind = AnyOf<V1.RenewalKind>(),
                HoldoverMultiple = Chance(50) ? Wire(Number(0, TermsLimits.HoldoverMultipleMax)) : null,
                DecommissioningDays = Chance(50) ? Period() : 0,
            };
            if (renewal.Kind == V1.RenewalKind.Cancel) return renewal;
            renewal.TermMonths = Within(1, TermsLimits.RenewalMonthsMax);
            renewal.NonRenewalNoticeDays = Within(0, TermsLimits.NoticeDaysMax);
            renewal.PriceRule = AnyPriceRule();
            return renewal;
        }

        private V1.LeaseOption AnyOption()
        {
            var kind = AnyOf<V1.LeaseOptionKind>();
            var firstDay = AnyDate(start, end);
            return new()
            {
                ClauseId = Name("option"),
                Kind = kind,
                Party = AnyOf<V1.TerminationParty>(),
                ExerciseStartDate = Wire(firstDay),
                ExerciseEndDate = Wire(AnyDate(firstDay.AddDays(1), firstDay.AddDays(366))),
                ExtensionMonths = kind == V1.LeaseOptionKind.Extension ? Within(1, TermsLimits.RenewalMonthsMax) : 0,
                ExpansionKw = kind == V1.LeaseOptionKind.Expansion ? Within(1, TermsLimits.ContractedKwMax) : 0,
                PriceRule = AnyPriceRule(),
            };
        }

        private V1.PriceRule AnyPriceRule()
        {
            var rule = new V1.PriceRule { Kind = AnyOf<V1.PriceRuleKind>() };
            if (rule.Kind == V1.PriceRuleKind.Escalator) rule.Escalator = Wire(Number(-1, 1));
            if (rule.Kind != V1.PriceRuleKind.Index) return rule;
            var (low, high) = (Number(-1, 1), Number(-1, 1));
            rule.IndexName = "x" + Text(TermsLimits.NameLengthMax - 1);
            if (Chance(70)) rule.IndexFloor = Wire(Math.Min(low, high));
            if (Chance(70)) rule.IndexCap = Wire(Math.Max(low, high));
            return rule;
        }

        // Power that is paid by the MW-month can be committed, within the days of one fee interval.
        private void AddCommitment()
        {
            var fees = terms.FeeIntervals.Where(fee => fee.Basis == V1.FeeBasis.PerMwMonth).ToArray();
            if (fees.Length == 0) return;
            var fee = OneOf(fees);
            var days = OneOf(Parts(new(Day(fee.StartDate), Day(fee.EndDate)), Few(0, 2)));
            var commitment = new V1.Commitment
            {
                ClauseId = Name("commitment"),
                StartDate = Wire(days.Start),
                EndDate = Wire(days.End),
                Quantity = Wire(Chance(5) ? TermsLimits.QuantityMax : Number(1, 1_000_000)),
                Unit = AnyOf<V1.CommitmentUnit>(),
                TakeOrPayShare = Share(),
                Price = UnitPrice(TermsLimits.UnitPriceMax),
                MakeUpDays = Chance(50) ? Within(0, TermsLimits.NoticeDaysMax) : 0,
            };
            commitment.TrancheIds.Add(SomeOf(fee.TrancheIds));
            terms.Commitments.Add(commitment);
        }

        private void AddSecurity()
        {
            if (Chance(50)) terms.Deposit = new() { Amount = Amount(), DueDate = NearTerm(), ReleaseDays = Period() };
            for (var count = Few(0, 2); count > 0; count--)
            {
                var prepayment = new V1.Prepayment
                {
                    ClauseId = Name("prepayment"),
                    Amount = Amount(),
                    DueDate = NearTerm(),
                    ConsumeFromDate = NearTerm(),
                    ShareOfInvoice = Wire(Math.Max(Number(0, 1), 0.000_000_001m)),
                };
                if (Chance(50)) prepayment.TrancheIds.Add(SomeOf(terms.Tranches.Select(tranche => tranche.TrancheId)));
                terms.Prepayments.Add(prepayment);
            }
            for (var count = Few(0, 2); count > 0; count--)
            {
                terms.LettersOfCredit.Add(new V1.LetterOfCredit
                {
                    Amount = Amount(),
                    ExpiryDate = NearTerm(),
                    DrawConditions = "x" + Text(TermsLimits.ConditionsLengthMax - 1),
                });
            }
            for (var count = Few(0, 2); count > 0; count--)
            {
                terms.Escrows.Add(new V1.Escrow
                {
                    Amount = Amount(),
                    ExpiryDate = NearTerm(),
                    ReleaseConditions = "x" + Text(TermsLimits.ConditionsLengthMax - 1),
                });
            }
            if (Chance(50)) terms.PaymentDefault = AnyPaymentDefault();
        }

        private V1.PaymentDefault AnyPaymentDefault()
        {
            var reminder = Period();
            var result = new V1.PaymentDefault
            {
                ReminderDays = reminder,
                DefaultNoticeDays = Within(reminder, TermsLimits.PeriodDaysMax),
                CureDays = Period(),
            };
            if (Chance(50)) result.SuspensionDays = Period();
            return result;
        }

        private bool Chance(int percent) => random.Next(100) < percent;

        // Mostly near the minimum; each further one is half as likely.
        private int Few(int min, int max)
        {
            while (min < max && Chance(50)) min++;
            return min;
        }

        private int Period() => Within(0, TermsLimits.PeriodDaysMax);

        // The two ends are where mistakes are.
        private int Within(int min, int max) => random.Next(10) switch
        {
            0 => min,
            1 => max,
            _ => random.Next(min, max + 1),
        };

        private T OneOf<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];

        private TEnum AnyOf<TEnum>()
            where TEnum : struct, Enum => Values<TEnum>.Stated[random.Next(Values<TEnum>.Stated.Length)];

        private T[] Shuffled<T>(IEnumerable<T> values)
        {
            var array = values.ToArray();
            random.Shuffle(array);
            return array;
        }

        // At least one, unless there is none.
        private string[] SomeOf(IEnumerable<string> values)
        {
            var shuffled = Shuffled(values);
            return shuffled[..Math.Min(shuffled.Length, Few(1, TermsLimits.TranchesMax))];
        }

        private DateOnly AnyDate(DateOnly first, DateOnly end)
        {
            var day = first.AddDays(random.Next(Math.Max(1, end.DayNumber - first.DayNumber)));
            return day < FirstDay ? FirstDay : day > LastDay ? LastDay : day;
        }

        private Google.Type.Date NearTerm() => Wire(AnyDate(start.AddDays(-90), end.AddDays(400)));

        private List<DateRange> Parts(DateRange whole, int cuts)
        {
            var boundaries = new SortedSet<DateOnly> { whole.Start, whole.End };
            for (; cuts > 0; cuts--)
            {
                var cut = AnyDate(whole.Start, whole.End);
                var newYear = new DateOnly(cut.Year, 1, 1);
                boundaries.Add(Chance(20) && whole.Contains(newYear) ? newYear : cut);
            }
            return [.. boundaries.Zip(boundaries.Skip(1), (first, end) => new DateRange(first, end))];
        }

        private string Name(string stem)
        {
            var name = random.Next(20) switch
            {
                0 => $"{(char)('a' + random.Next(26))}",
                1 => $"{random.Next(10)}",
                2 => stem.PadRight(63, "abc019-"[random.Next(7)]).TrimEnd('-'),
                _ => $"{stem}-{random.Next(1_000)}",
            };
            return names.Add(name) ? name : Name(stem);
        }

        private string Text(int lengthMax)
        {
            const string Letters = "abc XYZ 019 \"\\/\n\t<&'äßçЖ中文é€";
            return Chance(2)
                ? new string(Letters[random.Next(Letters.Length)], lengthMax)
                : new string(random.GetItems<char>(Letters, random.Next(Math.Min(lengthMax, 24) + 1)));
        }

        private Guid AnyGuid()
        {
            Span<byte> bytes = stackalloc byte[16];
            random.NextBytes(bytes);
            return new(bytes);
        }

        private Google.Type.Decimal Share() => Wire(Number(0, 1));

        // With up to nine places; trailing zeros are kept, because terms keep them.
        private decimal Number(int min, int max)
        {
            var places = random.Next(10);
            long scale = 1;
            for (var place = 0; place < places; place++) scale *= 10;
            var mantissa = random.NextInt64(min * scale, max * scale + 1);
            var (low, high) = ((int)Math.Abs(mantissa), (int)(Math.Abs(mantissa) >> 32));
            return new(low, high, 0, mantissa < 0, (byte)places);
        }

        private Google.Type.Money Amount(long unitsMax = TermsLimits.AmountMax) =>
            Money(Chance(5) ? unitsMax : currency.ToUnits(random.NextInt64(unitsMax * currency.MinorUnitsPerUnit)));

        private Google.Type.Money UnitPrice(long unitsMax) =>
            Money(Chance(5) ? unitsMax : random.NextInt64(unitsMax * 1_000_000_000) / 1_000_000_000m);

        private Google.Type.Money Money(decimal amount)
        {
            var units = (long)decimal.Truncate(amount);
            var nanos = (int)((amount - units) * 1_000_000_000);
            return new() { CurrencyCode = currency.Code, Units = units, Nanos = nanos };
        }

        private static Google.Type.Decimal Wire(decimal number) =>
            new() { Value = number.ToString(CultureInfo.InvariantCulture) };

        private static Google.Type.Date Wire(DateOnly date) =>
            new() { Year = date.Year, Month = date.Month, Day = date.Day };

        private static DateOnly Day(Google.Type.Date date) => new(date.Year, date.Month, date.Day);

        private static decimal Parse(Google.Type.Decimal number) =>
            decimal.Parse(number.Value, CultureInfo.InvariantCulture);

        private static class Values<TEnum>
            where TEnum : struct, Enum
        {
            // Zero is UNSPECIFIED: left open.
            public static readonly TEnum[] Stated = Enum.GetValues<TEnum>()[1..];
        }
    }
}
