"""Conclusions that the build can refuse.

A lesson's source marks a conclusion, ``[[The biases change little.|biases_alone]]``, and
``results/claims/<lesson>.toml`` declares what it rests on::

    [biases_alone]
    same = "dot_biases"       # or lower, higher, undecided: the row (or rows) spoken of
    than = "dot_mean"         # the row, rows, or number they are compared with
    on = ["ml-100k"]          # dataset, or dataset@split; it must hold on each
    may_differ = ["biases"]   # settings in which they may differ; "model": two whole models
    within = 0.002            # of "same": how near. by = 0.01: of the others, how far at least

A row is ``model``, ``model@split``, ``lesson/model`` or ``lesson/model@split``, a fact of the data
``facts.NAME``. Further keys: ``metric`` ("rmse"), ``one_run`` (fewer than three seeds, and the
sentence says so), ``short`` (training was cut, and that is the point), ``shows`` (where the pair
says the opposite, which the reader is told), ``looked_at`` (how many intervals were looked at to
find this one), ``by_seed`` (each seed is a pair of its own: the same start, or timed in turns).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from course_tools.authoring.evidence import Claim, Evidence, compared, direction, elsewhere
from course_tools.authoring.placeholders import BLOCK, PLACEHOLDER, lookup
from course_tools.authoring.source import BuildError, read
from course_utils.protocol.results import default_split

MARKED = re.compile(r"\[\[(?P<sentence>.+?)\|(?P<name>[\w.-]+)\]\]", re.DOTALL)
KINDS = ("lower", "higher", "same", "undecided")
CAUSAL = re.compile(
    r"\b(because|thanks to|due to|brings?|helps?|hurts?|harms?|makes?|worth|explains?|causes?"
    r"|comes? from|costs?|gains?|therefore|lever|credit)\b",
    re.IGNORECASE,
)
ONE_RUN = re.compile(r"\b(one|single)\s+(run|training|seed)\b", re.IGNORECASE)
COMPARING = re.compile(
    r"\b(better|worse|best|worst|beats?|loses?|wins?|lower|higher|helps?|hurts?|harms?|gains?"
    r"|improves?|ahead|behind|outperforms?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Verdict:
    """A claim, its sentence, where that stands, what it rests on, and what is wrong with it."""

    claim: Claim
    sentence: str
    where: str
    evidence: list[Evidence] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


# ------------------------------------------------------------------------------ declarations
def declared(folder: Path) -> dict[str, Claim]:
    """All claims of ``<folder>/claims/*.toml``, by "lesson.name".

    Raises:
        BuildError: a declaration has an unknown key, lacks one, or has one of the wrong kind.
    """
    found: dict[str, Claim] = {}
    for path in sorted((folder / "claims").glob("*.toml")):
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BuildError(f"results/claims/{path.name}: {error}") from error
        for name, entry in entries.items():
            try:
                claim = _claim(path.stem, name, entry)
            except ValueError as error:
                raise BuildError(f"results/claims/{path.name}, [{name}]: {error}") from error
            found[claim.key] = claim
    return found


def _claim(lesson: str, name: str, entry: Any) -> Claim:
    if not isinstance(entry, dict):
        raise ValueError("write a table of its own, [name], with its keys below")
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        raise ValueError(f"give one of {', '.join(KINDS)}, there is {', '.join(kinds) or 'none'}")
    types = {f.name: f.type for f in fields(Claim) if f.name not in ("lesson", "name", "kind")}
    for key in entry.keys() - types.keys() - {kinds[0]}:
        near = difflib.get_close_matches(key, types, n=1) or sorted(types)
        raise ValueError(f"unknown key {key!r}; did you mean {' or '.join(near)}?")
    if "than" not in entry:
        raise ValueError("'than' is missing: the row, rows or number to compare with")
    given = {key: value for key, value in entry.items() if key != kinds[0]}
    given["rows"] = entry[kinds[0]]
    for key, value in given.items():
        if "tuple" in types[key]:
            given[key] = tuple(value) if isinstance(value, list) else (value,)
    claim = Claim(lesson, name, kinds[0], **given)
    if claim.kind == "same" and not claim.within > 0:
        raise ValueError("'same' needs 'within': how near the two have to be")
    facts = all(str(row).startswith("facts.") for row in claim.rows)
    if not claim.on:
        raise ValueError("'on' is missing: the datasets for which the sentence speaks")
    if claim.metric != "rmse" and facts:
        raise ValueError("facts have no metric")
    return claim


# --------------------------------------------------------------------------------- sentences
def sentences(text: str, lesson: str) -> Iterator[tuple[str, str, int]]:
    """The claims in a text: key, sentence, and the line (from 0) on which it begins."""
    for match in MARKED.finditer(text):
        name = match["name"]
        key = name if "." in name or not lesson else f"{lesson}.{name}"
        yield key, " ".join(match["sentence"].split()), text.count("\n", 0, match.start())


def outside(text: str) -> Iterator[tuple[int, str]]:
    """Conclusions that stand under no claim: line (from 0) and what is wrong.

    A difference of two measured numbers is one, and so is a sentence with a measured number and a
    word that compares. Tables hold numbers, not sentences.
    """
    free = MARKED.sub(lambda match: re.sub(r"[^\n]", "·", match[0]), text)
    for match in PLACEHOLDER.finditer(free):
        if " - " in match[1] and _measured(match[1]):
            line = free.count("\n", 0, match.start())
            yield line, f"{match[0]} is a difference of two measured numbers outside any claim"
    for start, sentence in _prose(free):
        numbers = [m[0] for m in PLACEHOLDER.finditer(sentence) if _measured(m[1])]
        bare = PLACEHOLDER.sub("", sentence)
        if numbers and (word := COMPARING.search(bare)):
            yield start, f"{word[0]!r} with {numbers[0]}: a conclusion outside any claim"


def _measured(inner: str) -> bool:
    """Whether all terms of a placeholder were measured, rather than published or counted."""
    terms = re.split(r"\s[-+]\s", inner.partition(":")[0])
    return not any(t.startswith("reported.") or ".facts." in t for t in terms)


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Sentences of the paragraphs of a markdown text, with the line on which each begins."""
    for paragraph in re.finditer(r"(?:^(?!\s*\|).+\n?)+", text, re.MULTILINE):
        start = 0
        for end in [m.end() for m in re.finditer(r"[.!?:](?=\s+[^\s\d])", paragraph[0])] + [None]:
            sentence = paragraph[0][start:end]
            yield text.count("\n", 0, paragraph.start() + start), sentence
            start = end or 0


def linked(text: str, lesson: str, page: str) -> str:
    """The text as it is read: each claim's sentence, and a link to what it rests on."""

    def link(match: re.Match[str]) -> str:
        name = match["name"]
        key = name if "." in name or not lesson else f"{lesson}.{name}"
        return f"{match['sentence']}<sup>[claim]({page}#{anchor(key)})</sup>"

    return MARKED.sub(link, text)


def anchor(key: str) -> str:
    return key.replace(".", "-").replace("_", "-").lower()


# ------------------------------------------------------------------------------------ judging
def judge(claim: Claim, sentence: str, where: str, folder: Path, cell: str = "") -> Verdict:
    """Hold a claim against the recorded rows. cell: the text in which the sentence stands."""
    verdict = Verdict(claim, sentence, where)
    wrong = verdict.problems
    pairs = [(row, than) for row in claim.rows for than in claim.than]
    for dataset, _, split in (place.partition("@") for place in claim.on):
        for row, than in pairs:
            evidence, problems = compared(claim, dataset, split, row, than, folder)
            wrong += problems
            if evidence:
                verdict.evidence.append(evidence)
                wrong += direction(claim, evidence)
    wrong += _words(claim, sentence)
    for other in elsewhere(claim, pairs, folder):
        told = {other.dataset, f"{other.dataset}@{other.split}"} & set(claim.shows)
        if not told:
            wrong.append(
                f"on {other.dataset}@{other.split} {other.row} − {other.than} is "
                f"{other.difference:+.4f}: show it, or let the sentence speak for less (shows)"
            )
        elif not _names(cell or sentence, other):
            wrong.append(
                f"shows {sorted(told)[0]!r}, but the text does not name it or quote its number"
            )
    return verdict


def _names(text: str, other: Evidence) -> bool:
    spoken = other.dataset.replace("ml-", "MovieLens-").replace("k", "K").replace("1m", "1M")
    short = spoken.replace("MovieLens", "ML")
    quoted = f"{{{{{other.dataset}@{other.split}."
    if other.split == default_split(other.dataset):
        return spoken in text or short in text or f"{{{{{other.dataset}." in text
    return quoted in text or other.split.replace("_", " ") in text


def _words(claim: Claim, sentence: str) -> Iterator[str]:
    if not claim.one_run:
        return
    if not ONE_RUN.search(sentence):
        yield "it rests on one run, and the sentence does not say 'one run'"
    if word := CAUSAL.search(sentence):
        yield f"one run cannot bear the word {word[0]!r}"


# -------------------------------------------------------------------------- a whole course
@dataclass(frozen=True)
class Text:
    """A piece of prose that may hold claims, and where it begins."""

    lesson: str
    text: str
    path: str
    line: int

    def place(self, down: int) -> str:
        return f"{self.path}:{self.line + down}"


def texts(root: Path, sources: Sequence[Path], pages: Sequence[Path] = ()) -> Iterator[Text]:
    """The markdown cells of lessons, and the results blocks of pages."""
    for source in sources:
        for line, cell in read(source):
            if cell.cell_type == "markdown":
                yield Text(
                    source.stem, cell.source, f"{source.parent.name}/{source.name}", line + 1
                )
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start(2)) + 1
            yield Text("", block[2], page.relative_to(root).as_posix(), line)


def verdicts(root: Path, found: Sequence[Text], lessons: Sequence[str]) -> list[Verdict]:
    """Every claim of some texts, judged; also those of the lessons that no sentence uses."""
    folder = root / "results"
    known, given, used = declared(folder), [], set()
    for text in found:
        for key, sentence, down in sentences(text.text, text.lesson):
            used.add(key)
            if key not in known:
                near = difflib.get_close_matches(key, known, n=2)
                hint = f"; near: {', '.join(near)}" if near else ""
                raise BuildError(f"{text.place(down)}: no claim {key!r} in results/claims{hint}")
            given.append(judge(known[key], sentence, text.place(down), folder, text.text))
    for key in sorted(known.keys() - used):
        if known[key].lesson in lessons:
            where = f"results/claims/{known[key].lesson}.toml"
            given.append(judge(known[key], "", where, folder))
            given[-1].problems.append("no sentence uses it")
    return given


def refused(root: Path, sources: Sequence[Path], pages: Sequence[Path] = ()) -> list[str]:
    """What is wrong with the conclusions of some lessons and pages: file, line and reason."""
    found = list(texts(root, sources, pages))
    return [
        *(
            f"{verdict.where}: claim {verdict.claim.name!r}: {problem}"
            for verdict in verdicts(root, found, [source.stem for source in sources])
            for problem in verdict.problems
        ),
        *(
            f"{text.place(down)}: {problem}"
            for text in found
            for down, problem in outside(text.text)
        ),
    ]


# ----------------------------------------------------------------------------- as a page
PAGE = """\
# Claims

Every conclusion of the lessons, and the measurements it rests on. `course build --check` holds each
against `results/` and refuses it if its rows do not bear it. `course claims` prints this page.

A difference is the mean over seeds of the one minus that of the other. Its 95 % interval covers the
seeds of both and, where rows were scored on the same ratings, the users redrawn for both alike.
"""


def page(given: Sequence[Verdict], folder: Path) -> str:
    """All claims with their evidence, as markdown; a claim is told once, where it is first made."""
    lines, lesson, told = [PAGE], "", set()
    for verdict in sorted(given, key=lambda v: v.claim.lesson):
        claim = verdict.claim
        if claim.key in told:
            continue
        told.add(claim.key)
        if claim.lesson != lesson:
            lesson = claim.lesson
            lines.append(f"## {lesson}\n")
        sentence = _filled(verdict.sentence, lesson, folder)
        lines += [f'<a id="{anchor(claim.key)}"></a>**{claim.name}**: {sentence}\n']
        lines += [*_table(verdict), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _filled(sentence: str, lesson: str, folder: Path) -> str:
    return PLACEHOLDER.sub(lambda m: lookup(m[0], lesson=lesson, folder=folder), sentence)


def _table(verdict: Verdict) -> Iterator[str]:
    claim = verdict.claim
    unit = "" if claim.metric == "rmse" else f" ({claim.metric})"
    yield f"| on | {claim.kind}{unit} | than | difference | 95 % interval | seeds | covers |"
    yield "|:--|:--|:--|--:|:--|:--|:--|"
    commands: dict[str, None] = {}
    for e in verdict.evidence:
        commands |= dict.fromkeys(e.commands)
        where = e.dataset if e.split == "–" else f"{e.dataset}@{e.split}"
        span = "–" if e.low == e.high else f"{e.low:+.4f} to {e.high:+.4f}"
        yield (
            f"| {where} | {e.row} {e.value:.4f} | {e.than} {e.other:.4f} | {e.difference:+.4f} "
            f"| {span} | {e.seeds} | {e.covers} |"
        )
    notes = []
    if claim.may_differ:
        notes.append(f"May differ: {', '.join(claim.may_differ)}.")
    if claim.one_run:
        notes.append("One run.")
    if claim.short:
        notes.append("About short training.")
    if commands:
        notes.append("Measured by " + ", ".join(f"`{c}`" for c in commands) + ".")
    if notes:
        yield "\n" + " ".join(notes)
