"""Sequences: what is a target, in which order, what is asked at the end of a history."""

import keras
import numpy as np
import pytest

from course_utils.data.splits import global_temporal_split, leave_one_out_split
from course_utils.models.baselines import cooccurrence, popularity
from course_utils.models.item2vec import profile_weights
from course_utils.models.self_attention import PADDING, full_cross_entropy, one_negative, sasrec
from course_utils.protocol.training import compiled, fit
from course_utils.recommend.lists import only_some, rank, score_lists
from course_utils.tasks.sequences import next_movie, score_histories, score_next, sequence_task
from tests.conftest import hand_split, movielens, random_movielens

COUNTS = (12, 30, 3, 45, 7, 20)


@pytest.fixture(scope="module")
def split():
    return leave_one_out_split(random_movielens(COUNTS, n_movies=60))


def targets(batches):
    """(movie, the one after it) of every real place of all batches."""
    found = []
    for i in range(len(batches)):
        x, target = batches[i]
        movies = x[0] if isinstance(x, tuple) else x
        real = target != PADDING
        found += list(zip(movies[real].tolist(), target[real].tolist(), strict=True))
    return found


def following(train):
    """The same, off a table in time order."""
    return [
        pair
        for _, own in train.sort_values(["user", "timestamp"], kind="stable").groupby("user")
        for pair in zip(own["movie"][:-1].tolist(), own["movie"][1:].tolist(), strict=True)
    ]


# ----------------------------------------------------------------------------- the batches
@pytest.mark.parametrize("length", [4, 10, 100])
def test_every_rating_but_the_first_is_a_target_once(split, length):
    batches = sequence_task(split, length, places=40, ties="table").x
    expected = sorted(following(split.train))
    assert sorted(targets(batches)) == expected
    for _ in range(5):
        batches.on_epoch_begin()
        assert sorted(targets(batches)) == expected
        assert all(batches[i][0].shape[1] <= length for i in range(len(batches)))


def test_long_histories_are_cut_at_other_places_in_each_epoch(split):
    batches, starts = sequence_task(split, 4, ties="table").x, []
    for _ in range(2):
        batches.on_epoch_begin()
        starts.append(batches.start.copy())
    assert (starts[0] != starts[1]).any()


def test_pieces_of_one_length_share_a_batch(split):
    task = sequence_task(split, 100, places=60)
    sizes = [task.x[i][1] for i in range(len(task.x))]
    assert sum(size.size for size in sizes) < 1.5 * sum((s != PADDING).sum() for s in sizes)
    assert max(size.size for size in sizes if len(size) > 1) <= 60


def test_the_first_two_batches_share_no_shape_that_later_ones_lack():
    """Else Keras' fit stops at the first batch of another length."""
    counts = [4] * 30 + [5] * 30 + [12, 17]
    batches = sequence_task(leave_one_out_split(random_movielens(counts)), 20, places=24).x
    lengths = {batches[i][0].shape[1] for i in range(len(batches))}
    assert len(lengths) > 2
    assert batches[0][0].shape[1] != batches[1][0].shape[1]
    assert batches[0][0].shape[0] != batches[1][0].shape[0]


def test_with_jax_batches_have_few_shapes_and_the_same_targets(split, monkeypatch):
    batches = sequence_task(split, 10, places=20, ties="table").x
    many, expected = {batches[i][0].shape for i in range(len(batches))}, sorted(targets(batches))
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    few = {batches[i][0].shape for i in range(len(batches))}
    assert sorted(targets(batches)) == expected
    assert len(few) < len(many)
    assert all(rows % 8 == 0 and length in (3, 6, 9, 10) for rows, length in few)


def one_second(n=30):
    return hand_split([(0, movie, 4) for movie in range(n)], [], [(0, n, 4)])


def test_ties_are_drawn_anew_in_each_epoch_and_never_the_files():
    split = one_second()
    split.train["timestamp"] = 7
    as_written = following(split.train)
    task = sequence_task(split, 100)
    orders = [targets(task.x)]
    for _ in range(2):
        task.x.on_epoch_begin()
        orders.append(targets(task.x))
    assert all(order != as_written for order in orders)
    assert orders[0] != orders[1] != orders[2]
    once = sequence_task(split, 100, ties="shuffle")
    before = targets(once.x)
    once.x.on_epoch_begin()
    assert targets(once.x) == before != as_written
    assert targets(sequence_task(split, 100, ties="table").x) == as_written


def test_redrawing_ties_keeps_times_in_order():
    split = one_second()
    split.train["timestamp"] = np.arange(30) // 3
    task = sequence_task(split, 100)
    task.x.on_epoch_begin()
    movies = task.x[0][0][0]
    assert (np.diff(movies // 3) >= 0).all()
    assert set(movies) | {task.x[0][1][0, -1]} == set(range(30))


def test_shuffled_histories_hold_the_same_movies_in_another_order(split):
    task = sequence_task(split, 100, shuffle=True)
    plain = sequence_task(split, 100, ties="table")
    shuffled, ordered = task.x, plain.x
    np.testing.assert_array_equal(shuffled.first, ordered.first)
    for start, end in zip(ordered.first[:-1], ordered.first[1:], strict=True):
        assert set(shuffled.movie[start:end]) == set(ordered.movie[start:end])
    assert (shuffled.movie != ordered.movie).any()
    before = sorted(targets(shuffled))
    shuffled.on_epoch_begin()
    assert sorted(targets(shuffled)) == before


def test_drawn_movies_are_none_that_the_user_rated(split):
    batches = sequence_task(split, 100, negatives=3, ties="table").x
    seen = {user: set(own["movie"]) for user, own in split.train.groupby("user")}
    for i in range(len(batches)):
        (_, asked), target = batches[i]
        real = target != PADDING
        np.testing.assert_array_equal(asked[..., 0][real], target[real])
        for user, drawn in zip(batches.user[batches.batches[i]], asked[..., 1:], strict=True):
            assert not seen[user] & set(drawn.ravel().tolist())


def test_an_unknown_order_of_ties_is_refused(split):
    with pytest.raises(ValueError, match="ties='file'"):
        sequence_task(split, ties="file")


# ----------------------------------------------------------------------- who is asked what
def test_leave_one_out_asks_for_the_last_rating(split):
    for part, others in (
        ("validation", [split.train]),
        ("test", [split.train, split.validation]),
    ):
        people = next_movie(split, part)
        asked = getattr(split, part).sort_values("user")
        np.testing.assert_array_equal(people.users, asked["user"])
        np.testing.assert_array_equal(people.hidden.nonzero()[1], asked["movie"])
        assert people.seen.nnz == sum(len(table) for table in others)
        assert len(people.history) == people.seen.nnz


def test_a_history_ends_with_what_came_last(split):
    people = next_movie(split, "test")
    last = people.history.groupby("user").tail(1)["movie"].to_numpy()
    np.testing.assert_array_equal(last, split.validation.sort_values("user")["movie"])


def test_after_a_date_a_user_is_asked_for_their_last_rating_only():
    split = global_temporal_split(random_movielens((40, 30, 50, 20), n_movies=60))
    people = next_movie(split, "test")
    assert (np.asarray(people.hidden.sum(axis=1)) == 1).all()
    for row, user in enumerate(people.users):
        own = split.test[split.test["user"] == user]
        asked = people.hidden[row].nonzero()[1][0]
        assert own.loc[own["movie"] == asked, "timestamp"].item() == own["timestamp"].max()
        earlier = sum((t["user"] == user).sum() for t in (split.train, split.validation))
        assert people.seen[row].nnz == earlier + len(own) - 1


def test_a_user_with_a_first_rating_only_is_not_asked():
    split = hand_split([(0, 0, 4), (0, 1, 4)], [(0, 2, 3), (1, 0, 5)])
    assert list(next_movie(split, "test").users) == [0]


# --------------------------------------------------------------------------- training
def cycles(n_users=30, n=9):
    """Everybody rates 0 → 1 → 2 … → 11 → 0 from somewhere on."""
    rows = [
        (user, 1 + (user + place) % 12, 4, 100 * place) for user in range(n_users) for place in
        range(n)
    ]  # fmt: skip
    return leave_one_out_split(movielens(rows))


@pytest.mark.parametrize("negatives", [0, 2])
def test_fit_learns_what_follows_and_keeps_the_best_epoch(negatives):
    split = cycles()
    people = next_movie(split)
    sizes = {"length": 6, "dim": 8, "heads": 1, "blocks": 1, "dropout": 0.0}
    loss = one_negative if negatives else full_cross_entropy

    def build():
        model = sasrec(split.n_movies, **sizes, candidates=negatives > 0)
        return compiled(model, loss, 0.03, jit_compile=False)

    def validation_ndcg(model):
        return score_lists(score_next(model, people), people, split, model="sasrec").ndcg

    task = sequence_task(split, 6, places=60, negatives=negatives)
    fitted = fit(build, task, epochs=12, choose_by=validation_ndcg, patience=None, progress=False)
    curve = fitted.history["validation_ndcg"]
    assert fitted.best_epoch == 1 + curve.argmax()
    assert fitted.recipe["validation_curve"] == curve.round(4).tolist()
    assert validation_ndcg(fitted.model) == pytest.approx(curve.max())
    tested = next_movie(split, "test")
    scores = score_next(fitted.model, tested)
    first = np.where(tested.seen.toarray() > 0, -np.inf, scores).argmax(axis=1)
    assert (first == tested.hidden.nonzero()[1]).mean() > 0.95


# ------------------------------------------------------------------------------ scores
@pytest.fixture(scope="module")
def untrained(split):
    keras.utils.set_random_seed(0)
    return sasrec(split.n_movies, length=8, dim=8)


def test_scores_are_the_logits_at_the_last_real_place(untrained, split):
    histories = [np.array([3, 1, 4]), np.array([], int), np.arange(20)]
    found = score_histories(untrained, histories)
    for row, history in ((0, histories[0]), (2, histories[2][-8:])):
        alone = untrained(history[None].astype("int32"), training=False)
        np.testing.assert_allclose(found[row], np.asarray(alone)[0, -1], rtol=1e-4, atol=1e-5)
    assert not found[1].any()


def test_a_task_answers_by_user_by_pair_and_for_new_people(untrained, split):
    task = sequence_task(split, 8, ties="table")
    users = np.array([4, 0, 3])
    scores = task.score(untrained, users)
    assert scores.shape == (3, split.n_movies)
    pairs = task.predict(untrained, np.array([3, 4]), np.array([5, 6]))
    np.testing.assert_allclose(pairs, [scores[2, 5], scores[0, 6]], rtol=1e-5)
    people = next_movie(split, ties="table")
    np.testing.assert_allclose(score_next(untrained, people)[users], scores, rtol=1e-4, atol=1e-5)


def test_rivals_are_judged_by_the_same_function(split):
    people = next_movie(split, "test")
    for scores in (
        popularity(split).shares,
        cooccurrence(split).score_profiles(profile_weights(people, "last", last=3, good=0.0)),
    ):
        scored = score_lists(scores, people, split, model="rival")
        assert len(scored.by_user) == len(people.users)


def test_a_trained_model_can_be_ranked_like_any_other(untrained, split):
    task = sequence_task(split, 8)

    class Fitted:
        def score(self, users):
            return task.score(untrained, users)

    assert 0 <= rank(Fitted(), split, k=3).ndcg <= 1


def test_some_movies_are_the_hidden_one_and_drawn_others(split):
    people = next_movie(split, "test")
    scores = np.random.default_rng(0).random(people.hidden.shape)
    some = only_some(scores, people, 5)
    asked = np.isfinite(some)
    assert (asked.sum(axis=1) == 6).all()
    assert asked[people.hidden.nonzero()].all()
    assert not asked[people.seen.nonzero()].any()
    np.testing.assert_array_equal(some[asked], scores[asked])
    every = score_lists(scores, people, split, model="all")
    drawn = score_lists(some, people, split, model="some")
    assert drawn.ndcg > every.ndcg


# ------------------------------------------------------------------------------- the split
def test_leave_one_out_holds_out_the_last_two_in_time(split):
    together = split.validation.merge(split.test, on="user", suffixes=("", "_test"))
    assert (together["timestamp"] <= together["timestamp_test"]).all()
    latest = split.train.groupby("user")["timestamp"].max()
    assert (latest[together["user"]].to_numpy() <= together["timestamp"]).all()
    assert len(together) == split.n_users == len(COUNTS)


def test_of_ratings_of_the_last_second_one_is_drawn_or_the_files_last():
    data = movielens([(1, movie, 4, 50 + (movie > 5)) for movie in range(1, 31)])
    drawn = {leave_one_out_split(data, seed=seed).test["movie"].item() for seed in range(8)}
    assert len(drawn) > 3
    assert leave_one_out_split(data, seed=3).test.equals(leave_one_out_split(data, seed=3).test)
    by_file = leave_one_out_split(data, ties="file")
    assert by_file.name == "leave_one_out_file"
    assert (by_file.validation["movie"].item(), by_file.test["movie"].item()) == (28, 29)
    with pytest.raises(ValueError, match="ties='random'"):
        leave_one_out_split(data, ties="random")


def test_users_with_two_ratings_stay_in_train():
    data = movielens([(1, 1, 4, 1), (1, 2, 4, 2), (2, 1, 4, 1), (2, 2, 4, 2), (2, 3, 4, 3)])
    split = leave_one_out_split(data)
    assert (len(split.train), list(split.test["user"])) == (3, [1])
