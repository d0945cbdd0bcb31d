"""Reads what stands in a PDF file, and puts a copy of it where it belongs."""

import csv
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from robot.api import logger
from robot.api.deco import keyword, library

KINDS = ["Invoice", "Delivery note", "Credit note", "Contract"]
FIELDS = {
    "supplier": re.compile(r"^From: *(.+)$", re.MULTILINE),
    "date": re.compile(r"^Date: *(\d{4}-\d{2}-\d{2})$", re.MULTILINE),
    "number": re.compile(r"^Number: *(\S+)$", re.MULTILINE),
}
UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


def _clean(text):
    """A text that every file system takes as a name."""
    return UNFIT.sub(" ", text).strip(" .")[:80] or "unnamed"


@library(scope="SUITE")
class PdfPapers:
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self):
        self.ROBOT_LIBRARY_LISTENER = self
        self._rows = []
        self._folder = None

    @property
    def _place(self):
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="pdf-sorter-"))
        return self._folder

    def close(self):
        """Called by Robot Framework at the end of the suite, also when it failed or was stopped."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @keyword
    def read_paper(self, path):
        """Kind, supplier, date and number of a paper, or None when it has no text for them."""
        try:
            text = "\n".join(page.extract_text() for page in PdfReader(path).pages)
        except (PyPdfError, ValueError, KeyError) as error:
            logger.info(f"{Path(path).name}: {error}")
            return None
        logger.debug(text)
        facts = {name: found[1].strip() for name, p in FIELDS.items() if (found := p.search(text))}
        kind = next((kind for kind in KINDS if kind.lower() in text.lower()), None)
        if kind is None or len(facts) < len(FIELDS):
            return None
        return {"kind": kind, **facts}

    @keyword
    def put_paper(self, path, facts, sort_by):
        """Copies the paper to its folder under its new name and answers that place."""
        folder = {
            "supplier": facts["supplier"],
            "month": facts["date"][:7],
            "kind": facts["kind"],
        }[sort_by]
        name = f"{facts['date']} {facts['kind']} {facts['number']} {facts['supplier']}"
        return self._copy(path, _clean(folder), _clean(name))

    @keyword
    def put_unreadable_paper(self, path):
        return self._copy(path, "unsorted", Path(path).stem)

    def _copy(self, path, folder, name):
        target = self._place / folder / f"{name}.pdf"
        count = 1
        while target.exists():
            count += 1
            target = target.with_name(f"{name} ({count}).pdf")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        place = target.relative_to(self._place).as_posix()
        self._rows.append([Path(path).name, place])
        return f"{Path(path).name} → {place}"

    @keyword
    def pack_papers(self, output_dir):
        """Writes `sorted.zip` and `sorted.csv` and answers how many papers they hold."""
        output = Path(output_dir)
        with zipfile.ZipFile(output / "sorted.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for _, place in sorted(self._rows, key=lambda row: row[1]):
                packed.write(self._place / place, place)
        with open(output / "sorted.csv", "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["was", "is"])
            table.writerows(self._rows)
        return len(self._rows)
