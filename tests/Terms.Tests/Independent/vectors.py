"""The vectors of "Contract semantics", and properties that random term sheets must have."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from contract import (
    DAY,
    Contract,
    InvalidTerms,
    Terms,
    check_terms,
    fit,
    format_amount,
    month_fraction,
    next_boundary,
    parse_terms,
    period_of,
    report_meters,
    round_half_away,
    serve_notice,
)

NO_RAMP: tuple[str, ...] = ()
HALF_RAMP = ("0.5", "0.5")


def expect(actual: object, expected: object, what: str) -> None:
    """Raises unless a value is as expected."""
    if actual != expected:
        raise AssertionError(f"{what}: {actual} instead of {expected}")


def proto_date(day: date) -> dict[str, int]:
    """A date as `google.type.Date`."""
    return {"year": day.year, "month": day.month, "day": day.day}


def reference_deal(
    ramp: tuple[str, ...] = NO_RAMP,
    day_count: str = "ACT_MONTH",
    start: date = date(2026, 5, 1),
    earliest_service: date | None = None,
) -> dict[str, Any]:
    """The reference deal: 300 MW, USD 1.25 billion a month, either party on 90 days' notice.

    `ramp` holds the discounts of the first months.
    """
    end = date(2029, 6, 1)
    bounds = [start, *(date(2026, 6 + month, 1) for month in range(len(ramp))), end]
    fees = [
        {
            "clauseId": f"fee-{index}",
            "startDate": proto_date(fee_start),
            "endDate": proto_date(fee_end),
            "basis": "FEE_BASIS_FIXED_MONTHLY",
            "amount": {"currencyCode": "USD", "units": "1250000000"},
            "anchor": "FEE_ANCHOR_CALENDAR",
        }
        for index, (fee_start, fee_end) in enumerate(itertools.pairwise(bounds))
    ]
    for fee, discount in zip(fees, ramp):
        fee["discount"] = {"value": discount}
    right = {
        "clauseId": "notice",
        "party": "TERMINATION_PARTY_EITHER",
        "kind": "TERMINATION_KIND_CONVENIENCE",
        "noticeDays": 90,
        "noticeBasis": "NOTICE_BASIS_CALENDAR",
        "lockIn": "LOCK_IN_DATED" if earliest_service else "LOCK_IN_NONE",
        "alignment": "TERMINATION_ALIGNMENT_EXACT",
        "fee": {"kind": "TERMINATION_FEE_KIND_NONE"},
    }
    if earliest_service:
        right["earliestServiceDate"] = proto_date(earliest_service)
    return {
        "currencyCode": "USD",
        "timeZone": "America/Chicago",
        "startDate": proto_date(start),
        "endDate": proto_date(end),
        "tranches": [
            {
                "trancheId": "all",
                "serviceLevel": "SERVICE_LEVEL_COLOCATION",
                "capacitySteps": [
                    {"startDate": proto_date(start), "endDate": proto_date(end), "contractedKw": 300000}
                ],
                "delivery": {"kind": "DELIVERY_KIND_AT_START"},
            }
        ],
        "feeIntervals": fees,
        "dayCount": f"DAY_COUNT_{day_count}",
        "billing": {"cycle": "BILLING_CYCLE_CALENDAR_MONTH", "timing": "BILLING_TIMING_ADVANCE", "dueDays": 30},
        "terminationRights": [right],
        "noticeReceipt": {"rule": "NOTICE_RECEIPT_RULE_ANY_TIME"},
    }


def contract_of(message: dict[str, Any]) -> Contract:
    """The contract of terms that must be valid."""
    terms = parse_terms(message)
    check_terms(terms)
    return Contract(terms)


def usd(minor: int) -> str:
    """An amount as the specification writes it, with commas."""
    units, _, cents = format_amount(minor, "USD").partition(".")
    return f"{int(units):,}.{cents}"


def noon(contract: Contract, day: date) -> datetime:
    """Noon of a day in the lease's zone."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=contract.terms.zone)


def check_totals() -> None:
    """Contract semantics: The reference deal (totals) and Day count (both tables)."""
    for ramp, total in (
        (NO_RAMP, "46,250,000,000.00"),
        (HALF_RAMP, "45,000,000,000.00"),
        (("1", "1"), "43,750,000,000.00"),
    ):
        contract = contract_of(reference_deal(ramp))
        expect(usd(contract.total()), total, f"total with the discounts {ramp}")
        expect(len(contract.invoices()), 37, "number of invoices")
    amounts = [invoice.amount for invoice in contract_of(reference_deal(HALF_RAMP)).invoices()]
    full = [amount for amount in amounts if usd(amount) == "1,250,000,000.00"]
    expect(len(full), 35, "number of full months")
    expect(usd(sum(full[:32])), "40,000,000,000.00", "32 full months")
    for day_count, rounded, exact in (
        ("ACT_MONTH", "46,250,000,000.00", "46,250,000,000.00"),
        ("THIRTY_360", "46,250,000,000.00", "46,250,000,000.00"),
        ("ACT_ACT", "46,273,972,602.76", "46,273,972,602.74"),
        ("ACT_365F", "46,315,068,493.18", "46,315,068,493.15"),
        ("ACT_360", "46,958,333,333.41", "46,958,333,333.33"),
    ):
        contract = contract_of(reference_deal(day_count=day_count))
        expect((contract.terms.end - contract.terms.start).days, 1127, "days of the reference deal")
        expect(usd(contract.total()), rounded, f"sum of invoices under {day_count}")
        lines = [line.exact for invoice in contract.invoices() for line in invoice.lines]
        expect(usd(round_half_away(sum(lines, Fraction(0)))), exact, f"exact total under {day_count}")
    may = contract_of(reference_deal(start=date(2026, 5, 3))).invoices()[0]
    expect(usd(may.amount), "1,169,354,838.71", "May from the third")
    expect((may.lines[0].numerator, may.lines[0].denominator), (29, 31), "month fraction of May from the third")
    hour = Fraction(125_000_000_000, 31 * 24)
    expect(usd(round_half_away(hour)), "1,680,107.53", "an hour of a month with 31 days")


def check_notices() -> None:
    """Contract semantics, Notice and termination: the dates of 90 days' notice and what the last notice moves."""
    contract = contract_of(reference_deal(HALF_RAMP))
    for received, last_day in (
        (date(2026, 5, 3), date(2026, 8, 1)),
        (date(2026, 8, 1), date(2026, 10, 30)),
        (date(2027, 1, 1), date(2027, 4, 1)),
    ):
        notice = serve_notice(contract, "BUYER", noon(contract, received))
        expect(notice.last_service_day, last_day, f"last service day of the notice received on {received}")
        expect(notice.end, last_day + DAY, f"end of the notice received on {received}")
    for received, moves in ((date(2029, 3, 1), True), (date(2029, 3, 2), False)):
        notice = serve_notice(contract, "PROVIDER", noon(contract, received))
        expect((notice.outcome, notice.moves_end), ("ACCEPTED", moves), f"the notice received on {received}")
    ended = serve_notice(contract, "BUYER", noon(contract, date(2029, 6, 1)))
    expect(ended.outcome, "LEASE_ENDED", "a notice on the end date")
    locked = contract_of(reference_deal(earliest_service=date(2026, 8, 1)))
    notice = serve_notice(locked, "BUYER", noon(locked, date(2026, 7, 31)))
    expect((notice.outcome, notice.first_valid_date), ("LOCKED_IN", date(2026, 8, 1)), "a notice while locked in")

    notice = serve_notice(contract, "BUYER", noon(contract, date(2027, 1, 1)))
    expect(notice.end, date(2027, 4, 2), "end after the notice of 1 January 2027")
    expect(usd(contract.invoices(notice.end)[-1].amount), "41,666,666.67", "last invoice after that notice")
    expect(usd(contract.total(notice.end)), "12,541,666,666.67", "total after that notice")


def check_firm() -> None:
    """Contract semantics, The reference deal: the firm table with the three readings of the notice clause."""
    day = date(2026, 5, 3)
    for reading, earliest_service, end, plain, ramp in (
        ("A", None, date(2026, 8, 2), "3,790,322,580.65", "2,540,322,580.65"),
        ("B", date(2026, 8, 1), date(2026, 10, 31), "7,459,677,419.35", "6,209,677,419.35"),
        ("C", date(2026, 10, 28), date(2027, 1, 27), "11,048,387,096.77", "9,798,387,096.77"),
    ):
        for discounts, firm in ((NO_RAMP, plain), (HALF_RAMP, ramp)):
            contract = contract_of(reference_deal(discounts, earliest_service=earliest_service))
            expect(contract.firm_end(day, list(contract.terms.rights)), end, f"firm end of reading {reading}")
            expect(usd(contract.firm(day, "EITHER")), firm, f"firm of reading {reading} with {discounts}")
    meters = report_meters(contract_of(reference_deal(HALF_RAMP)), date(2026, 4, 15))
    expect(meters["firm"], "1814516129.03", "firm before the start")
    expect(meters["firm_remaining"], "1814516129.03", "firm remaining before the start")
    expect(meters["billed"], "0.00", "billed before the start")


def check_rules() -> None:
    """Rules of the specification that no table shows: rounding, billing cycles and receipt."""
    half = Fraction(1, 2)
    expect(fit([half]), [1], "half away from zero")
    expect(fit([half, half, half]), [1, 1, 0], "ties go to the earlier line")
    expect(fit([Fraction(1, 3), Fraction(2, 3), Fraction(1)]), [0, 1, 1], "largest remainder")
    expect([format_amount(5, currency) for currency in ("JPY", "USD", "KWD")], ["5", "0.05", "0.005"], "places")

    message = reference_deal()
    message["billing"] |= {"cycle": "BILLING_CYCLE_ANNIVERSARY", "anniversaryDay": 31}
    terms = parse_terms(message)
    expect(period_of(terms, date(2028, 2, 28)), (date(2028, 1, 31), date(2028, 2, 29)), "period before a leap day")
    expect(period_of(terms, date(2028, 2, 29)), (date(2028, 2, 29), date(2028, 3, 31)), "period from a leap day")
    expect(next_boundary(terms, date(2028, 2, 29)), date(2028, 2, 29), "boundary on a boundary")
    period = (date(2027, 2, 28), date(2027, 3, 31))
    expect(month_fraction("THIRTY_360", *period, period), (32, 30), "30/360 from 28 February to 31 March")
    expect(month_fraction("THIRTY_360", date(2027, 3, 30), date(2027, 3, 31), period), (0, 30), "30/360 of a 30th")

    message = reference_deal()
    message["noticeReceipt"] = {"rule": "NOTICE_RECEIPT_RULE_BUSINESS_DAYS", "cutoffTime": {"hours": 17}}
    message["holidays"] = [proto_date(date(2026, 5, 25))]
    contract = contract_of(message)
    cutoff = datetime(2026, 5, 22, 17, tzinfo=contract.terms.zone)  # the Friday before a Monday that is a holiday
    for received, receipt in ((cutoff, date(2026, 5, 22)), (cutoff + timedelta(seconds=1), date(2026, 5, 26))):
        notice = serve_notice(contract, "BUYER", received)
        expect(notice.end, receipt + 91 * DAY, f"end of the notice received at {received}")


def check_properties(message: dict[str, Any]) -> None:
    """What must hold for every valid term sheet."""
    contract = contract_of(message)
    terms = contract.terms
    for invoice in contract.invoices():
        exact = sum((line.exact for line in invoice.lines), Fraction(0))
        expect(invoice.amount, round_half_away(exact), "an invoice is rounded once")
        for line in invoice.lines:
            if abs(line.amount - line.exact) >= 1:
                raise AssertionError("a line is off by a minor unit or more")
        expect(exact, accrued(contract, invoice.start, invoice.end), "an invoice is the sum of its days")
    middle = terms.start + (terms.end - terms.start) // 2
    for day in (terms.start - DAY, terms.start, middle, terms.end, terms.end + DAY):
        cut = Contract(cut_terms(terms, day))
        expect(contract.total(day), cut.total(), "the total at a cut is that of the cut terms")


def cut_terms(terms: Terms, day: date) -> Terms:
    """The terms cut at a date: another end, and nothing else changes."""
    return dataclasses.replace(terms, end=max(terms.start, min(day, terms.end)))


def accrued(contract: Contract, start: date, end: date) -> Fraction:
    """The exact fees of an interval, day by day and fee by fee instead of by segments and tranches."""
    terms = contract.terms
    total = Fraction(0)
    for offset in range((end - start).days):
        day = start + timedelta(days=offset)
        part = Fraction(*month_fraction(terms.day_count, day, day + DAY, period_of(terms, day)))
        for fee in terms.fees:
            if fee.start <= day < fee.end:
                kw = sum(tranche.kw_on(day) for tranche in terms.tranches if tranche.tranche_id in fee.tranche_ids)
                total += fee.effective * part * (1 if fee.fixed else Fraction(kw, 1000))
    return total


def check_refusals() -> None:
    """Terms that cannot be projected are refused."""
    gap, empty, long = reference_deal(HALF_RAMP), reference_deal(), reference_deal()
    del gap["feeIntervals"][1]
    empty["tranches"][0]["capacitySteps"][0]["contractedKw"] = 0
    long["terminationRights"][0]["noticeDays"] = 1128
    for message, what in ((gap, "a gap"), (empty, "no power to divide a fee by"), (long, "a notice beyond the term")):
        try:
            contract_of(message)
        except InvalidTerms:
            continue
        raise AssertionError(f"terms with {what} are accepted")


def check_vectors() -> None:
    """Raises `AssertionError` at the first vector that is not met."""
    check_totals()
    check_notices()
    check_firm()
    check_rules()
    check_refusals()
