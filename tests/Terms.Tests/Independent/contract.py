"""The contract mathematics of a lease, computed from its terms alone.

Written from "Contract semantics" and from the comments of `marketplace/terms/v1/terms.proto`, and from no other
implementation. It is meant to be read and checked by a person: every amount is an exact fraction until the one rounding
of an invoice, every date is a civil date in the lease's time zone, and every interval is half-open.

Covered: fees (calendar anchored), notices for convenience without a fee, and the two meters, for tranches in service
from the first day of the term.
"""

from __future__ import annotations

import calendar
import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class InvalidTerms(ValueError):
    """Says why terms cannot be projected."""


# ---------------------------------------------------------------------------------------------------------------------
# Money
# ---------------------------------------------------------------------------------------------------------------------

_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def exponent_of(currency: str) -> int:
    """The places of the currency's minor unit (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def floor(value: Fraction) -> int:
    """The greatest whole number that is not above the value."""
    return value.numerator // value.denominator


def round_half_away(value: Fraction) -> int:
    """Rounds a value that is not negative to a whole number, half away from zero (contract semantics, Money)."""
    return floor(value + Fraction(1, 2))


def fit(exact: list[Fraction]) -> list[int]:
    """Rounds the total of the values once and fits the values to it by largest remainder (contract semantics, Money).

    Floors each value; what is missing goes, one minor unit each, to the largest remainders, ties to the earlier value.
    """
    fitted = [floor(value) for value in exact]
    missing = round_half_away(sum(exact, Fraction(0))) - sum(fitted)
    remainders = [value - whole for value, whole in zip(exact, fitted)]
    by_remainder = sorted(range(len(exact)), key=lambda index: (-remainders[index], index)) if missing else []
    for index in by_remainder[:missing]:
        fitted[index] += 1
    return fitted


def format_amount(minor: int, currency: str) -> str:
    """Minor units as a decimal string with exactly the places of the currency."""
    places = exponent_of(currency)
    if places == 0:
        return str(minor)
    units, rest = divmod(minor, 10**places)
    return f"{units}.{rest:0{places}d}"


# ---------------------------------------------------------------------------------------------------------------------
# Terms
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CapacityStep:
    """The contracted power of a tranche over an interval."""

    start: date
    end: date
    kw: int


@dataclass(frozen=True)
class Tranche:
    """A part of the leased capacity, with its capacity ramp."""

    tranche_id: str
    steps: tuple[CapacityStep, ...]

    def kw_on(self, day: date) -> int:
        """The contracted kW on a day of the term."""
        return next(step.kw for step in self.steps if step.start <= day < step.end)


@dataclass(frozen=True)
class FeeInterval:
    """The price of some tranches over an interval. `tranche_ids` names them all, also where the terms say "all"."""

    clause_id: str
    start: date
    end: date
    fixed: bool  # FIXED_MONTHLY, else PER_MW_MONTH
    effective: Fraction  # amount x (1 - discount), in minor units
    tranche_ids: tuple[str, ...]


@dataclass(frozen=True)
class Right:
    """A right to end the lease for convenience, without a fee."""

    clause_id: str
    party: str  # PROVIDER, BUYER or EITHER
    notice_days: int
    business: bool
    earliest_service: date | None
    earliest_effective: date | None
    end_of_billing_month: bool


@dataclass(frozen=True)
class Terms:
    """What the computation needs of a lease's terms."""

    currency: str
    zone: ZoneInfo
    start: date
    end: date
    tranches: tuple[Tranche, ...]
    fees: tuple[FeeInterval, ...]
    day_count: str  # ACT_MONTH, THIRTY_360, ACT_365F, ACT_360 or ACT_ACT
    anniversary_day: int | None  # None: calendar months
    advance: bool
    due_days: int
    rights: tuple[Right, ...]
    cutoff: time | None  # None: a notice can be received at any hour of any day
    holidays: frozenset[date]


def _enum(message: dict[str, Any], name: str, prefix: str, *supported: str) -> str:
    value = message.get(name, prefix + "UNSPECIFIED").removeprefix(prefix)
    if value not in supported:
        raise InvalidTerms(f"{name} is {value}")
    return value


def _date(message: dict[str, Any], name: str) -> date:
    return date(message[name]["year"], message[name]["month"], message[name]["day"])


def _optional_date(message: dict[str, Any], name: str) -> date | None:
    return _date(message, name) if name in message else None


def _fee(message: dict[str, Any], currency: str, all_tranches: tuple[str, ...]) -> FeeInterval:
    money = message["amount"]
    if money["currencyCode"] != currency:
        raise InvalidTerms(f"{message['clauseId']} is not in {currency}")
    _enum(message, "anchor", "FEE_ANCHOR_", "CALENDAR")
    units = int(money.get("units", 0)) + Fraction(money.get("nanos", 0), 10**9)
    discount = Fraction(message["discount"]["value"]) if "discount" in message else Fraction(0)
    return FeeInterval(
        clause_id=message["clauseId"],
        start=_date(message, "startDate"),
        end=_date(message, "endDate"),
        fixed=_enum(message, "basis", "FEE_BASIS_", "FIXED_MONTHLY", "PER_MW_MONTH") == "FIXED_MONTHLY",
        effective=units * 10 ** exponent_of(currency) * (1 - discount),
        tranche_ids=tuple(message.get("trancheIds", ())) or all_tranches,
    )


def _right(message: dict[str, Any]) -> Right:
    _enum(message, "kind", "TERMINATION_KIND_", "CONVENIENCE")
    _enum(message["fee"], "kind", "TERMINATION_FEE_KIND_", "NONE")
    _enum(message, "lockIn", "LOCK_IN_", "NONE", "DATED")
    alignment = _enum(message, "alignment", "TERMINATION_ALIGNMENT_", "EXACT", "END_OF_BILLING_MONTH")
    return Right(
        clause_id=message["clauseId"],
        party=_enum(message, "party", "TERMINATION_PARTY_", "PROVIDER", "BUYER", "EITHER"),
        notice_days=message["noticeDays"],
        business=_enum(message, "noticeBasis", "NOTICE_BASIS_", "CALENDAR", "BUSINESS") == "BUSINESS",
        earliest_service=_optional_date(message, "earliestServiceDate"),
        earliest_effective=_optional_date(message, "earliestEffectiveDate"),
        end_of_billing_month=alignment == "END_OF_BILLING_MONTH",
    )


def _cutoff(message: dict[str, Any]) -> time | None:
    receipt = message.get("noticeReceipt")
    if receipt is None or _enum(receipt, "rule", "NOTICE_RECEIPT_RULE_", "ANY_TIME", "BUSINESS_DAYS") == "ANY_TIME":
        return None
    return time(receipt["cutoffTime"].get("hours", 0), receipt["cutoffTime"].get("minutes", 0))


def parse_terms(message: dict[str, Any]) -> Terms:
    """Reads `LeaseTerms` from its canonical proto3 JSON."""
    for name in ("renewal", "options", "commitments"):
        if name in message:
            raise InvalidTerms(f"{name} is not covered")
    for tranche in message["tranches"]:
        _enum(tranche["delivery"], "kind", "DELIVERY_KIND_", "AT_START")
    currency = message["currencyCode"]
    billing = message["billing"]
    anniversary = _enum(billing, "cycle", "BILLING_CYCLE_", "CALENDAR_MONTH", "ANNIVERSARY") == "ANNIVERSARY"
    all_tranches = tuple(tranche["trancheId"] for tranche in message["tranches"])
    return Terms(
        currency=currency,
        zone=ZoneInfo(message["timeZone"]),
        start=_date(message, "startDate"),
        end=_date(message, "endDate"),
        tranches=tuple(
            Tranche(
                tranche["trancheId"],
                tuple(
                    CapacityStep(_date(step, "startDate"), _date(step, "endDate"), step["contractedKw"])
                    for step in tranche["capacitySteps"]
                ),
            )
            for tranche in message["tranches"]
        ),
        fees=tuple(_fee(fee, currency, all_tranches) for fee in message["feeIntervals"]),
        day_count=_enum(
            message, "dayCount", "DAY_COUNT_", "ACT_MONTH", "THIRTY_360", "ACT_365F", "ACT_360", "ACT_ACT"
        ),
        anniversary_day=billing["anniversaryDay"] if anniversary else None,
        advance=_enum(billing, "timing", "BILLING_TIMING_", "ADVANCE", "ARREARS") == "ADVANCE",
        due_days=billing["dueDays"],
        rights=tuple(_right(right) for right in message.get("terminationRights", ())),
        cutoff=_cutoff(message),
        holidays=frozenset(date(day["year"], day["month"], day["day"]) for day in message.get("holidays", ())),
    )


def check_terms(terms: Terms) -> None:
    """Raises `InvalidTerms` unless steps and intervals cover the term, and fees and notices can be computed."""
    if not terms.start < terms.end:
        raise InvalidTerms("the term is empty")
    for tranche in terms.tranches:
        _check_cover(terms, tranche.steps, f"the steps of {tranche.tranche_id}")
        named = [fee for fee in terms.fees if tranche.tranche_id in fee.tranche_ids]
        _check_cover(terms, named, f"the fee intervals of {tranche.tranche_id}")
    for fee in terms.fees:
        _check_divisible(terms, fee)
    for right in terms.rights:
        if last_service_day(terms, right, terms.start - DAY) >= terms.end:
            raise InvalidTerms(f"the notice of {right.clause_id} is longer than the term")


def _check_cover(terms: Terms, intervals: Any, what: str) -> None:
    """Contract semantics, Ramp: contiguous, not overlapping, covering the term exactly."""
    bounds = [terms.start, *(interval.end for interval in intervals)]
    starts = [*(interval.start for interval in intervals), terms.end]
    if bounds != starts or any(interval.start >= interval.end for interval in intervals):
        raise InvalidTerms(f"{what} do not cover the term")


def _check_divisible(terms: Terms, fee: FeeInterval) -> None:
    """`FeeInterval.tranche_ids`: on no day with a fixed fee may the power of all its tranches be zero."""
    tranches = [tranche for tranche in terms.tranches if tranche.tranche_id in fee.tranche_ids]
    steps = [step for tranche in tranches for step in tranche.steps]
    days = [fee.start, *(step.start for step in steps if fee.start < step.start < fee.end)]
    if fee.fixed and fee.effective and any(all(tranche.kw_on(day) == 0 for tranche in tranches) for day in days):
        raise InvalidTerms(f"{fee.clause_id} cannot be divided")


# ---------------------------------------------------------------------------------------------------------------------
# Billing periods and day counts
# ---------------------------------------------------------------------------------------------------------------------


def boundary(terms: Terms, year: int, month: int) -> date:
    """The day of a month on which a billing period begins (contract semantics, Day count).

    The first, or min(anniversary day, days of the month), which returns to the anniversary day afterwards.
    """
    if terms.anniversary_day is None:
        return date(year, month, 1)
    return date(year, month, min(terms.anniversary_day, calendar.monthrange(year, month)[1]))


def period_of(terms: Terms, day: date) -> tuple[date, date]:
    """The full billing period in which a day lies. The cycle runs on before the start and after the end of the term."""
    this = boundary(terms, day.year, day.month)
    if this <= day:
        following = day.replace(day=1) + timedelta(days=31)
        return this, boundary(terms, following.year, following.month)
    previous = day.replace(day=1) - DAY
    return boundary(terms, previous.year, previous.month), this


def next_boundary(terms: Terms, day: date) -> date:
    """The least start of a billing period that is not before the day."""
    start, end = period_of(terms, day)
    return day if start == day else end


def month_fraction(day_count: str, start: date, end: date, period: tuple[date, date]) -> tuple[int, int]:
    """The part of a monthly fee that a segment of a billing period costs (contract semantics, Day count).

    A numerator and a denominator, not reduced. Under ACT_ACT a segment lies within one calendar year.
    """
    days = (end - start).days
    match day_count:
        case "ACT_MONTH":
            return days, (period[1] - period[0]).days
        case "THIRTY_360":
            months = 12 * (end.year - start.year) + (end.month - start.month)
            return 30 * months + min(end.day, 30) - min(start.day, 30), 30
        case "ACT_365F":
            return 12 * days, 365
        case "ACT_360":
            return 12 * days, 360
        case "ACT_ACT":
            return 12 * days, 366 if calendar.isleap(start.year) else 365
    raise InvalidTerms(f"the day count {day_count} is unknown")


# ---------------------------------------------------------------------------------------------------------------------
# Invoices
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Line:
    """What one tranche costs over one segment. `exact` and `amount` are in minor units."""

    tranche_id: str
    clause_id: str
    start: date
    end: date
    numerator: int
    denominator: int
    exact: Fraction
    amount: int = 0


@dataclass(slots=True)
class Invoice:
    """The invoice of a billing period, clipped to the term. The amount is in minor units."""

    start: date
    end: date
    issue: date
    due: date
    amount: int
    lines: list[Line]


@dataclass
class Contract:
    """Terms with what is computed from them. An invoice depends on its clipped period only: each is computed once."""

    terms: Terms
    _segment_bounds: list[date] = field(init=False)
    _fees: dict[str, list[FeeInterval]] = field(init=False)
    _invoices: dict[tuple[date, date], Invoice] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Contract semantics, Ramp: segments are the common refinement of periods, steps and intervals."""
        terms = self.terms
        steps = [step for tranche in terms.tranches for step in tranche.steps]
        bounds = {interval.start for interval in (*steps, *terms.fees)}
        if terms.day_count == "ACT_ACT":
            bounds |= {date(year, 1, 1) for year in range(terms.start.year + 1, terms.end.year + 1)}
        self._segment_bounds = sorted(bounds)
        self._fees = {
            tranche.tranche_id: [fee for fee in terms.fees if tranche.tranche_id in fee.tranche_ids]
            for tranche in sorted(terms.tranches, key=lambda tranche: tranche.tranche_id)
        }

    def invoices(self, cut: date | None = None) -> list[Invoice]:
        """One invoice for each billing period that overlaps the term, or the term cut at a date."""
        invoices = []
        end = self.terms.end if cut is None else self.clip(cut)
        day = self.terms.start
        while day < end:
            next_day = min(period_of(self.terms, day)[1], end)
            if (day, next_day) not in self._invoices:
                self._invoices[day, next_day] = self._invoice(day, next_day)
            invoices.append(self._invoices[day, next_day])
            day = next_day
        return invoices

    def clip(self, day: date) -> date:
        """max(start, min(day, natural end))."""
        return max(self.terms.start, min(day, self.terms.end))

    def total(self, cut: date | None = None) -> int:
        """The sum of the rounded invoices of the terms, or of the terms cut at a date."""
        return sum(invoice.amount for invoice in self.invoices(cut))

    def _invoice(self, start: date, end: date) -> Invoice:
        """Lines are ordered by tranche id (ordinal comparison), then by the start of the segment."""
        bounds = [start, *(bound for bound in self._segment_bounds if start < bound < end), end]
        period = period_of(self.terms, start)
        segments = [(*bound, self._kw_on(bound[0])) for bound in itertools.pairwise(bounds)]
        lines = [
            self._line(tranche_id, segment_start, segment_end, period, kw)
            for tranche_id in self._fees
            for segment_start, segment_end, kw in segments
        ]
        for line, amount in zip(lines, fit([line.exact for line in lines])):
            line.amount = amount
        issue = start if self.terms.advance else end
        due = issue + timedelta(days=self.terms.due_days)
        return Invoice(start, end, issue, due, sum(line.amount for line in lines), lines)

    def _kw_on(self, day: date) -> dict[str, int]:
        return {tranche.tranche_id: tranche.kw_on(day) for tranche in self.terms.tranches}

    def _line(self, tranche_id: str, start: date, end: date, period: tuple[date, date], kw: dict[str, int]) -> Line:
        """The fee of a segment (contract semantics, Ramp).

        PER_MW_MONTH: times the MW of the tranche. FIXED_MONTHLY: the tranche's share of the kW of the fee's tranches.
        """
        fee = next(fee for fee in self._fees[tranche_id] if fee.start <= start < fee.end)
        numerator, denominator = month_fraction(self.terms.day_count, start, end, period)
        if fee.effective == 0:
            exact = Fraction(0)
        else:
            divisor = sum(kw[other] for other in fee.tranche_ids) if fee.fixed else 1000
            exact = fee.effective * Fraction(numerator * kw[tranche_id], denominator * divisor)
        return Line(tranche_id, fee.clause_id, start, end, numerator, denominator, exact)

    # -----------------------------------------------------------------------------------------------------------------
    # Meters
    # -----------------------------------------------------------------------------------------------------------------

    def billed(self, day: date) -> int:
        """The sum of the invoices issued up to and including a day (contract semantics, Two meters)."""
        return sum(invoice.amount for invoice in self.invoices() if invoice.issue <= day)

    def firm_end(self, day: date, rights: list[Right]) -> date:
        """E(D): the earliest end that a notice received on max(D, first valid date) reaches."""
        ends = [self.terms.end]
        for right in rights:
            received = day if right.earliest_service is None else max(day, right.earliest_service)
            ends.append(reached_end(self, right, deemed_on_day(self.terms, received)))
        return min(ends)

    def firm(self, day: date, *parties: str) -> int:
        """firm(D): the total of the terms cut at E(D), for the rights of some parties (contract semantics)."""
        return self.total(self.firm_end(day, [right for right in self.terms.rights if right.party in parties]))


# ---------------------------------------------------------------------------------------------------------------------
# Notices
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoticeOutcome:
    """What follows from a notice. `remaining` is in minor units; what does not apply is None."""

    outcome: str  # ACCEPTED, LOCKED_IN, NO_RIGHT or LEASE_ENDED
    first_valid_date: date | None = None
    last_service_day: date | None = None
    end: date | None = None
    moves_end: bool = False
    remaining: int | None = None
    clause_id: str | None = None


def is_business_day(terms: Terms, day: date) -> bool:
    """`NoticeBasis`: neither Saturday nor Sunday nor one of the lease's holidays."""
    return day.weekday() < 5 and day not in terms.holidays


def next_business_day(terms: Terms, day: date) -> date:
    """The first business day after a day."""
    day += DAY
    while not is_business_day(terms, day):
        day += DAY
    return day


def deemed_on_day(terms: Terms, day: date) -> date:
    """Deemed receipt of what is received on a day, early enough (contract semantics, Notice and termination)."""
    if terms.cutoff is None or is_business_day(terms, day):
        return day
    return next_business_day(terms, day)


def deemed_receipt(terms: Terms, local: datetime) -> date:
    """R: the civil date of deemed receipt. What is received exactly at the cutoff time still counts on that day."""
    if terms.cutoff is not None and is_business_day(terms, local.date()) and local.time() > terms.cutoff:
        return next_business_day(terms, local.date())
    return deemed_on_day(terms, local.date())


def last_service_day(terms: Terms, right: Right, receipt: date) -> date:
    """R + N, with R excluded and the last day included; BUSINESS: the N-th business day after R."""
    if not right.business:
        return receipt + timedelta(days=right.notice_days)
    for _ in range(right.notice_days):
        receipt = next_business_day(terms, receipt)
    return receipt


def reached_end(contract: Contract, right: Right, receipt: date) -> date:
    """The end that a notice reaches (contract semantics, Notice and termination, order of the rules).

    N; earliest effective date; alignment; min(natural end). An end at or before the start becomes the start.
    """
    end = last_service_day(contract.terms, right, receipt) + DAY
    if right.earliest_effective is not None:
        end = max(end, right.earliest_effective)
    if right.end_of_billing_month:
        end = next_boundary(contract.terms, end)
    return contract.clip(end)


def serve_notice(contract: Contract, by: str, received: datetime) -> NoticeOutcome:
    """What a notice of one party, received at an instant, does to terms that no other notice has changed."""
    terms = contract.terms
    rights = [right for right in terms.rights if right.party in (by, "EITHER")]
    if not rights:
        return NoticeOutcome("NO_RIGHT")
    local = received.astimezone(terms.zone)
    if local.date() >= terms.end:
        return NoticeOutcome("LEASE_ENDED")
    receipt = deemed_receipt(terms, local)
    usable = [right for right in rights if right.earliest_service is None or receipt >= right.earliest_service]
    if not usable:
        return NoticeOutcome("LOCKED_IN", min(right.earliest_service for right in rights))
    end, used = min(((reached_end(contract, right, receipt), right) for right in usable), key=lambda pair: pair[0])
    return NoticeOutcome(
        "ACCEPTED",
        last_service_day=end - DAY if end > terms.start else None,
        end=end,
        moves_end=end < terms.end,
        remaining=max(0, contract.total(end) - contract.total(receipt)),
        clause_id=used.clause_id,
    )


# ---------------------------------------------------------------------------------------------------------------------
# Reports
# ---------------------------------------------------------------------------------------------------------------------


def report_invoices(contract: Contract) -> list[dict[str, Any]]:
    """The invoices of the terms as JSON."""
    currency = contract.terms.currency
    return [
        {
            "period_start": str(invoice.start),
            "period_end": str(invoice.end),
            "issue_date": str(invoice.issue),
            "due_date": str(invoice.due),
            "amount": format_amount(invoice.amount, currency),
            "lines": [
                {
                    "tranche_id": line.tranche_id,
                    "clause_id": line.clause_id,
                    "start": str(line.start),
                    "end": str(line.end),
                    "numerator": line.numerator,
                    "denominator": line.denominator,
                    "amount": format_amount(line.amount, currency),
                }
                for line in invoice.lines
            ],
        }
        for invoice in contract.invoices()
    ]


def report_cut(contract: Contract, day: date) -> dict[str, str]:
    """The total of the terms cut at a date as JSON."""
    return {"date": str(day), "total": format_amount(contract.total(day), contract.terms.currency)}


def report_notice(contract: Contract, by: str, received: datetime) -> dict[str, Any]:
    """What a notice does as JSON."""
    outcome = serve_notice(contract, by, received)
    remaining = outcome.remaining
    return {
        "by": by,
        "received": received.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "outcome": outcome.outcome,
        "first_valid_date": outcome.first_valid_date and str(outcome.first_valid_date),
        "last_service_day": outcome.last_service_day and str(outcome.last_service_day),
        "end": outcome.end and str(outcome.end),
        "moves_end": outcome.moves_end,
        "remaining": None if remaining is None else format_amount(remaining, contract.terms.currency),
        "clause_id": outcome.clause_id,
    }


def report_meters(contract: Contract, day: date) -> dict[str, str]:
    """The two meters on a day as JSON (contract semantics, Two meters on every lease)."""
    billed = contract.billed(day)
    firm = contract.firm(day, "PROVIDER", "BUYER", "EITHER")
    amounts = {
        "billed": billed,
        "remaining": contract.total() - billed,
        "firm": firm,
        "firm_provider": contract.firm(day, "PROVIDER", "EITHER"),
        "firm_buyer": contract.firm(day, "BUYER", "EITHER"),
        "firm_remaining": max(0, firm - contract.total(day)),
    }
    return {"at": str(day)} | {name: format_amount(amount, contract.terms.currency) for name, amount in amounts.items()}
