"""How the documentation is built: ``make docs``. Every warning is an error."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

from contents import names_of_rooms, write_reference  # noqa: E402  # it stands beside this file
from numpydoc.xref import DEFAULT_LINKS  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402

import ephys  # noqa: E402

# What stands elsewhere in the repository is copied beside these pages, so that the site is whole.
for source, copy in (("notebooks", "tutorial"), ("benchmarks/results", "measured")):
    shutil.copytree(
        ROOT / source, HERE / copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "*.jsonl", "*.csv", "*.png")
    )
write_reference(ROOT / "ephys" / "__init__.pyi", HERE / "reference")

project = "ephys"
author = "The ephys developers"
project_copyright = author
release = version = ephys.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = [
    "_build",
    "gallery/**",
    "auto_gallery/**.ipynb",
    "**.ipynb_checkpoints",
    "**/sg_execution_times.rst",
    "sg_execution_times.rst",
]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}

# The reference: what a docstring says, once.
autosummary_generate = True
autosummary_context = {"public_names": names_of_rooms()}
templates_path = ["_templates"]
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_aliases = {
    **{name: name for name in DEFAULT_LINKS},  # Python's own pages are elsewhere, and a build needs no network
    **{name: f"ephys.{name}" for name in ephys.__all__},
}
default_role = "py:obj"

# Notebooks are stripped in git, and run here.
nb_execution_mode = "cache"
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": ["gallery"],
    "gallery_dirs": ["auto_gallery"],
    "filename_pattern": r"plot_",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "reference_url": {},
    "show_memory": False,
    "min_reported_time": 10**6,
    "show_signature": False,
    "remove_config_comments": True,
}

html_theme = "pydata_sphinx_theme"
html_title = f"ephys {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
}


_TO_THE_CODE = re.compile(r"\[([^]]*)\]\(\.\./ephys/[^)]*\)")


def setup(app: Sphinx) -> None:
    """Lead links out of the folder to the copies."""
    app.connect("source-read", _lead_inside)


def _lead_inside(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Rewrite links that are right in the repository to ones that are right on the site."""
    inside = source[0].replace("](../benchmarks/results/", "](measured/").replace("](../docs/", "](../")
    source[0] = _TO_THE_CODE.sub(r"\1", inside)
