"""How Sphinx makes the web edition of the notebooks, from what `tools/build_site.py` lays out for it."""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))

project = "Learn deep learning on digits"
html_title = project
author = copyright = "the authors of the series"
extensions = ["myst_nb", "sphinx_copybutton", "edition"]

html_theme = "furo"
html_static_path = ["static"]
html_favicon = "static/icon.svg"
html_css_files = ["edition.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_show_search_summary = False  # it is fetched, which no page opened from a folder may do
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
copybutton_selector = "div.cell_input div.highlight pre"

nb_execution_mode = "off"  # the outputs are those kept in the notebooks
nb_ipywidgets_js = {}  # sliders need a kernel; their pictures stand alone
nb_merge_streams = True
nb_mime_priority_overrides = [("*", "text/html", 0)]  # its pictures have descriptions
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "edition.jupyter_slug"
html_math_renderer = "mathml"
