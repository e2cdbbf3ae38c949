"""The pictures of the form in the documents are taken on a way that still leads through the form."""

from __future__ import annotations

from pathlib import Path

from harness.dev.web_form import Form
from harness.dev.web_pictures import FOLDER, PICTURES, take_pictures

MOST_BYTES = 150_000


def test_the_pictures_of_the_documents_are_those_that_are_taken_and_each_is_shown(form: Form, tmp_path: Path) -> None:
    take_pictures(form, tmp_path)
    taken = {picture.name for picture in tmp_path.glob("*.png")}
    assert taken == {f"{name}.png" for name in PICTURES}
    kept = {picture.name: picture.stat().st_size for picture in FOLDER.glob("web-*.png")}
    assert {*kept} == taken
    assert max(kept.values()) <= MOST_BYTES
    page = (FOLDER / "web.md").read_text(encoding="utf-8")
    assert [name for name in taken if f"]({name})" not in page] == []
    assert f"](docs/how-to/{PICTURES[0]}.png)" in (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
