"""`rilascio pick-list`: pick lists on paper, on the demo factory, as an operator; PDF and barcodes are read back."""

from __future__ import annotations

import importlib.util
import io
import re
import shlex
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from barcode.charsets.code128 import CODES, STOP
from pypdf import PdfReader

from rilascio.folders import demo_folder
from rilascio.printing import PickLine, PickList, html, pdf
from tests.clients.test_cli_orders import answers, rilascio

LOADED = ("demo", demo_folder())


@pytest.fixture(autouse=True)
def operator(rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the factory's database in RILASCIO_DSN, for an operator."""
    monkeypatch.setenv("RILASCIO_DSN", rilascio_login())


def written(folder: Path, *arguments: str, kind: str = "pdf") -> bytes:
    """Return the file that the command writes."""
    file = folder / f"picks.{kind}"
    result = rilascio("pick-list", *arguments, "--output", str(file))
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"Wrote {file}: ")
    return file.read_bytes()


def pages(content: bytes) -> list[str]:
    """Return the words of each page of a PDF, a space between any two."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def decoded(widths: Sequence[tuple[float, float]]) -> str:
    """Return what bars say in Code 128, by the places where they begin and their widths; its check sum is right."""
    narrow = min(width for _, width in widths)
    begin = widths[0][0]
    modules = ["0"] * round((widths[-1][0] + widths[-1][1] - begin) / narrow)
    for place, width in widths:
        for module in range(round((place - begin) / narrow), round((place - begin + width) / narrow)):
            modules[module] = "1"
    text = "".join(modules)
    assert text.endswith(f"{STOP}11")
    start, *data, check = (CODES.index(text[at : at + 11]) for at in range(0, len(text) - 13, 11))
    assert check == (start + sum(place * value for place, value in enumerate(data, 1))) % 103
    letters, found = start == 104, ""
    for value in data:
        if value in (99, 100):
            letters = value == 100
        else:
            found += chr(value + 32) if letters else f"{value:02}"
    return found


def barcode_of(page: str) -> str:
    """Return what the barcode of a page of HTML says."""
    figure = page.partition("<svg")[2].partition("</svg>")[0]
    return decoded([(float(x), float(w)) for x, w in re.findall(r'<rect x="(\d+)" width="(\d+)"', figure)])


LINES = [
    PickLine(1, "NUT", "Nut & bolt, Łódź → ½", Decimal("12.50"), "PC", "MAIN", "A1", "L-1", "", None),
    PickLine(2, "PIN", "", Decimal(3), "", "YARD", "", "", "B1: 4", date(2026, 11, 23)),
]


def a_list(reference: str = "2026/24", lines: Sequence[PickLine] = tuple(LINES)) -> PickList:
    return PickList(reference, [("Item", "BIKE <City>")], lines)


# --- what is on it ---------------------------------------------------------------------------------------------------


def test_a_launched_order_is_picked_from_where_its_release_would_issue(tmp_path: Path) -> None:
    first, second = pages(written(tmp_path, "2026/24", "2026/46"))
    assert first.startswith("2026/24 Company Officine Valmora")
    assert "Item EM-2010 RED Aurora 2 groups, volumetric Quantity 6 pc Status launched Start 2026-09-25" in first
    assert "7 FM-0100 Flow meter 12 pc MI-RM A02 5 PU-0200 Rotary pump 200 l/h 6 pc MI-RM B01" in first
    assert "1 FR-2000 Frame 2 and 3 groups, welded 6 pc MI-SF" in first  # picked with a list: no release issues it
    assert "UM-0001" not in first  # it does not move
    assert "1 BR-0510 Brass bar CW510L, 60 mm 45.900 kg BS-RM H-2603 2 SP-5800" in second
    assert "BT-0001" not in second  # a by-product
    assert [page.endswith(f"2026/{n}, page 1") for page, n in ((first, 24), (second, 46))] == [True, True]


def test_a_released_order_is_picked_from_where_its_release_issued(tmp_path: Path) -> None:
    assert rilascio("release", "2026/46", "--record-date", "2026-11-23").exit_code == 0
    [page] = pages(written(tmp_path, "2026/46"))
    assert "Status executive" in page
    assert "1 BR-0510 Brass bar CW510L, 60 mm 45.900 kg BS-RM H-2603 2026-11-23 2 SP-5800" in page
    rilascio("restore", "2026/46")
    assert "2026-11-23" not in pages(written(tmp_path, "2026/46"))[0]


def test_R13_what_a_by_product_takes_from_its_counterpart_is_not_picked(rilascio_database: str, tmp_path: Path) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        connection.execute("update erp.production_parameter set allow_negative_stock = true")
        connection.execute("update erp.warehouse set allow_negative_stock = true where warehouse_code = 'BS-RM'")
        connection.execute(
            """
            update erp.movement_reason as r
            set counterpart_warehouse_id = c.warehouse_id, counterpart_movement_reason_id = c.movement_reason_id
            from erp.movement_reason as c
            where
                (r.company_id, r.reason_code) = (c.company_id, 'CA') and c.reason_code = 'SCP'
                and c.warehouse_id = (select w.warehouse_id from erp.warehouse as w where w.warehouse_code = 'BS-RM')
                and r.warehouse_id = (select w.warehouse_id from erp.warehouse as w where w.warehouse_code = 'BS-SC')
            """
        )
    assert "BT-0001" not in pages(written(tmp_path, "2026/46"))[0]
    moved = answers("release", "2026/46", "--record-date", "2026-11-23")
    assert [row["movement_count"] for row in moved] == [4]  # two issues, and the by-product on two sides
    assert "BT-0001" not in pages(written(tmp_path, "2026/46"))[0]


def test_what_stock_does_not_cover_is_on_the_list_with_the_places_in_which_it_lies(tmp_path: Path) -> None:
    [page] = pages(written(tmp_path, "2026/126"))
    assert "7 EV-0450 Proportional valve, new series 60 pc MI-RM" in page
    assert re.search(r"8 SC-0616 Screw M6 x 16 \(RACK: \d+\) 780 pc SMALL", page)


def test_the_orders_of_a_run_come_as_they_are_released_still(tmp_path: Path) -> None:
    rows = answers("release", "2026/24", "2026/46", "--record-date", "2026-11-23")
    run = str(rows[0]["run_id"])
    assert len(pages(written(tmp_path, "--run", run))) == 2
    rilascio("restore", "2026/24")
    assert [page[:7] for page in pages(written(tmp_path, "--run", run))] == ["2026/46"]
    rilascio("restore", "2026/46")
    result = rilascio("pick-list", "--run", run, "--output", str(tmp_path / "none.pdf"))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: Of run {run} no order is released any more.\nHint: ")
    assert not (tmp_path / "none.pdf").exists()


def test_the_day_of_a_planner_can_be_typed_from_top_to_bottom() -> None:
    how_to = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "planner.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```$", how_to, re.MULTILINE | re.DOTALL)
    typed = [line for block in blocks for line in re.findall(r"^(?:\$ )?rilascio (.*)$", block, re.MULTILINE)]
    assert len(typed) >= 9
    for line in typed:
        result = rilascio(*shlex.split(line))
        assert result.exit_code == 0, f"rilascio {line}\n{result.output}"


# --- what it looks like ----------------------------------------------------------------------------------------------


def test_html_has_a_page_for_each_order_and_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    text = written(tmp_path, "2026/24", "2026/46", kind="html").decode("utf-8")
    assert not re.search(r"https?:|src=|href=|url\(|@import|<script", text)
    _, *sections = text.split("<section>")
    assert [barcode_of(section) for section in sections] == ["2026/24", "2026/46"]
    assert sections[0].count('class="box"') == 11
    assert "<td>MI-RM</td><td>A02</td>" in sections[0]


@pytest.mark.parametrize("reference", ["2026/24", "2026/126/1", "2026/1"])
def test_the_barcode_says_the_number_of_the_order(reference: str) -> None:
    assert barcode_of(html.render([a_list(reference)]).decode()) == reference
    content = PdfReader(io.BytesIO(pdf.render([a_list(reference)]))).pages[0].get_contents()
    assert content is not None
    drawn = re.findall(r"([\d.]+) [\d.]+ ([\d.]+) ([\d.]+) re f", content.get_data().decode("latin-1"))
    height = max(float(h) for _, _, h in drawn)
    assert decoded([(float(x), float(w)) for x, w, h in drawn if float(h) == height]) == reference


def test_texts_are_shown_as_they_are() -> None:
    text = html.render([a_list()]).decode()
    assert "BIKE &lt;City&gt;" in text
    assert "Nut &amp; bolt, Łódź → ½" in text
    assert "<small>(B1: 4)</small>" in text
    [page] = pages(pdf.render([a_list()]))
    assert "BIKE <City>" in page
    assert "1 NUT Nut & bolt, ?ódz ? ½ 12.50 PC MAIN A1 L-1 2 PIN (B1: 4) 3 YARD 2026-11-23" in page


def test_a_list_longer_than_a_page_goes_on_under_the_same_headings() -> None:
    first, second, other = pages(pdf.render([a_list(lines=LINES * 25), a_list("2026/25", lines=[])]))
    assert first.endswith("2026/24, page 1")
    assert second.startswith("Line Item Quantity Warehouse Location Lot Issued ")
    assert second.endswith("2026/24, page 2")
    assert "Nothing is to be picked." in other
    assert other.endswith("2026/25, page 1")
    assert "Nothing is to be picked." in html.render([a_list(lines=[])]).decode()


# --- what is wrong with a call ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["2026/24", "--output", "picks.doc"], 2, "picks.doc is neither a PDF nor an HTML file."),
        (["--output", "picks.pdf"], 2, "No order is named."),
        (["2026/24", "--run", "1", "--output", "picks.pdf"], 2, "Orders are named and chosen by a run at once."),
        (["2026/999", "--output", "picks.pdf"], 1, "Company DEMO has no order 2026/999."),
        (["2026/24", "--output", "/nowhere/picks.pdf"], 1, "/nowhere/picks.pdf: No such file or directory."),
    ],
)
def test_a_pick_list_that_cannot_be_is_told_in_a_sentence(arguments: list[str], code: int, sentence: str) -> None:
    result = rilascio("pick-list", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(f"Error: {sentence}\n")


def test_without_what_makes_them_the_hint_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "reportlab" else find(name))
    result = rilascio("pick-list", "2026/24", "--output", "picks.pdf")
    assert result.exit_code == 1
    assert "Pick lists are made by ReportLab, which is not installed.\nHint: Run " in result.stderr
    assert "-m pip install 'reportlab>=" in result.stderr
