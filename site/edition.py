"""What the web edition needs beyond Sphinx: Jupyter's anchors, formulas in MathML, pictures in files of their own."""

import base64
import hashlib
import json
import re
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

PICTURE = re.compile(r'<img ([^>]*?)src="data:image/png;base64,([^"]+)"([^>]*)>')
FRAMES = re.compile(r'const frames = (\[[^\]]*\])\.map\(data => "data:image/png;base64," \+ data\)')  # of a film


def jupyter_slug(title):
    """The anchor that Jupyter gives to a heading, since the notebooks' links use these."""
    return title.replace(" ", "-")


def pictures_into_files(text, folder, prefix):
    """Takes pictures and films out of a page: it arrives soon, and each of them when it's seen or played.

    Args:
        text: the page's HTML.
        folder: where the files go.
        prefix: the way from the page to that folder.

    Returns:
        The page with links to the files; pictures have their sizes.
    """

    def write(data):
        png = base64.b64decode(data)
        name = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
        (folder / name).write_bytes(png)
        return prefix + name, int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")

    def link(match):
        before, data, after = match.groups()
        name, width, height = write(data)
        size = f'width="{width}" height="{height}" loading="lazy" decoding="async"'
        return f'<img {before}src="{name}" {size}{after}>'

    def link_frames(match):
        return f"const frames = {json.dumps([write(data)[0] for data in json.loads(match[1])])}"

    return FRAMES.sub(link_frames, PICTURE.sub(link, text))


def _formula(writer, node):
    writer.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def _displayed_formula(writer, node):
    writer.body.append(f'<div class="formula">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def _finish(app, error):
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    folder = out / "pictures"
    folder.mkdir(exist_ok=True)
    for page in out.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        prefix = "../" * (len(page.relative_to(out).parts) - 1) + "pictures/"
        page.write_text(pictures_into_files(text, folder, prefix), encoding="utf-8")


def setup(app):
    # Browsers draw MathML themselves: no script, no font, and nothing is missing where scripts are off.
    app.add_html_math_renderer("mathml", (_formula, None), (_displayed_formula, None))
    app.connect("build-finished", _finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
