"""What a file of contacts may be, and the error that says what is wrong with one. Pure."""

MOST_BYTES = 5 * 1024 * 1024
MOST_LINES = 20_000
MOST_COLUMNS = 100
# A workbook is a zip: what it may hold unpacked. Twenty thousand full lines are about 20 MB.
MOST_UNPACKED = 50 * 1024 * 1024
MOST_TEXTS = 20 * 1024 * 1024
MOST_PARTS = 500
LONGEST_CELL = 5_000

Line = tuple[int, list[str]]  # where it begins in the file, as an editor or a spreadsheet counts; and its cells


class ImportFileError(ValueError):
    """The file cannot be read; the message says why, and what to do, in French."""


class Lines:
    """Lines while they are read: blank ones are left out, and the limits are kept."""

    def __init__(self) -> None:
        """Begin with none."""
        self.all: list[Line] = []

    def add(self, number: int, cells: list[str]) -> None:
        """Take one line. Raises ImportFileError when it is one, or one cell, too many."""
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            return
        if len(cells) > MOST_COLUMNS:
            raise ImportFileError(f"Ligne {number} : plus de {MOST_COLUMNS} colonnes. Gardez celles à importer.")
        if max(map(len, cells)) > LONGEST_CELL:
            raise ImportFileError(
                f"Ligne {number} : une case dépasse {LONGEST_CELL} caractères. Un guillemet n'est peut-être pas fermé."
            )
        if len(self.all) > MOST_LINES:
            raise ImportFileError(f"Le fichier a plus de {MOST_LINES} lignes : partagez-le en plusieurs.")
        self.all.append((number, cells))


def tidy(text: str) -> str:
    """Return a cell's text without spaces around it, nor characters that nobody sees. Line breaks stay."""
    if text.isprintable():
        return text.strip()
    kept = (c if c.isprintable() or c == "\n" else " " if c.isspace() else "" for c in text.replace("\r\n", "\n"))
    return "".join(kept).strip()
