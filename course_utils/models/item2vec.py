"""Word2Vec on lists of movies: a movie is a word, a user's history is a sentence.

Two movies that many people have close together in their lists get similar vectors. No content is
used; this is collaborative filtering. Sources: Mikolov et al., NIPS 2013 (skip-gram with negative
sampling); Barkan & Koenigstein, 2016 (item2vec); the 2021 project's notebook.
"""

import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse

from course_utils.data.held_out import LIKED, HeldOutUsers
from course_utils.data.matrices import seen_movies
from course_utils.data.splits import Split
from course_utils.models.folding import as_rows

ORDERS = ("id", "time", "shuffle", "reshuffle")
# The project's settings, and gensim's defaults of the time for what it left alone.
PUBLISHED = {
    "order": "id",
    "good": 0.0,
    "size": 100,
    "window": 8,
    "negative": 15,
    "alpha": 0.001,
    "epochs": 20,
    "ns_exponent": 0.75,
    "sample": 1e-3,
}


def sentences(
    ratings: pd.DataFrame, order: str = "time", *, good: float = LIKED, seed: int = 0
) -> list[list[str]]:
    """One list of movies a user, as the words that gensim wants (``str`` of the index).

    ratings: columns user, movie, rating, timestamp. order: "time" (ties as in the file), "shuffle",
    or "id", which is what merging movies with ratings gave in 2021. good: leave out ratings below.
    """
    if order not in ORDERS:
        raise ValueError(f"order={order!r}: give one of {', '.join(ORDERS)}")
    kept = ratings[ratings["rating"] >= good]
    if order == "id":
        kept = kept.sort_values(["user", "movie"])
    elif order == "time":
        kept = kept.sort_values(["user", "timestamp"], kind="stable")
    else:
        kept = kept.sample(frac=1, random_state=seed).sort_values("user", kind="stable")
    starts = np.unique(kept["user"], return_index=True)[1][1:]
    return [list(words) for words in np.split(kept["movie"].astype(str).to_numpy(object), starts)]


@dataclass(frozen=True)
class Item2Vec:
    """Vectors of the movies that are rated often enough, and what is asked of them.

    movies: indices in the split, (n_words,), most frequent first. vectors: a movie as the centre of
    a window, (n_words, size). contexts: a movie as its neighbour, same shape; gensim hides them
    in ``syn1neg``. n_movies: of the whole split. liked: 1 where a training user liked a movie, CSR
    of (n_users, n_movies).
    """

    movies: np.ndarray
    vectors: np.ndarray = field(repr=False)
    contexts: np.ndarray = field(repr=False)
    n_movies: int
    liked: sparse.csr_matrix = field(repr=False)
    seconds: float = 0.0
    seed: int = 0

    @property
    def unit(self) -> np.ndarray:
        """The vectors at length 1: their dot products are cosines."""
        return self.vectors / np.linalg.norm(self.vectors, axis=1, keepdims=True)

    def place(self, movie: int) -> int:
        """Row of a movie in ``vectors``; KeyError for a movie outside the vocabulary."""
        found = np.flatnonzero(self.movies == movie)
        if not len(found):
            raise KeyError(f"movie {movie} has too few ratings: it is not among {len(self.movies)}")
        return int(found[0])

    def nearest(self, vector: np.ndarray, n: int = 6, *, without=()) -> pd.DataFrame:
        """The ``n`` movies with the highest cosine to a vector: columns movie, cosine.

        without: movies to leave out, the one asked about or those a user has seen.
        """
        cosine = self.unit @ (np.asarray(vector) / np.linalg.norm(vector))
        order = np.argsort(-cosine, kind="stable")
        order = order[~np.isin(self.movies[order], np.asarray(without, int))][:n]
        return pd.DataFrame({"movie": self.movies[order], "cosine": cosine[order]})

    def similar_movies(self, movie: int, n: int = 6) -> pd.DataFrame:
        """The ``n`` movies most similar to a movie, itself left out: columns movie, cosine."""
        return self.nearest(self.vectors[self.place(movie)], n, without=[movie])

    def profile(self, movies) -> np.ndarray:
        """A user's vector: the mean of their movies' vectors; unknown movies are left out."""
        known = np.isin(self.movies, movies)
        if not known.any():
            raise ValueError("none of these movies has a vector: nothing to average")
        return self.vectors[known].mean(axis=0)

    def score(self, users) -> np.ndarray:
        """Scores of all movies for some training users, (n_users, n_movies)."""
        return self._score_liked(self.liked[users])

    def fold_in(self, profiles: Sequence[pd.DataFrame]) -> np.ndarray:
        """The same for new users, by the movies they liked: (n_profiles, n_movies)."""
        liked = [p[p["rating"] >= LIKED].assign(rating=1.0) for p in profiles]
        return self._score_liked(as_rows(liked, self.n_movies))

    def predict(self, users, movies) -> np.ndarray:
        """Scores of pairs of a training user and a movie, (n_pairs,). They are no stars."""
        asked, row = np.unique(users, return_inverse=True)
        return self.score(asked)[row, movies]

    def _score_liked(self, liked: sparse.csr_matrix) -> np.ndarray:
        scores = self.score_profiles(liked / max(liked.sum(axis=1).max(), 1.0))
        known = np.isfinite(scores)
        return np.where(known, scores, scores[known].min())  # no vector: behind all others

    def score_profiles(self, weights: sparse.csr_matrix, by: str = "context") -> np.ndarray:
        """Scores of all movies for profiles given by weights of movies, (n_users, n_movies).

        by: "cosine" of the mean vector and the movie's vector, as in 2021; "context": what
        skip-gram was trained to tell, how likely the movie is as a neighbour of those in the
        profile (mean vector times context vector). Movies without a vector get -inf.
        """
        if by not in ("cosine", "context"):
            raise ValueError(f'by={by!r}: give "cosine" or "context"')
        known = weights[:, self.movies]
        if by == "cosine":
            profile = known @ self.vectors
            length = np.linalg.norm(profile, axis=1, keepdims=True)
            own = profile / np.maximum(length, 1e-12) @ self.unit.T
        else:
            own = (known @ self.vectors) @ self.contexts.T
        scores = np.full((weights.shape[0], self.n_movies), -np.inf, "float32")
        scores[:, self.movies] = own
        return scores


def train(
    split: Split,
    *,
    order: str = "time",
    good: float = LIKED,
    size: int = 64,
    window: int = 8,
    negative: int = 5,
    alpha: float = 0.05,
    min_alpha: float = 0.0001,
    epochs: int = 15,
    ns_exponent: float = 0.25,
    sample: float = 0.0,
    min_count: int = 5,
    seed: int = 0,
) -> Item2Vec:
    """Skip-gram with negative sampling on the training users' lists, by gensim.

    The defaults are the course's own recipe, chosen on validation users; PUBLISHED is that of 2021.
    order, good: see :func:`sentences`; "reshuffle" draws a new order each epoch, so that over the
    epochs any two movies of a list can be neighbours. size: of a vector. negative: noise movies a
    pair. ns_exponent: noise is drawn in proportion to frequency to this power. sample: frequent
    movies are skipped at random above this share (0: never). min_count: movies in fewer lists get
    no vector.

    One worker thread and a hash of our own: with more threads, gensim's result changes from run
    to run whatever the seed.
    """
    from gensim.models import Word2Vec

    start = time.perf_counter()
    corpus = _Corpus(split.train, order, good, seed)
    model = Word2Vec(
        vector_size=size,
        window=window,
        sg=1,
        hs=0,
        negative=negative,
        alpha=alpha,
        min_alpha=min_alpha,
        ns_exponent=ns_exponent,
        sample=sample,
        min_count=min_count,
        seed=seed,
        workers=1,
        hashfxn=_stable_hash,
    )
    model.build_vocab(corpus)
    model.train(corpus, total_examples=model.corpus_count, epochs=epochs)
    return Item2Vec(
        movies=np.array(model.wv.index_to_key, int),
        vectors=model.wv.vectors,
        contexts=model.syn1neg,
        n_movies=split.n_movies,
        liked=seen_movies(split.train[split.train["rating"] >= LIKED], shape=split.shape),
        seconds=time.perf_counter() - start,
        seed=seed,
    )


def titled(table: pd.DataFrame, split: Split, movies: pd.DataFrame) -> pd.DataFrame:
    """Adds to a table with a ``movie`` column: title, year, movie_id and training ratings.

    movies: ``MovieLens.movies``.
    """
    ids = split.movie_ids[table["movie"]]
    ratings = split.support[table["movie"]]
    known = movies.set_index("movie_id").loc[ids, ["title", "year"]].reset_index()
    named = known[["title", "year", "movie_id"]].assign(ratings=ratings)
    rest = table.drop(columns="movie").reset_index(drop=True)
    return pd.concat([named, rest], axis=1)


def flatten(vectors: np.ndarray, method: str = "umap", *, seed: int = 0) -> np.ndarray:
    """Vectors laid out on a plane so that neighbours stay neighbours, (n_words, 2).

    method: "umap", or "tsne" by scikit-learn; both by cosine. Far distances on such a map mean
    little, and so do its axes. The same seed gives the same map on one machine, not on all.
    """
    if method == "tsne":
        from sklearn.manifold import TSNE

        tsne = TSNE(perplexity=30, init="pca", metric="cosine", max_iter=500, random_state=seed)
        return tsne.fit_transform(vectors)
    if method != "umap":
        raise ValueError(f'method={method!r}: give "umap" or "tsne"')
    from umap import UMAP

    umap = UMAP(n_neighbors=20, min_dist=0.2, metric="cosine", random_state=seed, n_jobs=1)
    return umap.fit_transform(vectors)


def neighbourhood(model: Item2Vec, split: Split, movies: pd.DataFrame, n: int = 6) -> dict:
    """What movies have in common with the ``n`` nearest to them, and with movies at random.

    movies: ``MovieLens.movies``. Returns medians ``id_distance`` and ``year_distance``, the share
    ``same_genre`` of neighbours with at least one genre in common, the mean ``cosine``; and each
    again with ``_chance`` for pairs drawn at random.
    """
    here, near, far = _neighbours_and_strangers(model, n)
    table = movies.set_index("movie_id").loc[split.movie_ids[model.movies]]
    genres = table["genres"].str.get_dummies("|").to_numpy()
    years, ids = table["year"].to_numpy(float), table.index.to_numpy()
    found = {}
    unit = model.unit
    for name, there in (("", near), ("_chance", far)):
        found[f"id_distance{name}"] = float(np.median(np.abs(ids[here] - ids[there])))
        found[f"year_distance{name}"] = float(np.nanmedian(np.abs(years[here] - years[there])))
        shared = (genres[here] * genres[there]).any(axis=1)
        found[f"same_genre{name}"] = float(shared.mean())
        found[f"cosine{name}"] = float((unit[here] * unit[there]).sum(axis=1).mean())
    return found


def neighbour_cosines(model: Item2Vec, n: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of all movies with their ``n`` nearest, and with as many movies drawn at random."""
    here, near, far = _neighbours_and_strangers(model, n)
    unit = model.unit
    return tuple((unit[here] * unit[there]).sum(axis=1) for there in (near, far))


def _neighbours_and_strangers(model: Item2Vec, n: int):
    """Places of each movie (n times over), of its n nearest and of n others: (n_words · n,)."""
    unit = model.unit
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    near = np.argpartition(-cosine, n, axis=1)[:, :n].ravel()
    here = np.repeat(np.arange(len(unit)), n)
    away = np.random.default_rng(0).integers(1, len(unit), len(here))
    return here, near, (here + away) % len(unit)  # at least one place away: never the movie itself


def sgns(center: np.ndarray, positive: np.ndarray, negatives: np.ndarray) -> dict:
    """Loss of one pair of neighbours with its noise, and the gradients of its vectors.

    center: (size,), the movie's vector; positive: (size,), its neighbour's context vector;
    negatives: (n, size), those of movies drawn as noise. Returns ``loss``, −log σ(v·c) − Σ log
    σ(−v·cₙ), and its gradients ``center``, ``positive`` and ``negatives``, shaped like the vectors.
    Source: Mikolov et al., NIPS 2013, equation 4.
    """
    contexts = np.vstack([positive, negatives])
    sign = np.r_[1.0, -np.ones(len(negatives))]
    scores = sign * (contexts @ center)
    errors = -sign / (1 + np.exp(scores))
    return {
        "loss": float(np.logaddexp(0, -scores).sum()),
        "center": errors @ contexts,
        "positive": errors[0] * center,
        "negatives": np.outer(errors[1:], center),
    }


PROFILES = ("mean", "stars", "last")


def profile_weights(
    people: HeldOutUsers, profile: str = "mean", *, last: int = 5, good: float = LIKED
) -> sparse.csr_matrix:
    """Weights of each held-out user's movies, summing to 1 a user: CSR (n_users, n_movies).

    "mean": all movies with ``good`` stars or more count the same (``good=0``: all rated movies, as
    in 2021). "stars": each of these weighs its stars above ``good - 1``. "last": only the
    ``last`` of these.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile={profile!r}: give one of {', '.join(PROFILES)}")
    kept = people.history[people.history["rating"] >= good]
    if profile == "last":
        kept = kept.groupby("user").tail(last)
    stars = kept["rating"] - (good - 1)
    weight = stars if profile == "stars" else stars * 0 + 1
    total = weight.groupby(kept["user"]).transform("sum")
    cells = (weight / total).to_numpy("float32"), (kept["user"], kept["movie"])
    return sparse.csr_matrix(cells, shape=people.seen.shape)


class _Corpus:
    """The lists, drawn anew for each pass where the order is "reshuffle"."""

    def __init__(self, ratings: pd.DataFrame, order: str, good: float, seed: int):
        self.ratings, self.order, self.good = ratings, order, good
        self.rng = np.random.default_rng(seed)
        self.fixed = (
            None if order == "reshuffle" else sentences(ratings, order, good=good, seed=seed)
        )

    def __iter__(self) -> Iterator[list[str]]:
        if self.fixed is not None:
            return iter(self.fixed)
        draw = int(self.rng.integers(2**31))
        return iter(sentences(self.ratings, "reshuffle", good=self.good, seed=draw))


def _stable_hash(word: str) -> int:
    """Python's own hash of a string differs from process to process."""
    return zlib.crc32(word.encode())
