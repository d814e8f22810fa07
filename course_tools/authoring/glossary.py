"""The glossary ``docs/glossary.md``: its terms, and the links that lessons have to them.

An entry is a heading, ``Also:`` other forms (a plural in s is understood), a definition, and its
lesson. Words marked ``common`` are linked in that lesson alone, others at the first use in each.
"""

import re

ENTRY = re.compile(
    r"^## (?P<term>.+)\n(?:Also: (?P<also>.+)\n)?\n(?P<body>(?:(?!#).+\n+)+?)"
    r"Lesson \[(?P<number>\d\d)\]\(\.\./notebooks/(?P<lesson>\w+)\.ipynb\)(?P<common> <!--.*)?$",
    re.MULTILINE,
)
CODE = r"```[\s\S]*?```|`[^`\n]+`|^\|.*$"  # and tables
UNTOUCHED = (
    r"^## Reading\n[\s\S]*?(?=^#|\Z)|able to\*\*\n[\s\S]*?(?=\n\*\*|\Z)"  # papers, objectives
    rf"|{CODE}|^#.*$|\$\$[^$]+\$\$|\$(?:[^$\n]|\n(?!\n))+\$"  # headings, formulas
    r"|\[\[[\s\S]*?\]\]|\{\{.*?\}\}"  # claims, placeholders
    r"|!?\[[^\]]*\]\([^)]*\)|https?://\S+|<!--[\s\S]*?-->|</?\w[^>\n]*>"  # links, HTML
)
BOLD = re.compile(  # label: it opens a point of a list, or a claim
    r"(?P<label>(?:^ *(?:[-*]|\d+\.) +|\[\[)+)?\*\*(?P<words>[^*]+)\*\*(?P<colon>:)?", re.MULTILINE
)
NO_TERM = re.compile(  # numbers, sentences, short words; the rest is emphasis
    r".*[\d{].*|.*[.:,;?!]|\S+( \S+){4,}|\w?[a-z]{1,2}"
    r"|ratings|movies|users|lists|question|ours|opposite|nothing|plus|once|backwards|time order"
    r"|(all )?liked movies( only)?|sentences by id|by cosine|what all codes share|not in this data"
    r"|all cells|shuffle the people|you need|predict|guess|think|write down"
)


def terms(text: str, lesson: str = "") -> dict[str, str]:
    """Each form of each term and its anchor; for a lesson, without common words of others."""
    return {
        _plain(form) + plural: anchor(entry["term"])
        for entry in ENTRY.finditer(text)
        if not (lesson and entry["common"]) or entry["number"] == lesson[:2]
        for form in [entry["term"], *(entry["also"].split(", ") if entry["also"] else [])]
        for plural in ("", "s")
    }


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading: "HR@k" is ``#hrk``."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def unknown(markdown: str, known: dict[str, str]) -> list[str]:
    """The bold terms of a markdown cell that have no entry, labels, tables, `NO_TERM` aside."""
    bold = BOLD.finditer(re.sub(CODE, "", markdown, flags=re.MULTILINE))
    found = [_plain(m["words"]) for m in bold if m["colon"] or not m["label"]]
    return [words for words in found if words not in known and not NO_TERM.fullmatch(words)]


def linked(markdown: str, seen: set[str], known: dict[str, str], base: str) -> str:
    """A markdown cell in which the first use of each known term links to its entry.

    seen: the anchors linked so far in the lesson; it grows. base: the folder that holds ``docs``.
    """

    def link(match: re.Match[str]) -> str:
        found = known[_plain(match["term"])] if match["term"] else None
        if not found or found in seen:
            return match[0]
        seen.add(found)
        return f"[{match[0]}]({base}/docs/glossary.md#{found})"

    forms = [  # the longest first: "bias model" before "bias"
        f"[{form[0]}{form[0].upper()}]" + re.escape(form[1:]).replace(r"\ ", r"\s+")
        for form in sorted(known, key=len, reverse=True)
    ]
    pattern = rf"{UNTOUCHED}|(?<![\w-])(?P<term>{'|'.join(forms)})(?![\w-])"
    return re.sub(pattern, link, markdown, flags=re.MULTILINE)


def _plain(words: str) -> str:
    """A term on one line, without article and capital: "The\\nBias model" is "bias model"."""
    words = re.sub(r"^[Tt]he ", "", " ".join(words.split()))
    return words[0].lower() + words[1:]
