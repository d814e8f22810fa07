"""The page without its buttons: ratings with undo, search, lists with reasons, the static table."""

import nbformat
import numpy as np
import pandas as pd
import pytest

from course_tools.authoring.run import tidy
from course_utils.models import baselines
from course_utils.recommend.page import (
    Advisor,
    Ratings,
    lists_html,
    readable,
    recommend_yourself,
    static_page,
)
from tests.tasks.test_rows import make_split

TITLES = {0: "Alien", 1: "Aliens", 2: "Matrix, The", 3: "Brazil"}


@pytest.fixture
def split():
    return make_split(n_users=40, n_movies=12)


@pytest.fixture
def movies(split):
    titles = [TITLES.get(i, f"Film {i}") for i in range(split.n_movies)]
    return pd.DataFrame({"movie_id": split.movie_ids, "title": titles, "year": 1990})


@pytest.fixture
def advisor(split, movies):
    models = {"popularity": baselines.popularity(split), "kNN": baselines.item_knn(split, k=5)}
    return Advisor(models, split, movies, minimum_support=0)


def test_ratings_can_be_changed_removed_and_undone():
    ratings = Ratings()
    ratings.rate(3, 5)
    ratings.rate(1, 2)
    ratings.rate(3, 4)  # again: the latest rating counts and comes last
    assert ratings.profile().to_numpy().tolist() == [[1, 2], [3, 4]]
    ratings.remove(1)
    assert ratings.stars == {3: 4}
    ratings.undo()
    assert ratings.stars == {1: 2, 3: 4}
    ratings.clear()
    ratings.undo()
    ratings.undo()
    ratings.undo()
    ratings.undo()
    assert ratings.stars == {} and ratings.past == []
    ratings.undo()  # nothing left to undo
    assert ratings.stars == {}


def test_search_finds_all_words_most_rated_first(advisor):
    found = advisor.search("ALIEN")
    assert set(found) == {0, 1}
    assert advisor.support[found[0]] >= advisor.support[found[1]]
    assert advisor.search("the matrix 1990") == [2]
    assert advisor.search("no such film") == []
    with pytest.raises(KeyError, match="no such film"):
        advisor.movie("no such film")


def test_lists_leave_out_rated_movies_and_give_a_reason(advisor):
    profile = pd.DataFrame({"movie": [0, 3], "rating": [5.0, 4.0]})
    lists = advisor.top(profile, n=4)
    assert list(lists) == ["popularity", "kNN"]
    for table in lists.values():
        assert len(table) == 4 and not {0, 3} & set(table["movie"])
        assert (np.diff(table["score"]) <= 1e-12).all()
    assert set(lists["popularity"]["because"]) == {""}  # the same for everyone
    assert set(lists["kNN"]["because"]) <= {"Alien (1990), 5 ★", "Brazil (1990), 4 ★"}
    weights = baselines.item_knn(make_split(n_users=40, n_movies=12), k=5).weights
    centred = weights - weights.mean(axis=1, keepdims=True)
    first = lists["kNN"]["movie"][0]
    expected = [0, 3][int(np.argmax(centred[[0, 3], first]))]
    assert lists["kNN"]["because"][0].startswith(advisor.titles[expected])


def test_rare_movies_are_not_recommended(split, movies):
    support = split.support
    models = {"popularity": baselines.popularity(split)}
    advisor = Advisor(models, split, movies, minimum_support=int(np.median(support)) + 1)
    table = advisor.top(pd.DataFrame({"movie": [0], "rating": [5.0]}), n=99)["popularity"]
    assert (support[table["movie"]] > np.median(support)).all()


def test_titles_read_like_titles():
    assert readable("Matrix, The", 1999) == "The Matrix (1999)"
    assert (
        readable("Good, the Bad and the Ugly, The", 1966) == "The Good, the Bad and the Ugly (1966)"
    )
    assert readable("Me, Myself, I", np.nan) == "Me, Myself, I"


def test_html_is_escaped_and_complete(advisor):
    ratings = Ratings({0: 5, 3: 2})
    page = static_page(advisor, ratings, n=3)
    assert "Alien (1990) ★★★★★" in page and "★★☆☆☆" in page
    assert page.count("<ol") == 2 and page.count("<li") == 6
    table = pd.DataFrame({"title": ["<b>"], "because": [""], "movie": [0], "score": [1.0]})
    assert "<b></b>" not in lists_html({"m": table}) and "&lt;b&gt;" in lists_html({"m": table})


def test_the_table_outlives_the_widget_in_an_executed_notebook():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "VBox()"}
    outputs = [
        nbformat.v4.new_output("display_data", data=view),  # a progress bar, say
        nbformat.v4.new_output("display_data", data={**view, "text/html": "<p>rated</p>"}),
    ]
    cell = nbformat.v4.new_code_cell("recommend_yourself(advisor, {})", outputs=outputs)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    tidy(notebook)
    (kept,) = notebook.cells[0].outputs
    assert kept["data"] == {"text/html": "<p>rated</p>", "text/plain": "VBox()"}


def test_one_output_holds_the_page_and_the_table(advisor, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *what, **how: shown.append((what, how)))
    recommend_yourself(advisor, {"alien 1990": 5, "brazil": 4}, n=2)
    ((bundle,), how) = shown[0]
    assert how == {"raw": True}
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert bundle["text/html"].count("<li") == 4
    with pytest.raises(KeyError, match="no such film"):
        recommend_yourself(advisor, {"no such film": 5})


def test_what_is_no_model_is_named(split, movies):
    with pytest.raises(TypeError, match=r"models\['best'\] is a str: give a model with fold_in"):
        Advisor({"best": "a model"}, split, movies)


def test_a_movie_with_one_star_speaks_for_nothing_where_stars_are_not_predicted(split, movies):
    models = {
        "kNN": baselines.item_knn(split, k=5),
        "bias": baselines.bias_model(split),
        "popularity": baselines.popularity(split),
    }
    advisor = Advisor(models, split, movies, minimum_support=0)
    liked = pd.DataFrame({"movie": [0, 3], "rating": [5.0, 5.0]})
    mixed = liked.assign(rating=[5.0, 1.0])
    before, after = advisor.top(liked, n=4), advisor.top(mixed, n=4)
    assert before["kNN"]["score"].tolist() != after["kNN"]["score"].tolist()
    assert set(after["kNN"]["because"]) <= {"Alien (1990), 5 ★", ""}
    none = advisor.top(mixed.assign(rating=1.0), n=4)
    assert none["kNN"]["movie"].tolist() == none["popularity"]["movie"].tolist()


def test_one_rating_is_a_reason(advisor):
    lists = advisor.top(pd.DataFrame({"movie": [0], "rating": [5.0]}), n=2)
    assert lists["kNN"]["because"][0] == "Alien (1990), 5 ★"
    page = lists_html(lists)
    assert page.count("whoever you are") == 2  # popularity's two lines


@pytest.mark.parametrize(("n", "in_a_row"), [(1, 1), (4, 4), (5, 3), (6, 3), (7, 4), (9, 3)])
def test_rows_of_lists_are_even(n, in_a_row):
    table = pd.DataFrame({"title": ["a"], "because": [""]})
    page = lists_html({str(i): table for i in range(n)})
    assert f"(100% - {in_a_row - 1}em) / {in_a_row})" in page


def test_a_typo_finds_what_was_meant(advisor):
    assert advisor.meant("alein") == "alien"
    assert advisor.meant("the martix") == "the matrix"
    assert advisor.meant("qqqqqq") == ""
