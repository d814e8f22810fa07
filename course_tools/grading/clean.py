"""Text of students as HTML that cannot run: rendered first, then only what is allowed is kept.

Formgrader shows Markdown without cleaning it. A blacklist on the Markdown does not hold (a scheme
can hide behind an entity), so the rendered page is what gets cleaned, by nh3.
"""

from __future__ import annotations

import html
import re

import nh3
from nbconvert.filters import markdown2html

LONGEST = 20_000  # characters that are rendered; what follows is shown as it was typed
TAGS = {
    *("p", "br", "hr", "b", "i", "em", "strong", "del", "sub", "sup", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "a", "div", "span"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "td": {"align"}, "th": {"align"}, "ol": {"start"}}
ABSOLUTE = re.compile(r"(https?://|mailto:)", re.IGNORECASE)  # links into the server itself go
# MathJax runs a link inside a formula; these commands make links, load code or set styles
MATHJAX = re.compile(r"\\\s*(?=(?:href|require|style|class|cssId|html\w*|data|unicode|url)\b)")
INVISIBLE = "\N{WORD JOINER}"


def harmless(markdown: str) -> str:
    """Markdown as one HTML block that Formgrader's renderer passes on as it is.

    Formulas, code and tables stay; pictures, scripts, styles and odd links go.
    """
    markdown = plain_text(markdown)
    shown, rest = markdown[:LONGEST], markdown[LONGEST:]
    try:
        page = markdown2html(shown)
    except Exception:  # a renderer that gives up must not stop anybody's grade
        page, rest = "", markdown
    if rest:
        page += f"<pre>{html.escape(rest)}</pre>"
    page = nh3.clean(page, tags=TAGS, attributes=ATTRIBUTES, attribute_filter=_attribute)
    page = MATHJAX.sub(lambda found: found[0] + INVISIBLE, page)
    # One line is one HTML block: a blank line would end it, and the rest be read as Markdown again.
    return "<div>" + "&#10;".join(re.split(r"[\r\n\u2424]", page)) + "</div>"


def _attribute(tag: str, name: str, value: str) -> str | None:
    return value if name != "href" or ABSOLUTE.match(value) else None


def plain_text(value: object, longest: int = 1_000_000) -> str:
    """Text that every file and terminal takes: no half characters, no control characters.

    Old zip files hold names in their own encodings; what is not UTF-8 is read as Windows does.
    """
    text = str(value)[:longest]
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            raw = text.encode("utf-8", "surrogateescape")
            text = raw.decode("cp1252", "replace")
        except UnicodeError:
            text = text.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() or c in "\n\t" else _visible(c) for c in text)


def _visible(character: str) -> str:
    return " " if character.isspace() else f"\\x{ord(character):02x}"
