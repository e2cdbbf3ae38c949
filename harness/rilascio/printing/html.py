"""Pick lists as one HTML file, which needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rilascio.language import ENGLISH, _, spoken
from rilascio.printing import HEADINGS, PickLine, PickList, bars, below, cells

_STYLE = """
@page { size: A4; margin: 15mm }
body { font: 10pt sans-serif; margin: 0 }
section { break-after: page; padding: 4mm }
header { display: flex; justify-content: space-between; align-items: flex-start }
h1 { font-size: 20pt; margin: 0 0 3mm }
dl { display: grid; grid-template-columns: max-content auto; gap: 0 4mm; margin: 0 0 4mm }
dd { margin: 0 }
table { border-collapse: collapse; width: 100% }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { border-bottom: 0.3mm solid #999; padding: 1mm 2mm 1mm 0; text-align: left; vertical-align: top }
td:nth-child(4) { text-align: right; white-space: nowrap }
small { display: block; color: #333 }
.box { display: inline-block; width: 4mm; height: 4mm; border: 0.4mm solid black }
figure { margin: 0; text-align: center }
"""


def render(lists: Sequence[PickList]) -> bytes:
    """Return the file, in UTF-8."""
    pages = "\n".join(map(_page, lists))
    return (
        f'<!doctype html>\n<html lang="{spoken() or ENGLISH}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(_('Pick list {orders}', orders=', '.join(one.reference for one in lists)))}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{pages}\n</body>\n</html>\n"
    ).encode()


def _page(one: PickList) -> str:
    fields = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in one.fields)
    headings = "".join(f"<th>{escape(_(heading))}</th>" for heading in HEADINGS)
    lines = "\n".join(map(_line, one.lines)) or (
        f'<tr><td colspan="{len(HEADINGS)}">{escape(_("Nothing is to be picked."))}</td></tr>'
    )
    return (
        f"<section>\n<header><div><h1>{escape(one.reference)}</h1><dl>{fields}</dl></div>"
        f"<figure>{barcode(one.reference)}<figcaption>{escape(one.reference)}</figcaption></figure></header>\n"
        f"<table>\n<thead><tr>{headings}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>\n</section>"
    )


def _line(line: PickLine) -> str:
    number, item, *others = map(escape, cells(line))
    rest = "".join(f"<td>{text}</td>" for text in others)
    return (
        f'<tr><td><span class="box"></span></td><td>{number}</td>'
        f"<td>{item}<small>{escape(below(line))}</small></td>{rest}</tr>"
    )


def barcode(text: str) -> str:
    """Return a text as a Code 128 in SVG."""
    quiet, place, drawn = 10, 10, []
    for number, width in enumerate(bars(text)):
        if number % 2 == 0:
            drawn.append(f'<rect x="{place}" width="{width}" height="40"/>')
        place += width
    total = place + quiet
    return (
        f'<svg role="img" aria-label="{escape(text)}" width="{total * 0.33:.1f}mm" height="15mm"'
        f' viewBox="0 0 {total} 40" preserveAspectRatio="none">{"".join(drawn)}</svg>'
    )
