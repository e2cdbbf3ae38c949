"""Pick lists as PDF, by ReportLab."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph, Table, TableStyle

from rilascio.language import _
from rilascio.printing import HEADINGS, PickLine, PickList, below, cells

_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=11)
_RIGHT = ParagraphStyle("right", parent=_TEXT, alignment=2)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=7.5, leading=9)
_REFERENCE = ParagraphStyle("reference", parent=_TEXT, fontName="Helvetica-Bold", fontSize=20, leading=26)
_BOLD = ParagraphStyle("bold", parent=_TEXT, fontName="Helvetica-Bold")

_MARGIN = 15 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_COLUMNS = [6 * mm, 9 * mm, 62 * mm, 24 * mm, 21 * mm, 19 * mm, 20 * mm, 19 * mm]
_LINES = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
)
_HEAD = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])


class _Box(Flowable):  # type: ignore[misc]  # ReportLab has no types
    """An empty box to tick."""

    def __init__(self) -> None:
        super().__init__()
        self.width = self.height = 3.5 * mm

    def draw(self) -> None:
        self.canv.rect(0, 0, self.width, self.height)


class _Numbered(Flowable):  # type: ignore[misc]
    """Names the order whose pages begin here."""

    def __init__(self, reference: str) -> None:
        super().__init__()
        self.reference = reference

    def draw(self) -> None:
        self.canv.order, self.canv.order_begins = self.reference, self.canv.getPageNumber()


def render(lists: Sequence[PickList]) -> bytes:
    """Return the file. Characters that the fonts of every PDF reader lack are replaced by similar ones."""
    file = io.BytesIO()
    document = BaseDocTemplate(
        file,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=_("Pick list {orders}", orders=", ".join(one.reference for one in lists)),
    )
    frame = Frame(_MARGIN, _MARGIN, _WIDTH, A4[1] - 2 * _MARGIN, leftPadding=0, rightPadding=0)
    document.addPageTemplates(PageTemplate(frames=[frame], onPageEnd=_footer))
    story: list[Any] = []
    for one in lists:
        story += [*([PageBreak()] if story else []), *_page(one)]
    document.build(story)
    return file.getvalue()


def _footer(canvas: Any, _document: Any) -> None:
    canvas.setFont("Helvetica", 8)
    page = canvas.getPageNumber() - canvas.order_begins + 1
    canvas.drawRightString(A4[0] - _MARGIN, _MARGIN / 2, _("{order}, page {page}", order=canvas.order, page=page))


def _page(one: PickList) -> list[Any]:
    fields = Table(
        [[_paragraph(name, _TEXT), _paragraph(value, _TEXT)] for name, value in one.fields],
        colWidths=[24 * mm, 76 * mm],
        style=_HEAD,
        hAlign="LEFT",
    )
    code = Code128(one.reference, barHeight=15 * mm, barWidth=0.33 * mm, humanReadable=True)
    head = Table(
        [[[_paragraph(one.reference, _REFERENCE), fields], code]],
        colWidths=[_WIDTH - code.width, code.width],
        style=_HEAD,
    )
    rows = [[_paragraph(_(heading), _BOLD) for heading in HEADINGS], *map(_line, one.lines)]
    lines: Any = Table(rows, colWidths=_COLUMNS, style=_LINES, repeatRows=1)
    return [_Numbered(one.reference), head, lines if one.lines else _paragraph(_("Nothing is to be picked."), _TEXT)]


def _line(line: PickLine) -> list[Any]:
    number, item, quantity, *others = cells(line)
    return [
        _Box(),
        _paragraph(number, _TEXT),
        [_paragraph(item, _TEXT), _paragraph(below(line), _SMALL)],
        _paragraph(quantity, _RIGHT),
        *(_paragraph(text, _TEXT) for text in others),
    ]


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text.encode("cp1252", "similar").decode("cp1252")), style)
