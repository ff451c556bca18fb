"""Reads the JSON of './market demo' and asserts the figures of the reference deal (contract semantics).

Usage: market demo --json | demo_figures.py
"""

import json
import sys

answer = json.load(sys.stdin)
notice = answer["notice_run"]
figures = {
    "invoices": (len(answer["invoices"]), 37),
    "invoices paid": (all(invoice["paid"] for invoice in answer["invoices"]), True),
    "invoiced_total": (answer["invoiced_total"], "45000000000.00"),
    "headline_at_signing": (answer["headline_at_signing"], "45000000000.00"),
    "firm_at_signing": (answer["firm_at_signing"], "1814516129.03"),
    "ledger_balanced": (answer["ledger_balanced"], True),
    "oversold_kw": (answer["oversold_kw"], 0),
    "last_service_day": (notice["last_service_day"], "2027-04-01"),
    "end": (notice["end"], "2027-04-02"),
    "final_invoice_amount": (notice["final_invoice_amount"], "41666666.67"),
    "notice_run.invoiced_total": (notice["invoiced_total"], "12541666666.67"),
    "free_kw_from_end": (notice["free_kw_from_end"], 300000),
}
wrong = [
    f"{name} is {actual!r} instead of {expected!r}"
    for name, (actual, expected) in figures.items()
    if actual != expected
]
print("\n".join(wrong) or f"The demo has the figures of the reference deal, in {answer['seconds']} s.")
sys.exit(1 if wrong else 0)
