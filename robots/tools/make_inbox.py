"""Makes `robots/pdf-sorter/inbox/`, the papers that the robot *PDF sorter* sorts.

Run it after a change: `python robots/tools/make_inbox.py` (standard library only).
The same run always gives the same bytes.
"""

from pathlib import Path

PAPERS = {
    "scan_0001": ("Invoice", "Acme Office Supplies", "2026-09-03", "INV-4711", "Paper A4, 25 boxes"),
    "scan_0002": ("Delivery note", "Baltic Freight", "2026-09-08", "DN-2093", "3 pallets, gate 4"),
    "scan_0003": ("Invoice", "Baltic Freight", "2026-09-10", "INV-2093", "Freight Riga - Hamburg"),
    "scan_0004": ("Contract", "Delta Cleaning", "2026-09-15", "C-118", "Cleaning, Monday to Friday"),
    "scan_0005": ("Credit note", "Acme Office Supplies", "2026-10-01", "CN-0034", "2 boxes damaged"),
    "IMG 20261004": ("Invoice", "City Power", "2026-10-04", "INV-88120", "Electricity, September"),
    "document(1)": ("Invoice", "Delta Cleaning", "2026-10-12", "INV-1180", "Cleaning, October"),
    "document(2)": ("Delivery note", "Elm Street Print Shop", "2026-10-19", "DN-77/3", "500 cards"),
    "unnamed": None,
}


def pdf(lines):
    """The smallest complete PDF file with these lines of text on one page."""
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    shown = " T* ".join(f"({line}) Tj" for line in escaped)
    content = f"BT /F1 14 Tf 20 TL 60 760 Td {shown} ET" if lines else "0.8 g 60 400 200 300 re f"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return out


def main():
    folder = Path(__file__).parent.parent / "pdf-sorter" / "inbox"
    folder.mkdir(parents=True, exist_ok=True)
    for name, paper in PAPERS.items():
        lines = []
        if paper:
            kind, supplier, day, number, text = paper
            lines = [kind, "", f"From: {supplier}", f"Date: {day}", f"Number: {number}", "", text]
        (folder / f"{name}.pdf").write_bytes(pdf(lines))


if __name__ == "__main__":
    main()
