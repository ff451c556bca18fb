"""Recomputes the hash chain of the ledger from what the API gives to operators.

Reads from standard input one JSON object with what ListLedgerBatches, ListLedgerEntries and ListLedgerAccounts answer,
in proto JSON:

    {"batches": [LedgerBatch...], "entries": [LedgerEntry...], "accounts": [LedgerAccount...]}

It is written from the comments of marketplace/billing/v1/ledger.proto and not from the service, and needs nothing but
Python. It prints one JSON object with the counts and the hash of the last batch and exits with 0, or names the first
batch that does not follow and exits with 1.
"""

import base64
import hashlib
import json
import sys
from datetime import datetime, timezone

ENTRY_KINDS = {"INVOICE": 1, "CREDIT_NOTE": 2, "DEBIT_NOTE": 3, "PAYMENT": 4}
ACCOUNT_KINDS = {"BUYER_RECEIVABLE": 1, "PROVIDER_PAYABLE": 2, "SETTLEMENT_CASH": 3}

# The currencies of ISO 4217 whose minor unit is not a hundredth.
EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Broken(Exception):
    """A batch, an entry or the whole does not hold."""


def number(value):
    return int(value).to_bytes(8, "big", signed=True)


def identity(text):
    return bytes.fromhex(text.replace("-", "")) if text else bytes(16)


def time(text):
    day, _, rest = text.removesuffix("Z").partition("T")
    clock, _, fraction = rest.partition(".")
    whole = datetime.fromisoformat(f"{day}T{clock}+00:00") - EPOCH
    return number((whole.days * 86_400 + whole.seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6]))


def minor_units(money):
    exponent = EXPONENTS.get(money["currencyCode"], 2)
    return int(money.get("units", 0)) * 10**exponent + int(money.get("nanos", 0)) // 10 ** (9 - exponent)


def signed_amount(leg):
    return minor_units(leg["amount"]) * (1 if leg["side"] == "LEDGER_SIDE_DEBIT" else -1)


def entry_bytes(entry, accounts):
    legs = entry.get("legs", [])
    yield identity(entry["ledgerEntryId"])
    yield number(ENTRY_KINDS[entry["kind"].removeprefix("LEDGER_ENTRY_KIND_")])
    yield identity(entry["sourceId"])
    yield identity(entry.get("leaseId", ""))
    yield time(entry["occurTime"])
    yield number(len(legs))
    for leg in legs:
        account = accounts[leg["ledgerAccountId"]]
        yield identity(leg["ledgerAccountId"])
        yield number(ACCOUNT_KINDS[account["kind"].removeprefix("LEDGER_ACCOUNT_KIND_")])
        yield identity(account.get("organisationId", ""))
        yield account["currencyCode"].encode("ascii")
        yield number(signed_amount(leg))


def check_entry(entry):
    sums = {}
    for leg in entry.get("legs", []):
        currency = leg["amount"]["currencyCode"]
        sums[currency] = sums.get(currency, 0) + signed_amount(leg)
    if not sums or any(sums.values()):
        raise Broken(f"entry {entry['ledgerEntryId']} does not sum to zero")


def verify(books):
    accounts = {account["ledgerAccountId"]: account for account in books["accounts"]}
    entries = {}
    for entry in books["entries"]:
        check_entry(entry)
        entries.setdefault(int(entry["batchSequence"]), []).append(entry)
    previous = bytes(32)
    for place, batch in enumerate(books["batches"], start=1):
        sequence = int(batch["sequence"])
        held = sorted(entries.pop(sequence, []), key=lambda entry: int(entry.get("batchPosition", 0)))
        computed = hashlib.sha256(previous + number(sequence) + time(batch["recordTime"]))
        for entry in held:
            for part in entry_bytes(entry, accounts):
                computed.update(part)
        follows = (
            sequence == place
            and base64.b64decode(batch["previousSha256"]) == previous
            and base64.b64decode(batch["batchSha256"]) == computed.digest()
            and int(batch["entryCount"]) == len(held)
            and [int(entry.get("batchPosition", 0)) for entry in held] == list(range(len(held)))
        )
        if not follows:
            raise Broken(f"batch {sequence} does not follow")
        previous = computed.digest()
    if entries:
        raise Broken(f"no batch holds the entries of batch {min(entries)}")
    return {"batches": len(books["batches"]), "entries": len(books["entries"]), "last_sha256": previous.hex()}


def main():
    try:
        print(json.dumps(verify(json.load(sys.stdin))))
    except Broken as reason:
        sys.exit(str(reason))


if __name__ == "__main__":
    main()
