"""What the web edition needs beyond Sphinx: Jupyter's anchors, MathML, pictures in files, pads that are alive."""

import base64
import hashlib
import html
import io
import json
import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.utils.math.latex2mathml import tex2mathml
from PIL import Image
from sphinx.util.docutils import SphinxDirective

PICTURE = re.compile(r'<img ([^>]*?)src="data:image/png;base64,([^"]+)"([^>]*)>')
FRAMES = re.compile(r'const frames = (\[[^\]]*\])\.map\(data => "data:image/png;base64," \+ data\)')  # of a film


NETWORKS = {path.stem for path in (Path(__file__).parent / "static" / "live" / "networks").glob("*.js")}
LIVE = """<link rel="stylesheet" href="{static}live/pad.css"><link rel="stylesheet" href="{static}live/live.css">
<div {attributes}>
<noscript><p>{missed} It needs JavaScript.</p></noscript>
</div>
{scripts}"""
SCRIPTS = ("page", "network", "preparation", "pad", "kept", "answers", "layers")


def live(directive, attributes, missed, *scripts):
    """The HTML of something that is alive: its element, what is missed without scripts, and those not loaded yet."""
    env = directive.env
    static = "../" * env.docname.count("/") + "_static/"
    loaded = env.temp_data.setdefault("live scripts", [])
    fresh = [name for name in (*SCRIPTS, *scripts) if name not in loaded]
    loaded += fresh
    tags = "\n".join(f'<script src="{static}live/{name}.js" defer></script>' for name in fresh)
    pairs = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    page = LIVE.format(static=static, attributes=pairs, missed=missed, scripts=tags)
    return [nodes.raw("", page, format="html")]


class Live(SphinxDirective):
    """A drawing pad with networks that read what is drawn: their names, as tools/export_networks.py gives them.

    `:offered:` names networks that the reader may add; `:layers:` shows what the networks make of the drawing.
    """

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"offered": directives.unchanged, "layers": directives.flag}

    def run(self):
        shown, offered = self.arguments[0], self.options.get("offered", "")
        if unknown := {*shown.split(), *offered.split()} - NETWORKS:
            raise self.error(
                f"There is no network {', '.join(sorted(unknown))}; there are {', '.join(sorted(NETWORKS))}."
            )
        attributes = {"class": "live", "data-networks": shown, "data-offered": offered}
        attributes |= {"data-layers": ""} if "layers" in self.options else {}
        return live(self, attributes, "Here is a pad to draw a digit on, which networks read at once.", "live")


class Train(SphinxDirective):
    """A network that is trained in the page."""

    def run(self):
        scripts = ("practice_digits", "training", "training_worker", "chart", "train")
        return live(self, {"class": "live live-training"}, "Here a network is trained before your eyes.", *scripts)


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
        image = Image.open(io.BytesIO(png))
        name = f"{hashlib.sha256(png).hexdigest()[:16]}.webp"
        image.convert("RGB").save(folder / name, lossless=True)  # a third smaller than PNG
        return prefix + name, image.size

    def link(match):
        before, data, after = match.groups()
        name, (width, height) = write(data)
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


def made_accessible(text):
    """Completes what the theme leaves out for screen readers and keyboards: levels of headings, code to scroll in."""
    text = text.replace('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">')
    return text.replace('<div class="highlight"><pre>', '<div class="highlight"><pre tabindex="0">')


def _finish(app, error):
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    folder = out / "pictures"
    folder.mkdir(exist_ok=True)
    for page in out.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        prefix = "../" * (len(page.relative_to(out).parts) - 1) + "pictures/"
        page.write_text(made_accessible(pictures_into_files(text, folder, prefix)), encoding="utf-8")


def setup(app):
    # Browsers draw MathML themselves: no script, no font, and nothing is missing where scripts are off.
    app.add_html_math_renderer("mathml", (_formula, None), (_displayed_formula, None))
    app.add_directive("live", Live)
    app.add_directive("train", Train)
    app.connect("build-finished", _finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
