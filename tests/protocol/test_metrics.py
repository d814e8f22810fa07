"""Scores against scikit-learn, brute force and hand calculation; conventions pinned down."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from scipy import sparse
from sklearn.metrics import mean_absolute_error, ndcg_score, root_mean_squared_error

from course_utils.models.losses import masked_mse
from course_utils.protocol import metrics

light = settings(max_examples=40, deadline=None)


def recall_at_k(ranked, relevant):
    return metrics.ranking_by_user(ranked, relevant)["recall"].mean()


def hit_rate_at_k(ranked, relevant):
    return metrics.ranking_by_user(ranked, relevant)["hit"].mean()


def ndcg_at_k(ranked, relevant):
    return metrics.ranking_by_user(ranked, relevant)["ndcg"].mean()


def some_ratings(n_users=15, seed=0):
    """(users, stars, predictions): users with 1 to 8 ratings and predictions 1 star off or so."""
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(n_users) * 3 + 2, rng.integers(1, 9, n_users))
    stars = rng.integers(1, 6, len(users)).astype(float)
    return users, stars, stars + rng.normal(0, 1, len(users))


# --------------------------------------------------------------------------- predicted ratings
@light
@given(st.integers(0, 1000))
def test_rmse_and_mae_equal_scikit_learn(seed):
    _, stars, predicted = some_ratings(seed=seed)
    assert metrics.rmse(stars, predicted) == pytest.approx(
        root_mean_squared_error(stars, predicted)
    )
    assert metrics.mae(stars, predicted) == pytest.approx(mean_absolute_error(stars, predicted))


def test_rmse_of_float32_is_computed_in_float64():
    stars, predicted = np.full(10**6, 4, "float32"), np.full(10**6, 3.9, "float32")
    assert metrics.rmse(stars, predicted) == pytest.approx(float(np.float32(4) - predicted[0]))


def test_per_user_rmse_weighs_every_user_the_same():
    users, stars, predicted = [7, 7, 7, 9], [4, 4, 4, 5], [5, 5, 5, 5]
    assert metrics.per_user_rmse(users, stars, predicted) == pytest.approx((1 + 0) / 2)
    assert metrics.rmse(stars, predicted) == pytest.approx(np.sqrt(3 / 4))


def test_users_without_test_ratings_flatter_only_the_original_metric():
    y_true = np.array([[4.0, 0, 2.0], [0, 5.0, 0], [0, 0, 0], [0, 0, 0]], "float32")
    y_pred = np.full(y_true.shape, 3, "float32")
    original = float(ops.mean(ops.sqrt(masked_mse(y_true, y_pred))))  # what Keras reported in 2021
    users, movies = y_true.nonzero()
    ours = metrics.per_user_rmse(users, y_true[users, movies], y_pred[users, movies])
    assert original == pytest.approx((1 + 2 + 0 + 0) / 4)
    assert ours == pytest.approx((1 + 2) / 2)


@light
@given(st.integers(0, 1000))
def test_mean_of_roots_is_at_most_the_root_of_the_mean(seed):
    users, stars, predicted = some_ratings(seed=seed)
    by_user = metrics.rmse_by_user(users, stars, predicted)
    bound = np.sqrt((by_user["rmse"] ** 2).mean())
    assert metrics.per_user_rmse(users, stars, predicted) <= bound + 1e-12


def test_the_two_metrics_can_rank_two_models_differently():
    users = [1] * 9 + [2]
    stars = np.full(10, 3.0)
    serves_the_active = stars + np.r_[[0.5] * 9, 2.0]
    serves_the_quiet = stars + np.r_[[1.0] * 9, 0.0]
    assert metrics.rmse(stars, serves_the_active) < metrics.rmse(stars, serves_the_quiet)
    assert metrics.per_user_rmse(users, stars, serves_the_active) > metrics.per_user_rmse(
        users, stars, serves_the_quiet
    )


def test_rmse_by_user_counts_and_sums():
    table = metrics.rmse_by_user([5, 3, 5], [4, 2, 1], [3, 2, 3])
    assert list(table.index) == [3, 5]
    assert table["n"].tolist() == [1, 2]
    assert table["sse"].tolist() == [0, 5]
    assert table["rmse"].tolist() == pytest.approx([0, np.sqrt(2.5)])


def test_the_bootstrap_interval_holds_the_rmse_is_reproducible_and_shrinks_with_users():
    widths = {}
    for n_users in (20, 320):
        users, stars, predicted = some_ratings(n_users)
        low, high = metrics.bootstrap_interval(users, stars, predicted, draws=300)
        assert low < metrics.rmse(stars, predicted) < high
        assert (low, high) == metrics.bootstrap_interval(users, stars, predicted, draws=300)
        assert (low, high) != metrics.bootstrap_interval(users, stars, predicted, draws=300, seed=1)
        widths[n_users] = high - low
    assert widths[320] < widths[20] / 2  # 16 times the users: about a quarter


def test_a_higher_level_gives_a_wider_interval():
    data = some_ratings()
    low_95, high_95 = metrics.bootstrap_interval(*data)
    low_50, high_50 = metrics.bootstrap_interval(*data, level=0.5)
    assert low_95 < low_50 < high_50 < high_95


def test_paired_difference_is_negative_where_a_is_better_and_turns_round():
    users, stars, good = some_ratings(60)
    bad = stars + 1.2 * (good - stars)
    difference, low, high = metrics.paired_difference(users, stars, good, bad, draws=300)
    assert difference == pytest.approx(metrics.rmse(stars, good) - metrics.rmse(stars, bad))
    assert low < difference < high < 0
    turned, turned_low, turned_high = metrics.paired_difference(users, stars, bad, good, draws=300)
    assert (turned, turned_low, turned_high) == pytest.approx((-difference, -high, -low))


def test_pairing_makes_the_interval_far_narrower():
    users, stars, good = some_ratings(60)
    slightly_worse = stars + 1.02 * (good - stars)
    _, low, high = metrics.paired_difference(users, stars, good, slightly_worse, draws=300)
    own_low, own_high = metrics.bootstrap_interval(users, stars, good, draws=300)
    assert high - low < (own_high - own_low) / 10


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        (np.ones(3), np.ones((3, 1)), r"\(3, 1\).*\.ravel\(\)"),
        (np.ones(3), np.ones(2), r"y_true \(3,\) and y_pred \(2,\)"),
        ([], [], "y_true is empty"),
        ([1.0, 2.0], [1.0, np.nan], "y_pred holds NaN"),
        ([1.0, 2.0], [1.0, np.inf], "y_pred holds NaN or infinity"),
    ],
)
@pytest.mark.parametrize("score", [metrics.rmse, metrics.mae])
def test_what_cannot_be_scored_is_refused_with_its_reason(score, y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        score(y_true, y_pred)


# -------------------------------------------------------------------------------- ranked lists
@st.composite
def rankings(draw):
    """(scores with ties, seen, relevant, k): seen and relevant share no movie."""
    n_users, n_movies = draw(st.integers(1, 5)), draw(st.integers(2, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    scores = rng.integers(0, draw(st.sampled_from([3, 1000])), (n_users, n_movies)).astype(float)
    kind = rng.choice(3, (n_users, n_movies), p=[0.5, 0.25, 0.25])
    kind[0, 0] = 2  # at least one user has a relevant movie
    seen, relevant = (sparse.csr_matrix((kind == k).astype("float32")) for k in (1, 2))
    return scores, seen, relevant, draw(st.integers(1, n_movies))


@light
@given(rankings())
def test_top_k_equals_sorting_everything(ranking):
    scores, seen, _, k = ranking
    ranked = metrics.top_k(scores, seen, k)
    assert ranked.shape == (len(scores), k)
    for user, row in enumerate(ranked):
        unseen = np.flatnonzero(seen[[user]].toarray()[0] == 0)
        best = sorted(unseen, key=lambda movie: -scores[user, movie])[:k]  # sorted() is stable
        assert sorted(scores[user, row[row >= 0]]) == sorted(scores[user, best])
        assert set(row[row >= 0]) <= set(unseen)
        assert (row[len(best) :] == -1).all()


@light
@given(rankings())
def test_recall_and_hit_rate_equal_counting_with_sets(ranking):
    scores, seen, relevant, k = ranking
    ranked = metrics.top_k(scores, seen, k)
    recalls, hits = [], []
    for user, row in enumerate(ranked):
        wanted = set(relevant[[user]].indices)
        if wanted:
            found = wanted & set(row)
            recalls.append(len(found) / len(wanted))
            hits.append(bool(found))
    assert recall_at_k(ranked, relevant) == pytest.approx(np.mean(recalls))
    assert hit_rate_at_k(ranked, relevant) == pytest.approx(np.mean(hits))


@pytest.mark.parametrize("k", [1, 3, 10])
def test_ndcg_equals_scikit_learn(k):
    rng = np.random.default_rng(0)
    scores = rng.random((20, 12))
    relevant = rng.random((20, 12)) < 0.3
    relevant[:, 0] |= ~relevant.any(1)  # scikit-learn counts a user with nothing relevant as 0
    ranked = metrics.top_k(scores, sparse.csr_matrix(scores.shape), k)
    expected = ndcg_score(relevant, scores, k=k)
    assert ndcg_at_k(ranked, sparse.csr_matrix(relevant)) == pytest.approx(expected)


def test_ndcg_is_one_for_the_best_list_and_depends_on_the_place():
    relevant = sparse.csr_matrix([[1, 1, 0, 0]])
    ndcg = [ndcg_at_k(np.array([row]), relevant) for row in ([1, 0, 2], [2, 0, 1], [2, 3, 0])]
    assert ndcg[0] == pytest.approx(1)
    assert ndcg[1] == pytest.approx((1 / np.log2(3) + 1 / 2) / (1 + 1 / np.log2(3)))
    assert ndcg[0] > ndcg[1] > ndcg[2] > 0


@pytest.mark.parametrize("score", [recall_at_k, ndcg_at_k, hit_rate_at_k])
def test_users_without_a_relevant_movie_do_not_count(score):
    relevant = sparse.csr_matrix([[1, 0, 0], [0, 0, 0]])
    assert score(np.array([[0, 1], [0, 1]]), relevant) == 1.0


@pytest.mark.parametrize("score", [recall_at_k, ndcg_at_k, hit_rate_at_k])
def test_a_padded_place_is_never_a_hit(score):
    last_movie = sparse.csr_matrix([[0, 0, 1]])  # -1 as an index would be the last movie
    assert score(np.array([[0, -1]]), last_movie) == 0.0


def test_scores_and_seen_must_have_one_shape():
    with pytest.raises(ValueError, match=r"scores \(1, 3\) and seen \(1, 2\)"):
        metrics.top_k(np.zeros((1, 3)), sparse.csr_matrix((1, 2)), 1)


def test_top_k_leaves_the_scores_as_they_were():
    scores = np.array([[1.0, 2.0]])
    metrics.top_k(scores, sparse.csr_matrix([[0, 1]]), 1)
    assert scores.tolist() == [[1.0, 2.0]]


def test_coverage_counts_movies_recommended_to_anyone():
    assert metrics.coverage(np.array([[0, 1], [1, -1]]), n_movies=8) == 2 / 8


def test_novelty_is_the_mean_surprise_in_bits():
    popularity = np.array([0.5, 0.125, 0.0])
    assert metrics.novelty(np.array([[0, 1], [1, -1]]), popularity) == pytest.approx(
        (1 + 3 + 3) / 3
    )
    never_seen = metrics.novelty(np.array([[2]]), popularity)
    assert never_seen == pytest.approx(np.log2(1e6))


def test_a_rating_that_is_not_a_number_is_refused_not_counted_as_perfect():
    with pytest.raises(ValueError, match="y_true holds NaN"):
        metrics.per_user_rmse([1, 1], [np.nan, 3.0], [3.0, 3.0])


def test_scores_that_are_not_numbers_are_refused_not_recommended():
    scores = np.array([[np.nan, 1.0]])
    with pytest.raises(ValueError, match="scores holds NaN"):
        metrics.top_k(scores, sparse.csr_matrix(scores.shape), 2)


def test_of_equal_scores_the_lower_index_comes_first():
    scores = np.zeros((1, 300))
    scores[0, 200] = 1
    nothing_seen = sparse.csr_matrix(scores.shape)
    assert metrics.top_k(scores, nothing_seen, 4).tolist() == [[200, 0, 1, 2]]


def test_a_list_longer_than_the_catalogue_is_padded():
    nothing_seen = sparse.csr_matrix((1, 2))
    assert metrics.top_k(np.array([[1.0, 2.0]]), nothing_seen, 4).tolist() == [[1, 0, -1, -1]]


@pytest.mark.parametrize("score", [recall_at_k, ndcg_at_k, hit_rate_at_k])
def test_a_stored_zero_is_not_a_relevant_movie(score):
    relevant = sparse.csr_matrix(np.array([[1.0, 1.0], [1.0, 1.0]]))
    relevant.data[1:] = 0  # as after masking the stored ratings
    assert score(np.array([[0], [1]]), relevant) == 1.0


def test_ranking_by_user_keeps_users_apart_and_leaves_out_those_without_relevant_movies():
    relevant = sparse.csr_matrix([[1, 1, 0], [0, 0, 0], [0, 0, 1]])
    table = metrics.ranking_by_user(np.array([[2, 0], [0, 1], [0, 1]]), relevant)
    assert table.index.tolist() == [0, 2]
    assert table["hit"].tolist() == [1, 0]
    assert table["recall"].tolist() == [0.5, 0]
    assert table["ndcg"].tolist() == pytest.approx([(1 / np.log2(3)) / (1 + 1 / np.log2(3)), 0])


def test_mean_interval_covers_the_mean_and_narrows_with_users():
    values = np.random.default_rng(0).random(400)
    low, high = metrics.mean_interval(values)
    assert low < values.mean() < high
    few_low, few_high = metrics.mean_interval(values[:25])
    assert high - low < (few_high - few_low) / 2
    assert metrics.mean_interval(values) == (low, high)


@pytest.mark.parametrize("values", [[], [[1.0, 2.0]]])
def test_mean_interval_needs_one_value_a_user(values):
    with pytest.raises(ValueError, match="one value a user"):
        metrics.mean_interval(values)
