"""Random valid term sheets with what the independent computation says about them, as JSON lines.

    python3 term_sheets.py --cases 10000 --seed 20260501    writes term sheets with their invoices, notices and meters
    python3 term_sheets.py --stdin                          writes the invoices of the LeaseTerms read, one a line
    python3 term_sheets.py --self-test                      checks the vectors of "Contract semantics"

The same seed gives the same lines. Only the standard library is used; time zones come from the system's database.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contract import (
    DAY,
    Contract,
    InvalidTerms,
    Right,
    Terms,
    check_terms,
    exponent_of,
    format_amount,
    last_service_day,
    next_boundary,
    parse_terms,
    report_cut,
    report_invoices,
    report_meters,
    report_notice,
)
from vectors import check_properties, check_vectors, proto_date

SELF_TEST_SHEETS = 150

CURRENCIES = ("USD", "USD", "EUR", "JPY", "KWD", "GBP", "CHF", "KRW", "BHD")
# Zones whose rules are settled: the operating system's time zone database may be older than the library's.
ZONES = (
    "America/Chicago",
    "America/Chicago",
    "Europe/Berlin",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Etc/UTC",
)
DAY_COUNTS = ("ACT_MONTH", "THIRTY_360", "ACT_365F", "ACT_360", "ACT_ACT")
SERVICE_LEVELS = ("POWERED_SHELL", "COLOCATION", "BARE_METAL", "MANAGED_CLUSTER")
# Names whose ordinal order is neither the order of their letters nor that of their numbers.
TRANCHE_IDS = ("a", "a-b", "a-1", "aa", "a1", "a10", "a2", "b", "hall-1", "hall-10", "hall-2", "hall1", "0", "10", "9")

MIN_START = date(2014, 1, 1)
MAX_START = date(2040, 12, 31)


class Generator:
    """Draws one term sheet after the other from a seeded source."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def chance(self, probability: float) -> bool:
        """True with the probability."""
        return self.rng.random() < probability

    def day_between(self, first: date, last: date) -> date:
        """A day from the first to the last, both included."""
        return first + timedelta(days=self.rng.randint(0, (last - first).days))

    def magnitude(self, limit: int) -> int:
        """A whole number from 1 to the limit, of any order of magnitude."""
        return min(limit, int(10 ** self.rng.uniform(0, len(str(limit)))))

    # The term

    def start(self) -> date:
        """A first day: anywhere, on the first, at the end of a month, or on a leap day."""
        day = self.day_between(MIN_START, MAX_START)
        kind = self.rng.random()
        if kind < 0.25:
            return day.replace(day=1)
        if kind < 0.45:
            first = day.replace(day=1)
            return max(first, min(first + timedelta(days=self.rng.randint(27, 30)), last_of_month(first)))
        if kind < 0.5:
            return date(4 * self.rng.randint(504, 510), 2, 29)
        return day

    def end(self, start: date) -> date:
        """An end from a day to 15 years after the start, mostly one to five; at times on the first of a month."""
        kind = self.rng.random()
        if kind < 0.12:
            days = self.rng.randint(1, 40)
        elif kind < 0.37:
            days = self.rng.randint(41, 365)
        elif kind < 0.83:
            days = self.rng.randint(366, 1095)
        elif kind < 0.985:
            days = self.rng.randint(1096, 1826)
        else:
            days = self.rng.randint(1827, 5478)
        end = start + timedelta(days=days)
        if self.chance(0.35) and end.replace(day=1) > start:
            end = end.replace(day=1)
        return end

    def split(self, start: date, end: date, parts: int, favourites: list[date]) -> list[tuple[date, date]]:
        """Splits an interval into at most so many parts, at times on dates that the sheet uses elsewhere."""
        bounds = {start, end}
        for _ in range(min(parts, (end - start).days) - 1):
            day = self.day_between(start + DAY, end - DAY)
            kind = self.rng.random()
            if kind < 0.3:
                day = day.replace(day=1)
            elif kind < 0.6 and favourites:
                day = self.rng.choice(favourites)
            if start < day < end:
                bounds.add(day)
                favourites.append(day)
        return list(itertools.pairwise(sorted(bounds)))

    # Tranches and fees

    def kw(self) -> int:
        """Contracted power: often round, so that tranches tie, at times zero."""
        kind = self.rng.random()
        if kind < 0.08:
            return 0
        if kind < 0.5:
            return self.rng.choice((1000, 50000, 100000, 100000, 300000, 400000))
        return self.magnitude(400000)

    def tranche(self, tranche_id: str, start: date, end: date, favourites: list[date]) -> dict[str, Any]:
        """A tranche in service from the first day, with one to five capacity steps."""
        parts = self.rng.choice((1, 1, 1, 2, 2, 3, 4, 5))
        return {
            "trancheId": tranche_id,
            "serviceLevel": "SERVICE_LEVEL_" + self.rng.choice(SERVICE_LEVELS),
            "capacitySteps": [
                {"startDate": proto_date(first), "endDate": proto_date(last), "contractedKw": self.kw()}
                for first, last in self.split(start, end, parts, favourites)
            ],
            "delivery": {"kind": "DELIVERY_KIND_AT_START"},
        }

    def fee_plan(
        self, ids: tuple[str, ...], start: date, end: date, favourites: list[date], depth: int = 0
    ) -> Iterator[tuple[tuple[str, ...], date, date]]:
        """Which tranches share a fee and when: divides the tranches or the time, again and again."""
        if len(ids) > 1 and self.chance(0.3):
            shuffled = self.rng.sample(ids, len(ids))
            middle = self.rng.randint(1, len(ids) - 1)
            for group in (shuffled[:middle], shuffled[middle:]):
                yield from self.fee_plan(tuple(group), start, end, favourites, depth + 1)
        elif depth < 3 and self.chance(0.6 / (depth + 1)):
            for first, last in self.split(start, end, self.rng.randint(2, 3), favourites):
                yield from self.fee_plan(ids, first, last, favourites, depth + 1)
        else:
            yield ids, start, end

    def discount(self) -> str:
        """A plain decimal from 0 to 1 with up to nine places, at times with zeros at its end."""
        kind = self.rng.random()
        if kind < 0.3:
            return self.rng.choice(("0", "1", "0.999999999", "0.000000001"))
        if kind < 0.6:
            return self.rng.choice(("0.5", "0.25", "0.1", "0.50", "0.750"))
        places = self.rng.randint(1, 9)
        return f"0.{self.rng.randint(0, 10**places - 1):0{places}d}"

    def amount(self, currency: str, fixed: bool) -> dict[str, Any]:
        """A price: whole minor units for a fixed fee, up to nine places for a unit price."""
        places = exponent_of(currency) if fixed else self.rng.choice((0, 2, 4, 9))
        units = 0 if self.chance(0.04) else self.magnitude(10**11 if fixed else 10**8) - 1
        if self.chance(0.2):
            units = self.rng.choice((1_250_000_000, 100, 1) if fixed else (4_166_666, 100, 1))
        part = self.rng.randrange(10**places) if self.chance(0.6) else 0
        money: dict[str, Any] = {"currencyCode": currency}
        if units:
            money["units"] = str(units)
        if part:
            money["nanos"] = part * 10 ** (9 - places)
        return money

    def fee(
        self, clause_id: str, currency: str, ids: tuple[str, ...], all_ids: tuple[str, ...], start: date, end: date
    ) -> dict[str, Any]:
        """A fee interval of some tranches. All of them may be named or not."""
        fixed = self.chance(0.6)
        fee: dict[str, Any] = {
            "clauseId": clause_id,
            "startDate": proto_date(start),
            "endDate": proto_date(end),
            "basis": "FEE_BASIS_FIXED_MONTHLY" if fixed else "FEE_BASIS_PER_MW_MONTH",
            "amount": self.amount(currency, fixed),
            "anchor": "FEE_ANCHOR_CALENDAR",
        }
        if self.chance(0.55):
            fee["discount"] = {"value": self.discount()}
        if len(ids) < len(all_ids) or self.chance(0.3):
            fee["trancheIds"] = list(ids)
        return fee

    # Notices

    def right(self, clause_id: str, start: date, end: date) -> dict[str, Any]:
        """A right to end the lease for convenience, without a fee; its notice is at most about as long as the term."""
        business = self.chance(0.35)
        longest = (end - start).days * 5 // 7 if business else (end - start).days
        if self.chance(0.7):
            notice_days = self.rng.choice((0, 1, 2, 5, 10, 30, 60, 90, 90, 180))
        else:
            notice_days = self.rng.randint(0, 400)
        right = {
            "clauseId": clause_id,
            "party": "TERMINATION_PARTY_" + self.rng.choice(("PROVIDER", "BUYER", "EITHER", "EITHER", "EITHER")),
            "kind": "TERMINATION_KIND_CONVENIENCE",
            "noticeDays": min(notice_days, longest),
            "noticeBasis": "NOTICE_BASIS_BUSINESS" if business else "NOTICE_BASIS_CALENDAR",
            "lockIn": "LOCK_IN_NONE",
            "alignment": "TERMINATION_ALIGNMENT_" + self.rng.choice(("EXACT", "EXACT", "END_OF_BILLING_MONTH")),
            "fee": {"kind": "TERMINATION_FEE_KIND_NONE"},
        }
        if self.chance(0.5):
            right["lockIn"] = "LOCK_IN_DATED"
            names = ("earliestServiceDate", "earliestEffectiveDate")
            for name in self.rng.choice((names[:1], names[1:], names)):
                right[name] = proto_date(self.day_between(start - timedelta(days=30), end - DAY))
        return right

    def holidays(self, start: date, end: date) -> list[date]:
        """Holidays around the term, single or in a row, ascending."""
        days: set[date] = set()
        for _ in range(self.rng.choice((0, 0, 3, 8, 12))):
            first = self.day_between(start - timedelta(days=20), end + timedelta(days=20))
            days |= {first + timedelta(days=offset) for offset in range(self.rng.choice((1, 1, 1, 2, 5)))}
        return sorted(days)

    def receipt(self) -> dict[str, Any]:
        """A rule of receipt."""
        if self.chance(0.5):
            return {"rule": "NOTICE_RECEIPT_RULE_ANY_TIME"}
        hours, minutes = self.rng.choice(((17, 0), (17, 0), (12, 30), (0, 0), (23, 59), (self.rng.randint(0, 23), 7)))
        cutoff = {name: value for name, value in (("hours", hours), ("minutes", minutes)) if value}
        return {"rule": "NOTICE_RECEIPT_RULE_BUSINESS_DAYS", "cutoffTime": cutoff}

    # Whole sheets

    def terms(self) -> dict[str, Any]:
        """A valid term sheet as `LeaseTerms`. Draws again, for the same term, what breaks rules across its parts."""
        start = self.start()
        end = self.end(start)
        while True:
            message = self.draft(start, end)
            try:
                check_terms(parse_terms(message))
            except InvalidTerms:
                continue
            return message

    def draft(self, start: date, end: date) -> dict[str, Any]:
        """A term sheet that may have a fee without power to divide it by, or a notice longer than the term."""
        currency = self.rng.choice(CURRENCIES)
        favourites: list[date] = []
        ids = tuple(self.rng.sample(TRANCHE_IDS, self.rng.choice((1, 1, 1, 2, 2, 3, 4))))
        tranches = [self.tranche(tranche_id, start, end, favourites) for tranche_id in ids]
        plan = list(self.fee_plan(ids, start, end, favourites))
        if self.chance(0.5):
            plan.sort(key=lambda part: part[1])
        billing: dict[str, Any] = {
            "cycle": "BILLING_CYCLE_CALENDAR_MONTH",
            "timing": "BILLING_TIMING_" + self.rng.choice(("ADVANCE", "ARREARS")),
            "dueDays": self.rng.choice((0, 1, 10, 14, 30, 30, 45, 60, 180)),
        }
        if self.chance(0.5):
            billing["cycle"] = "BILLING_CYCLE_ANNIVERSARY"
            billing["anniversaryDay"] = self.rng.choice((start.day, self.rng.randint(1, 31), 29, 30, 31))
        message = {
            "currencyCode": currency,
            "timeZone": self.rng.choice(ZONES),
            "startDate": proto_date(start),
            "endDate": proto_date(end),
            "tranches": tranches,
            "feeIntervals": [
                self.fee(f"fee-{number}", currency, group, ids, first, last)
                for number, (group, first, last) in enumerate(plan, 1)
            ],
            "dayCount": "DAY_COUNT_" + self.rng.choice(DAY_COUNTS),
            "billing": billing,
        }
        count = self.rng.choice((0, 1, 1, 1, 2, 2, 3, 3))
        rights = [self.right(f"right-{number}", start, end) for number in range(1, count + 1)]
        if rights:
            message["terminationRights"] = rights
        if rights or self.chance(0.2):
            message["noticeReceipt"] = self.receipt()
        holidays = self.holidays(start, end)
        if holidays:
            message["holidays"] = [proto_date(day) for day in holidays]
        return message

    def received(self, terms: Terms) -> datetime:
        """An instant of a notice: anywhere around the term, or where a rule changes its mind."""
        day = self.day_between(terms.start - timedelta(days=40), terms.end + timedelta(days=5))
        right: Right | None = self.rng.choice(terms.rights) if terms.rights else None
        kind = self.rng.random()
        if right and kind < 0.15 and right.earliest_service:
            day = right.earliest_service + timedelta(days=self.rng.randint(-2, 1))
        elif right and kind < 0.35:
            length = last_service_day(terms, right, terms.start) - terms.start
            day = terms.end - length + timedelta(days=self.rng.randint(-4, 2))
        elif kind < 0.42:
            day = terms.end + timedelta(days=self.rng.randint(-2, 1))
        seconds = self.rng.randrange(86400)
        clock = self.rng.random()
        if clock < 0.25:
            cutoff = terms.cutoff or time(17)
            seconds = (cutoff.hour * 60 + cutoff.minute) * 60 + self.rng.randint(-1, 1)
        elif clock < 0.4:
            seconds = self.rng.choice((0, 1, 86399))
        local = datetime.combine(day, time(), terms.zone) + timedelta(seconds=seconds)
        return local.astimezone(timezone.utc)

    def meter_day(self, terms: Terms) -> date:
        """A day to read the meters on: around the term, or the first day of a billing period."""
        day = self.day_between(terms.start - timedelta(days=60), terms.end + timedelta(days=30))
        return next_boundary(terms, day) if self.chance(0.2) else day

    def case(self) -> dict[str, Any]:
        """A term sheet with everything that is computed from it."""
        message = self.terms()
        contract = Contract(parse_terms(message))
        terms = contract.terms
        parties = self.rng.sample(("BUYER", "PROVIDER"), self.rng.randint(1, 2))
        cut = self.day_between(terms.start - timedelta(days=5), terms.end + timedelta(days=5))
        return {
            "terms": message,
            "invoices": report_invoices(contract),
            "headline": format_amount(contract.total(), terms.currency),
            "cut": report_cut(contract, cut),
            "notices": [report_notice(contract, party, self.received(terms)) for party in parties],
            "meters": [report_meters(contract, self.meter_day(terms)) for _ in range(self.rng.randint(1, 2))],
        }


def last_of_month(first: date) -> date:
    """The last day of the month that begins on a day."""
    return (first + timedelta(days=31)).replace(day=1) - DAY


def write(message: dict[str, Any]) -> None:
    """Writes one JSON line."""
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")


def write_cases(cases: int, seed: int) -> None:
    """Writes random cases."""
    generator = Generator(seed)
    for _ in range(cases):
        write(generator.case())


def write_invoices() -> None:
    """Reads `LeaseTerms` as JSON lines and writes the invoices of each, or why there are none."""
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            terms = parse_terms(json.loads(line))
            check_terms(terms)
        except InvalidTerms as problem:
            write({"invalid": str(problem)})
            continue
        contract = Contract(terms)
        write({"invoices": report_invoices(contract), "headline": format_amount(contract.total(), terms.currency)})


def self_test() -> None:
    """Checks the vectors, and the properties of some random term sheets."""
    check_vectors()
    generator = Generator(1)
    for _ in range(SELF_TEST_SHEETS):
        check_properties(generator.terms())
    print(f"All vectors are met, and the properties by {SELF_TEST_SHEETS} random term sheets.")


def require_zones() -> None:
    """Stops with a clear word where the system has no time zone database."""
    for zone in ZONES:
        try:
            ZoneInfo(zone)
        except ZoneInfoNotFoundError:
            sys.exit(f"The time zone {zone} is unknown: the Debian package tzdata is missing.")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10000, help="number of term sheets (10000)")
    parser.add_argument("--seed", type=int, default=20260501, help="seed of the term sheets (20260501)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--stdin", action="store_true", help="write the invoices of the LeaseTerms read, one a line")
    mode.add_argument("--self-test", action="store_true", help="check the vectors of the specification")
    arguments = parser.parse_args()
    require_zones()
    if arguments.self_test:
        self_test()
    elif arguments.stdin:
        write_invoices()
    else:
        write_cases(arguments.cases, arguments.seed)


if __name__ == "__main__":
    main()
