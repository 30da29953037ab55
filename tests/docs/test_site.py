"""The documentation builds without a warning, and with it every notebook and every figure of the gallery runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import ephys

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FIGURES = sorted((ROOT / "docs" / "gallery").glob("*/plot_*.py"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as ``make docs`` does, from nothing."""
    made = tmp_path_factory.mktemp("site")
    strictly = ["-W", "--keep-going", "-q", "-E"]
    folders = ["-d", str(made / "doctrees"), str(ROOT / "docs"), str(made / "html")]
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *strictly, "-b", "html", *folders],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr[-8000:]
    return made / "html"


class _Links(HTMLParser):
    """Targets of the links and pictures of a page, and the names on it."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.names: set[str] = set()
        self.undescribed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.names.add(found.get("id") or "")
        if tag == "img" and not found.get("alt"):
            self.undescribed.append(found.get("src") or "")
        target = found.get("href" if tag == "a" else "src")
        if tag in ("a", "img", "script") and target:
            self.targets.append(target)


def _pages(site: Path) -> list[Path]:
    """Pages of the site, without the theme's own files."""
    return [page for page in sorted(site.rglob("*.html")) if "_static" not in page.parts]


def _read(page: Path) -> _Links:
    links = _Links()
    links.feed(page.read_text(encoding="utf-8"))
    return links


def test_every_public_name_has_a_page(site: Path) -> None:
    pages = {page.stem for page in (site / "reference" / "names").glob("*.html")}
    named = {f"ephys.{name}" for name in ephys.__all__ if name not in ("units", "__version__")}
    assert not named - pages


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_was_run_and_drew(site: Path, notebook: Path) -> None:
    page = (site / "tutorial" / f"{notebook.stem}.html").read_text(encoding="utf-8")
    assert "cell_output" in page
    assert re.search(r"<img[^>]+_images/", page)
    assert "Traceback" not in page
    assert "Warning" not in page, re.findall(r".{0,100}Warning.{0,100}", page)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda path: path.stem)
def test_every_figure_of_the_gallery_is_shown(site: Path, figure: Path) -> None:
    room = figure.parent.name
    page = (site / "auto_gallery" / room / f"{figure.stem}.html").read_text(encoding="utf-8")
    assert f"sphx_glr_{figure.stem}_001.png" in page
    assert f"{room}/{figure.stem}.html" in (site / "auto_gallery" / "index.html").read_text(encoding="utf-8")


def test_every_figure_of_the_package_is_in_the_gallery() -> None:
    shown = "".join(figure.read_text(encoding="utf-8") for figure in FIGURES)
    drawn = {name for name in ephys.__all__ if name.startswith("plot_")}
    assert not {name for name in drawn if f"ephys.{name}(" not in shown}


def test_no_link_of_the_site_leads_nowhere(site: Path) -> None:
    read = {page: _read(page) for page in _pages(site)}
    broken = []
    for page, links in read.items():
        for target in links.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or target.startswith("data:"):
                continue
            aimed = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            named = aimed not in read or not parts.fragment or unquote(parts.fragment) in read[aimed].names
            if not aimed.exists() or not named:
                broken.append(f"{page.relative_to(site)}: {target}")
    assert not broken


def test_pages_ask_the_network_for_nothing(site: Path) -> None:
    for page in _pages(site):
        asked = re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="(https?:[^"]+)"', page.read_text(encoding="utf-8"))
        assert not asked, page
