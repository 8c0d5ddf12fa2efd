"""A4 pages in Chinese: fonts, header, footer, headings, tables whose headings come again on every page.

The same programme gives the same bytes: the date of creation is that of the publication, never the clock's.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from fpdf import FPDF
from fpdf.enums import Align, VAlign
from fpdf.fonts import FontFace, TTFFont

from matching.publishing.programme.fonts import find_fonts
from matching.publishing.programme.programme import Programme
from matching.publishing.programme.words import dated_words, programme_words, revision_words

GREY, LIGHT, RED, HEAD = (90, 90, 90), (243, 243, 243), (176, 0, 32), (220, 230, 241)
MARGIN = 14.0
"""Millimetres on every side."""

_FAMILY = "chinese"
_MISSING = "□"  # every Chinese font has it: it is in GB 2312
_PADDING = 1.4  # of a cell, mm
_SLACK = 0.5  # mm, so that rounding tears no line that was found to fit
_LINE = 1.35  # distance of lines, in heights of the letters
_MM_PER_POINT = 25.4 / 72

# Closing signs stay with what is before them, opening ones with what follows, and Latin words stay whole
# (W3C, Requirements for Chinese Text Layout, section 3.1.3).
_UNIT = re.compile(r"[（《〈「『【“‘(\[]*(?:[A-Za-z0-9_.@&+/%#~-]+|.)[，。、；：！？）》〉」』】”’…·,;:!?)\]]*[ ]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: its heading, its width in mm, where its text stands."""

    heading: str
    width: float
    align: Align = Align.L


class Paper(FPDF):
    """A document about a programme; `document` is its code in `words/programme.toml`."""

    def __init__(
        self, programme: Programme, document: str, language: str, *, headed: bool = True, landscape: bool = False
    ) -> None:
        super().__init__("landscape" if landscape else "portrait", format="A4")
        fonts = find_fonts()
        self.programme, self.language = programme, language
        self._name = programme_words("document", document, language)
        self._headed = headed
        self.add_font(_FAMILY, "", fonts.plain.path, collection_font_number=fonts.plain.number)
        self.add_font(_FAMILY, "B", fonts.bold.path, collection_font_number=fonts.bold.number)
        self.set_creation_date(programme.dated_at)
        self.set_title(f"{programme.title} {self._name}")
        self.set_lang("zh-CN" if language.startswith("zh") else "en")
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, 18 if headed else 0)
        self.letters(11)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files of the fonts, whether the document was finished or not."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def finished(self) -> bytes:
        """The document; where nothing was put on it, a page that says so."""
        if not self.pages:
            self.add_page()
            self.heading(self.programme.title, programme_words("say", "nothing", self.language))
        return bytes(self.output())

    def normalize_text(self, text: str) -> str:
        """The text as the font can print it: □ for a letter that it lacks, so that no name is left out unseen."""
        font = self.current_font
        if not isinstance(font, TTFFont):
            return super().normalize_text(text)
        return "".join(c if ord(c) in font.cmap or c == "\n" else _instead(c) for c in text)

    def letters(self, points: float, *, bold: bool = False, color: tuple[int, int, int] = (0, 0, 0)) -> None:
        """Size, weight and colour of what comes next."""
        self.set_font(_FAMILY, "B" if bold else "", points)
        self.set_text_color(*color)

    def header(self) -> None:
        """Whose document it is, at the top of every page; a draft says so in red."""
        if not self._headed:
            return
        draft = self.programme.stage == "draft"
        said = f"{self._name} · {revision_words(self.programme, self.language)}"
        if draft:
            said += f" · {programme_words('stage', 'draft', self.language)}"
        self.set_y(8)
        self.letters(9, color=RED if draft else GREY)
        room = self.epw - self.get_string_width(said) - 4
        self.cell(self.epw, 5, said, align=Align.R)
        self.letters(9, color=GREY)
        self.set_x(self.l_margin)
        self.cell(room, 5, self.cut(self.programme.title, room))
        self.set_draw_color(*GREY)
        self.line(self.l_margin, 14, self.w - self.r_margin, 14)
        self.set_draw_color(0)
        self.set_y(18)

    def footer(self) -> None:
        """The date and the page, at the foot of every page."""
        if not self._headed:
            return
        self.set_y(-12)
        self.letters(9, color=GREY)
        self.cell(self.epw / 2, 5, dated_words(self.programme, self.language))
        # How many pages there will be is not known yet: the room is measured with this page's own number.
        page, pages = self.page_no(), self.str_alias_nb_pages
        measured = programme_words("say", "page", self.language, page=page, pages=page)
        self.set_x(self.w - self.r_margin - self.get_string_width(measured) - 2 * self.c_margin)
        self.cell(None, 5, programme_words("say", "page", self.language, page=page, pages=pages))

    def heading(self, text: str, about: str) -> None:
        """A title over the page's width, and a line about it."""
        self.letters(18, bold=True)
        self.text_block(text, 8.5)
        self.letters(11, color=GREY)
        self.text_block(about, 6)
        self.ln(2)
        self.letters(11)

    def text_block(self, text: str, line_height: float) -> None:
        """Text over the page's width, as many lines as it needs."""
        self.multi_cell(
            self.epw, line_height, "\n".join(self.lines(text, self.epw - 2 * self.c_margin)), align=Align.L,
            new_x="LMARGIN", new_y="NEXT",
        )  # fmt: skip

    def lines(self, text: str, width: float) -> list[str]:
        """The text in lines of at most `width` mm in the letters of now; a line break in it stays one."""
        found = []
        for paragraph in text.split("\n"):
            line = ""
            for unit in self._units(paragraph, width):
                if line and self.get_string_width((line + unit).rstrip()) > width:
                    found.append(line.rstrip())
                    line = ""
                line += unit
            found.append(line.rstrip())
        return found

    def cut(self, text: str, width: float) -> str:
        """The text, or its beginning and … where it is wider than `width` mm."""
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(text + "…") > width:
            text = text[:-1]
        return text.rstrip() + "…"

    def fit(
        self, text: str, *, width: float, height: float, largest: float, smallest: float, bold: bool = False
    ) -> tuple[float, list[str]]:
        """The largest letters (in points, between the two) in which the text stands in a box of mm, and its lines.

        The letters are set. What is too long even in the smallest is cut, and ends with ….
        """
        points = largest
        while True:
            self.letters(points, bold=bold)
            lines = self.lines(text, width)
            most = max(1, int(height / self.step(points)))
            if len(lines) <= most:
                return points, lines
            if points <= smallest:
                return points, [*lines[: most - 1], self.cut("".join(lines[most - 1 :]), width)]
            points = max(smallest, points - 1)

    def step(self, points: float) -> float:
        """Distance of lines in mm."""
        return points * _MM_PER_POINT * _LINE

    def rows(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[str]],
        *,
        band: str | None = None,
        faint: Iterable[int] = (),
        points: float = 10,
        height: float = 0,
    ) -> None:
        """A table over the page's width; its headings, and the `band` above them, come again on every page.

        Args:
            columns: their widths add up to the page's.
            faint: numbers of the rows that stand back.
            height: mm that a row takes at least.
        """
        self._keep_room(30 + height)
        self.letters(points)
        faint = set(faint)
        with self.table(
            col_widths=[column.width for column in columns],
            width=self.epw,
            line_height=self.step(points),
            padding=_PADDING,
            text_align=[column.align for column in columns],
            v_align=VAlign.M,
            headings_style=FontFace(emphasis="BOLD", fill_color=HEAD),
            num_heading_rows=1 if band is None else 2,
            min_row_height=height or None,
        ) as table:
            if band is not None:
                self.letters(points, bold=True)
                table.row().cell(
                    "\n".join(self.lines(band, self.epw - 2 * _PADDING - 0.5)), colspan=len(columns), align=Align.L
                )
            self.letters(points, bold=True)
            heads = table.row()
            for column in columns:
                heads.cell(self._wrapped(column.heading, column), align=Align.C)
            self.letters(points)
            for number, cells in enumerate(rows):
                row = table.row(style=FontFace(color=GREY, fill_color=LIGHT) if number in faint else None)
                for column, cell in zip(columns, cells, strict=True):
                    row.cell(self._wrapped(cell, column))
        self.ln(5)

    def _wrapped(self, text: str, column: Column) -> str:
        return "\n".join(self.lines(text, column.width - 2 * _PADDING - _SLACK))

    def _keep_room(self, height: float) -> None:
        """A new page where less than `height` mm are left."""
        if self.will_page_break(height):
            self.add_page()

    def _units(self, text: str, width: float) -> Iterable[str]:
        """What may not be torn, unless it is wider than a line."""
        for unit in _UNIT.findall(text):
            if self.get_string_width(unit.rstrip()) <= width:
                yield unit
            else:
                yield from unit


def _instead(letter: str) -> str:
    """What stands for a letter that the font lacks: nothing for marks and joiners, which take no room of their own."""
    return "" if unicodedata.category(letter) in ("Mn", "Me", "Cf") else _MISSING
