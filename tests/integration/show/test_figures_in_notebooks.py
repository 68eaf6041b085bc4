"""Figures reach a notebook once, and their words come along into its exports."""

from __future__ import annotations

import copy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbconvert import HTMLExporter


class Images(HTMLParser):
    """Collects the images of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append(dict(attrs))


AWKWARD = 'Order "맵기" & <b>co</b>: 3 > 2'
CELL = f"""
from matplotlib.figure import Figure
from labkit.show.picture import picture
picture(Figure(), {AWKWARD!r})
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A notebook with one figure, run by papermill."""
    folder: Path = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "in.ipynb")
    papermill.execute_notebook(
        folder / "in.ipynb", folder / "out.ipynb", progress_bar=False, kernel_name="python3"
    )
    return nbformat.read(folder / "out.ipynb", as_version=4)


def test_a_cell_shows_its_figure_once(ran: Any) -> None:
    (output,) = ran.cells[0].outputs
    assert output.output_type == "execute_result"
    assert set(output.data) == {"text/html", "image/png", "text/plain"}
    assert output.data["text/plain"] == AWKWARD


def test_alt_text_survives_the_export_to_html(ran: Any) -> None:
    page, _ = HTMLExporter().from_notebook_node(ran)
    (image,) = Images(page).found
    assert image["alt"] == AWKWARD
    assert (image["src"] or "").startswith("data:image/png;base64,")


def test_alt_text_survives_in_the_metadata_of_the_png(ran: Any) -> None:
    without_html = copy.deepcopy(ran)
    without_html.cells[0].outputs[0].data.pop("text/html")
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(without_html)
    (image,) = Images(page).found
    assert image["alt"] == AWKWARD
