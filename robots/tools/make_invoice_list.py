"""Makes `robots/invoices/invoices.xlsx`, the list that the robot *Invoices* reads.

Run it after a change: `python robots/tools/make_invoice_list.py` (needs openpyxl).
The same run always gives the same invoices.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from openpyxl import Workbook
from openpyxl.styles import Font

SUPPLIERS = [
    "Acme Office Supplies", "Baltic Freight", "City Power", "Delta Cleaning",
    "Elm Street Print Shop", "Fischer & Sons",
]
HEAD = ["Number", "Supplier", "Date", "Due", "Net", "Tax", "Gross", "Paid"]


def invoices():
    random = Random(2026)
    number = 4700
    for month in (8, 9, 10):
        for _ in range(12):
            number += random.randint(1, 4)
            day = date(2026, month, random.randint(1, 28))
            net = Decimal(random.randint(4_000, 240_000)) / 100
            tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
            paid = "yes" if month == 8 or random.random() < 0.4 else "no"
            yield [
                f"INV-{number}", random.choice(SUPPLIERS), day, day + timedelta(days=30),
                net, tax, net + tax, paid,
            ]


def main():
    book = Workbook()
    sheet = book.active
    sheet.title = "Invoices"
    sheet.append(HEAD)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in invoices():
        sheet.append(row)
        for cell in sheet[sheet.max_row][2:4]:
            cell.number_format = "yyyy-mm-dd"
        for cell in sheet[sheet.max_row][4:7]:
            cell.number_format = "#,##0.00"
    for letter, width in zip("ABCDEFGH", (12, 24, 12, 12, 12, 12, 12, 8)):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    book.save(Path(__file__).parent.parent / "invoices" / "invoices.xlsx")


if __name__ == "__main__":
    main()
