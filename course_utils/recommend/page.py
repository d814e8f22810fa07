"""Recommend for yourself: rate a dozen movies, see each model's top ten and why.

:class:`Advisor` does the work and knows no widgets; :func:`recommend_yourself` puts buttons on it.
Where a page cannot have buttons (an exported notebook), the table of a prepared profile is shown.
"""

import html
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import product

import numpy as np
import pandas as pd

from course_utils.data.held_out import LIKED
from course_utils.data.splits import Split
from course_utils.models.folding import Fold
from course_utils.recommend.fold_in import FoldsIn, without_each
from course_utils.recommend.lists import best_first

STARS = (1, 2, 3, 4, 5)
SHOWN = 8  # search results at a time
IN_A_ROW = 4  # lists side by side, at most
ARTICLES = ("The", "A", "An", "Le", "La", "Les", "Il", "Das", "Der", "Die")


@dataclass
class Ratings:
    """A user's ratings, stars by movie index in the order they were given, with undo."""

    stars: dict[int, int] = field(default_factory=dict)
    past: list[dict[int, int]] = field(default_factory=list, repr=False)

    def rate(self, movie: int, stars: int) -> None:
        """Rate a movie, or rate it again."""
        self._change({**{m: s for m, s in self.stars.items() if m != movie}, movie: stars})

    def remove(self, movie: int) -> None:
        self._change({m: s for m, s in self.stars.items() if m != movie})

    def clear(self) -> None:
        self._change({})

    def undo(self) -> None:
        """Take back the last change, also a removal. Without one, nothing happens."""
        if self.past:
            self.stars = self.past.pop()

    def profile(self) -> pd.DataFrame:
        """The ratings as a profile for :mod:`course_utils.models.folding`."""
        return pd.DataFrame(
            {"movie": list(self.stars), "rating": [float(s) for s in self.stars.values()]}
        ).astype({"movie": int, "rating": float})

    def _change(self, stars: dict[int, int]) -> None:
        self.past.append(self.stars)
        self.stars = stars


class Advisor:
    """Several fitted models, ready to advise someone they have never seen.

    models: name → a model with ``fold_in``, or a function of profiles that does the same. A model
    that predicts no stars was built from who watched what: it is shown only the movies that were
    liked, or it would recommend more of what got one star.
    movies: ``MovieLens.movies``. minimum_support: movies with fewer training ratings are never
    recommended; the mean of two ratings is luck.
    """

    def __init__(
        self,
        models: Mapping[str, FoldsIn | Fold],
        split: Split,
        movies: pd.DataFrame,
        minimum_support=20,
    ):
        table = movies.set_index("movie_id").loc[split.movie_ids]
        self.support = split.support
        self.titles = np.array(
            [readable(t, y) for t, y in zip(table["title"], table["year"], strict=True)], object
        )
        self.words = sorted({word for title in self.titles for word in title.lower().split()})
        self.minimum_support = minimum_support
        self.folds: dict[str, Fold] = {name: _fold(name, m) for name, m in models.items()}

    def search(self, text: str, n: int = SHOWN) -> list[int]:
        """Movies whose title holds all words of ``text``, the most rated first."""
        words = text.lower().split()
        found = [i for i, title in enumerate(self.titles) if all(w in title.lower() for w in words)]
        return sorted(found, key=lambda i: -self.support[i])[:n]

    def meant(self, text: str) -> str:
        """The words of ``text`` as near ones that some title holds together; "" if none does."""
        near = [get_close_matches(word, self.words, 3) for word in text.lower().split()[:4]]
        asked = (" ".join(words) for words in product(*near))
        return next((words for words in asked if self.search(words, 1)), "")

    def movie(self, title: str) -> int:
        """The most rated movie with these words in its title; KeyError if there is none."""
        if not (found := self.search(title, 1)):
            raise KeyError(f"no movie has {title!r} in its title: try fewer words")
        return found[0]

    def top(self, profile: pd.DataFrame, n: int = 10) -> dict[str, pd.DataFrame]:
        """Each model's ``n`` best movies that the user has not rated: movie, title, score, because.

        because: the rating that speaks most for the movie, such as "Alien (1979), 5 ★", or "" where
        none does. A rating's say is how far the score falls if it is left out, less what it does
        for the average movie. A low rating can speak for a movie: of another kind.
        """
        profile = profile.reset_index(drop=True)
        hidden = self.support < self.minimum_support
        hidden[profile["movie"]] = True
        return {name: self._top(fold, profile, hidden, n) for name, fold in self.folds.items()}

    def _top(self, fold: Fold, profile: pd.DataFrame, hidden: np.ndarray, n: int) -> pd.DataFrame:
        scores = np.asarray(fold([profile])[0], float)
        best = best_first(scores, ~hidden, n, self.support)
        say = without_each(fold, profile)
        say = (say - say.mean(axis=1, keepdims=True))[:, best]
        most = say.argmax(axis=0)
        enough = say.max(axis=0) > 1e-6 * max(1.0, np.abs(scores).max())
        because = [
            f"{self.titles[profile['movie'][m]]}, {profile['rating'][m]:g} ★" if yes else ""
            for m, yes in zip(most, enough, strict=True)
        ]
        return pd.DataFrame(
            {
                "movie": best,
                "title": self.titles[best],
                "score": scores[best],
                "because": because,
            }
        )


def _fold(name: str, model: FoldsIn | Fold) -> Fold:
    fold = getattr(model, "fold_in", model)
    if not callable(fold):
        raise TypeError(
            f"models[{name!r}] is a {type(model).__name__}: give a model with fold_in, or a "
            "function of profiles"
        )
    return _of_liked(fold) if fold is not model and not hasattr(model, "predict") else fold


def _of_liked(fold: Fold) -> Fold:
    return lambda profiles: fold([p[p["rating"] >= LIKED] for p in profiles])


def recommend_yourself(advisor: Advisor, prepared: Mapping[str, int], n: int = 10) -> None:
    """Show the page under a cell. It starts with a prepared profile, to be changed or cleared.

    prepared: words of a title → stars. Needs no training: every click folds the profile in anew.
    In Jupyter one output holds both the page and a table for front ends without widgets.
    """
    from IPython.display import display

    ratings = Ratings()
    for title, stars in prepared.items():
        ratings.rate(advisor.movie(title), stars)
    ratings.past.clear()
    page = _page(advisor, ratings, n)
    if "google.colab" in sys.modules:
        display(page)
        return
    bundle = {
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2,
            "version_minor": 0,
            "model_id": page.model_id,
        },
        "text/html": static_page(advisor, ratings, n),
        "text/plain": "Recommend for yourself: open this notebook in JupyterLab or Colab.",
    }
    display(bundle, raw=True)


def static_page(advisor: Advisor, ratings: Ratings, n: int = 10) -> str:
    """The profile and the lists as HTML, for a page without buttons."""
    rated = "; ".join(
        f"{html.escape(advisor.titles[m])} {_stars(s)}" for m, s in ratings.stars.items()
    )
    return f"<p><b>Rated:</b> {rated}</p>{lists_html(advisor.top(ratings.profile(), n))}"


def lists_html(lists: Mapping[str, pd.DataFrame]) -> str:
    """The models' lists side by side, in rows of nearly the same length."""
    columns = []
    for name, table in lists.items():
        reasons = [
            f"<br><small>because of <i>{html.escape(because)}</i></small>" if because else ""
            for because in table["because"]
        ]
        if not any(reasons):  # nothing that was rated has a say in this list
            reasons = ["<br><small>whoever you are</small>"] * len(table)
        lines = "".join(
            f"<li style='margin-bottom:.3em'>{html.escape(title)}{reason}</li>"
            for title, reason in zip(table["title"], reasons, strict=True)
        )
        columns.append(
            f"<section class='course-list' data-model='{html.escape(name)}'>"
            f"<b>{html.escape(name)}</b>"
            f"<ol style='padding-left:1.6em;margin-top:.3em'>{lines}</ol></section>"
        )
    in_a_row = -(-len(columns) // max(1, -(-len(columns) // IN_A_ROW)))
    width = f"max(13em, (100% - {in_a_row - 1}em) / {max(1, in_a_row)})"
    style = f"display:grid;grid-template-columns:repeat(auto-fill,minmax({width},1fr));gap:1em"
    return f"<div style='{style};line-height:1.25'>{''.join(columns)}</div>"


def readable(title: str, year) -> str:
    """ "Matrix, The" of 1999 as "The Matrix (1999)"."""
    head, comma, last = title.rpartition(", ")
    if comma and last in ARTICLES:
        title = f"{last} {head}"
    return title if pd.isna(year) else f"{title} ({int(year)})"


def _page(advisor: Advisor, ratings: Ratings, n: int):
    """The widgets: search and rate on the left, your ratings on the right, the lists below."""
    import ipywidgets as w

    search = w.Text(placeholder="search a title", description="Search")
    results, mine = w.VBox(), w.VBox()
    lists, note = w.HTML(), w.HTML()
    undo = w.Button(description="Undo", icon="undo", tooltip="Undo the last change")
    clear = w.Button(description="Start over", tooltip="Remove all ratings")

    def star_buttons(movie: int):
        def rate(stars):
            return lambda _: act(lambda: ratings.rate(movie, stars))

        title = advisor.titles[movie]
        buttons = []
        for stars in STARS:
            given = ratings.stars.get(movie) == stars
            button = w.Button(
                description=str(stars),
                tooltip=f"Rate {title}: {stars}",
                button_style="primary" if given else "",
                layout=w.Layout(width="2.4em", padding="0"),
            )
            button.on_click(rate(stars))
            buttons.append(button)
        return w.HBox([*buttons, w.Label(title)])

    def remove_button(movie: int, stars: int):
        title = advisor.titles[movie]
        button = w.Button(
            description="✗",
            tooltip=f"Remove {title}",
            layout=w.Layout(width="2.4em", padding="0"),
        )
        button.on_click(lambda _: act(lambda: ratings.remove(movie)))
        return w.HBox([button, w.Label(f"{_stars(stars)}  {title}")])

    def act(change):
        change()
        show_results()
        show_mine()

    def show_results(_=None):
        found = advisor.search(search.value, SHOWN + len(ratings.stars))
        hint = []
        if not search.value.strip():  # well-known ones that are not rated yet
            found = [m for m in found if m not in ratings.stars]
        elif not found:
            meant = advisor.meant(search.value)
            found = advisor.search(meant) if meant else []  # "" would find everything
            near = f'These hold "{meant}".' if found else "Try fewer words."
            hint = [w.Label(f'No title holds "{search.value.strip()}". {near}')]
        results.children = [*hint, *(star_buttons(m) for m in found[:SHOWN])]

    def show_mine():
        start = time.perf_counter()
        rated = list(ratings.stars.items())[::-1]
        mine.children = [remove_button(m, s) for m, s in rated]
        undo.disabled, clear.disabled = not ratings.past, not rated
        if not rated:
            note.value, lists.value = "Rate a movie, and lists appear. A dozen is a good start.", ""
            return
        lists.value = lists_html(advisor.top(ratings.profile(), n))
        took = time.perf_counter() - start
        note.value = f"{len(rated)} rated; {len(advisor.folds)} models asked in {took:.2f} s"

    search.observe(show_results, "value")
    undo.on_click(lambda _: act(ratings.undo))
    clear.on_click(lambda _: act(ratings.clear))
    act(lambda: None)
    half = w.Layout(width="50%", min_width="20em")
    left = w.VBox([search, w.Label("How many stars?"), results], layout=half)
    right = w.VBox([w.HBox([undo, clear]), mine], layout=half)
    return w.VBox([w.HBox([left, right], layout=w.Layout(flex_flow="row wrap")), note, lists])


def _stars(stars: int) -> str:
    return "★" * int(stars) + "☆" * (STARS[-1] - int(stars))
