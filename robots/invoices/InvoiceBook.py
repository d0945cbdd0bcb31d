"""Reads the list of invoices and writes the summary workbook.

Amounts are `Decimal` throughout: money is never a binary fraction.
"""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from robot.api import logger
from robot.api.deco import keyword, library

COLUMNS = ["Number", "Supplier", "Date", "Due", "Net", "Tax", "Gross", "Paid"]
MONEY = "#,##0.00"
CENT = Decimal("0.01")


def _money(value):
    return Decimal(str(value)).quantize(CENT)


def _day(value):
    return value.date() if isinstance(value, datetime) else value


@library(scope="SUITE")
class InvoiceBook:
    def __init__(self):
        self._rows = []

    @keyword
    def open_invoice_list(self, path):
        """Reads the first sheet and answers how many invoices it has."""
        sheet = load_workbook(path, read_only=True, data_only=True).active
        rows = sheet.iter_rows(values_only=True)
        head = list(next(rows, ()))
        if head[: len(COLUMNS)] != COLUMNS:
            raise AssertionError(
                f"{Path(path).name} must begin with the columns {', '.join(COLUMNS)}; found: {head}"
            )
        self._rows = [self._invoice(row) for row in rows if row[0] is not None]
        return len(self._rows)

    @staticmethod
    def _invoice(row):
        number, supplier, day, due, net, tax, gross, paid = row[: len(COLUMNS)]
        return {
            "number": str(number),
            "supplier": supplier,
            "date": _day(day),
            "due": _day(due),
            "net": _money(net),
            "tax": _money(tax),
            "gross": _money(gross),
            "paid": paid == "yes",
        }

    @keyword
    def find_invoices(self, month, include_paid: bool = True, due_until: date | None = None):
        """The invoices of a month, oldest first."""
        found = []
        for invoice in self._rows:
            if f"{invoice['date']:%Y-%m}" != month:
                continue
            if invoice["paid"] and not include_paid:
                continue
            if due_until and not invoice["paid"] and invoice["due"] > due_until:
                logger.info(f"Invoice {invoice['number']} is due on {invoice['due']}: left out.")
                continue
            found.append(invoice)
        return sorted(found, key=lambda invoice: (invoice["date"], invoice["number"]))

    @keyword
    def total_by_supplier(self, invoices):
        totals = {}
        for invoice in invoices:
            total = totals.setdefault(
                invoice["supplier"], {"count": 0, "gross": Decimal(0), "open": Decimal(0)}
            )
            total["count"] += 1
            total["gross"] += invoice["gross"]
            if not invoice["paid"]:
                total["open"] += invoice["gross"]
        return dict(sorted(totals.items()))

    @keyword
    def write_summary_workbook(self, path, title, month, invoices, totals, limit: float):
        """Three sheets: totals of each supplier, the invoices, those above the limit."""
        limit = Decimal(str(limit))
        book = Workbook()
        summary = book.active
        summary.title = "Summary"
        summary.append([f"{title}: {month}"])
        summary["A1"].font = Font(bold=True, size=14)
        summary.append([])
        self._table(
            summary,
            ["Supplier", "Invoices", "Gross", "Open"],
            [[name, t["count"], t["gross"], t["open"]] for name, t in totals.items()],
        )
        last = summary.max_row
        summary.append(
            ["Total", f"=SUM(B4:B{last})", f"=SUM(C4:C{last})", f"=SUM(D4:D{last})"]
        )
        for cell in summary[summary.max_row]:
            cell.font = Font(bold=True)
            cell.number_format = MONEY if cell.column > 2 else "0"

        everything = book.create_sheet("Invoices")
        self._table(everything, COLUMNS, [self._row(invoice) for invoice in invoices])
        dear = book.create_sheet("Above the limit")
        self._table(
            dear, COLUMNS, [self._row(invoice) for invoice in invoices if invoice["gross"] > limit]
        )
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        book.save(path)
        return Path(path).name

    @staticmethod
    def _row(invoice):
        return [
            invoice["number"], invoice["supplier"], invoice["date"], invoice["due"],
            invoice["net"], invoice["tax"], invoice["gross"], "yes" if invoice["paid"] else "no",
        ]

    @staticmethod
    def _table(sheet, head, rows):
        sheet.append(head)
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="DDE1E7")
            cell.alignment = Alignment(horizontal="center")
        for row in rows:
            sheet.append(row)
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, Decimal):
                    cell.number_format = MONEY
                elif isinstance(cell.value, date):
                    cell.number_format = "yyyy-mm-dd"
        for column, name in enumerate(head, start=1):
            letter = sheet.cell(row=1, column=column).column_letter
            sheet.column_dimensions[letter].width = 24 if name == "Supplier" else 13
