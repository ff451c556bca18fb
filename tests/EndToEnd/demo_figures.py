"""Reads the JSON of './market demo' and asserts the figures of the reference deal (contract semantics).

Usage: market demo --json [--ramp-discount SHARE] | demo_figures.py [SHARE]
"""

import json
import sys

# By ramp discount: what is invoiced in all, what of it is firm at signing, and what is invoiced if notice is served.
TOTALS = {
    "0.5": ("45000000000.00", "1814516129.03", "12541666666.67"),
    "0": ("46250000000.00", "3064516129.03", "13791666666.67"),
}

discount = sys.argv[1] if len(sys.argv) > 1 else "0.5"
invoiced, firm, invoiced_with_notice = TOTALS[discount]
answer = json.load(sys.stdin)
notice = answer["notice_run"]
figures = {
    "ramp_discount": (answer["ramp_discount"], discount),
    "invoices": (len(answer["invoices"]), 37),
    "invoices paid": (all(invoice["paid"] for invoice in answer["invoices"]), True),
    "invoiced_total": (answer["invoiced_total"], invoiced),
    "headline_at_signing": (answer["headline_at_signing"], invoiced),
    "firm_at_signing": (answer["firm_at_signing"], firm),
    "ledger_balanced": (answer["ledger_balanced"], True),
    "oversold_kw": (answer["oversold_kw"], 0),
    "last_service_day": (notice["last_service_day"], "2027-04-01"),
    "end": (notice["end"], "2027-04-02"),
    "final_invoice_amount": (notice["final_invoice_amount"], "41666666.67"),
    "notice_run.invoiced_total": (notice["invoiced_total"], invoiced_with_notice),
    "trace_id": (len(answer["trace_id"]), 32),
    "free_kw_from_end": (notice["free_kw_from_end"], 300000),
}
wrong = [
    f"{name} is {actual!r} instead of {expected!r}"
    for name, (actual, expected) in figures.items()
    if actual != expected
]
print("\n".join(wrong) or f"The demo has the figures of the reference deal, in {answer['seconds']} s.")
sys.exit(1 if wrong else 0)
