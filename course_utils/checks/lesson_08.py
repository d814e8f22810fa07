"""Exercises of lesson 08, which film next?"""

import numpy as np
from scipy.special import erf, logsumexp

from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens
from course_utils.checks.networks import ByHand, network


def _as_it_is(value, *_):
    return value


# ------------------------------------------------------------------------ inputs_and_targets
def _inputs_and_targets(history):
    history = np.asarray(history)
    return history[:-1], history[1:]


def _target_steps(history, *, read=lambda h: h[:-1], told=lambda h: h[1:]):
    history = np.asarray(history)
    return read(history), told(history)


def _two_rows(pair):
    read, told = pair
    return {"what is read": _row(read), "what comes next": _row(told)}


def _row(films):
    """The films of a row; in words if several histories stand where one belongs."""
    several = hasattr(films, "__len__") and any(map(np.ndim, films))
    return f"{len(films)} histories" if several else films


def _a_history(data):
    mine = data.ratings[data.ratings["user_id"] == data.ratings["user_id"].iloc[0]]
    return (mine.sort_values("timestamp", kind="stable")["movie_id"].to_numpy(),)


def _causal_mask(length):
    return np.tril(np.ones((length, length), bool))


# ------------------------------------------------------------------------------------ attend
def _softmax(score, axis=-1):
    return np.exp(score - logsumexp(score, axis=axis, keepdims=True))


def _attend(query, key, value):
    score = query @ key.T / np.sqrt(key.shape[1])
    return _softmax(np.where(_causal_mask(len(query)), score, -1e9)) @ value


def _attend_steps(
    query, key, value, *, below=lambda key: np.sqrt(key.shape[1]), mask=_causal_mask, axis=-1,
    shut=-1e9, share=_softmax, mixed=lambda q, k, v: v, compared=lambda q, k: (q, k),
):  # fmt: skip
    asks, answers = compared(query, key)
    score = asks @ answers.T / below(key)
    score = np.where(mask(len(query)), score, shut)
    return share(score, axis) @ mixed(query, key, value)


def _three_places(rng):
    return tuple(rng.normal(0, 1, (5, 4)).astype("float32") for _ in range(3))


# ------------------------------------------------------------------------ next_cross_entropy
def _next_cross_entropy(target, logits):
    real = target >= 0
    at = np.take_along_axis(logits, np.maximum(target, 0)[..., None], axis=-1)[..., 0]
    cost = logsumexp(logits, axis=-1) - at
    return (cost * real).sum() / max(real.sum(), 1)


def _entropy_steps(
    target, logits, *, real=lambda t: t >= 0, read=_as_it_is, sign=1, sure=logsumexp,
    count=lambda real: max(real.sum(), 1),
):  # fmt: skip
    kept, logits = real(target), read(logits)
    at = np.take_along_axis(logits, np.maximum(target, 0)[..., None], axis=-1)[..., 0]
    return sign * ((sure(logits, axis=-1) - at) * kept).sum() / count(kept)


def _as_shares(logits):
    """What Keras (on TensorFlow) makes of logits that it takes for probabilities."""
    return np.log(np.clip(logits, 1e-7, 1 - 1e-7))


def _binary(target, logits):
    right = target[..., None] == np.arange(logits.shape[-1])
    return np.logaddexp(0, logits) - right * logits


def _some_places(rng):
    target = rng.integers(0, 6, (3, 4))
    target[0, 2:], target[2, 3:] = -1, -1
    return target, rng.normal(0, 2, (3, 4, 6)).astype("float32")


_TARGET = np.array([[1, 2, -1], [0, -1, -1]])
_LOGITS = np.random.default_rng(8).normal(0, 1.5, (2, 3, 4)).round(1).astype("float32")


# ---------------------------------------------------------------------------- sasrec_network
def _sasrec_network(
    n_movies, length, dim, heads, blocks, dropout, *, causal=True, places=True, tied=True,
    added=True, norm="pre", last_norm=True, wide="gelu", times=1, dense=True, shared=False,
    dropped=("vectors", "look", "think"), by_keras=False, grown=1.0, end=_as_it_is,
):  # fmt: skip
    blocks_made = 1 if shared else blocks
    looks = "MultiHeadAttention" if by_keras else "CausalAttention"
    by_head = (heads, dim // heads)
    kernel, bias = ((dim, *by_head), by_head) if by_keras else ((dim, dim), (dim,))
    pairs = [("table", (n_movies + 1, dim))] + [("places", (length, dim))] * places
    for i in range(blocks_made):
        look = [(f"{name}{b}_{i}", shape) for name in ("query", "key", "value")
                for b, shape in (("", kernel), ("_bias", bias))]  # fmt: skip
        look += [(f"mix_{i}", (*by_head, dim) if by_keras else (dim, dim))]
        look += [(f"mix_bias_{i}", (dim,))]
        think = [(f"wide_{i}", (dim, times * dim)), (f"wide_bias_{i}", (times * dim,))]
        think += [(f"dense_{i}", (times * dim, dim)), (f"dense_bias_{i}", (dim,))]
        for b, found in [("", look)] + [("_b", think)] * dense:
            made = [(f"norm{b}_{i}", (dim,)), (f"shift{b}_{i}", (dim,))] * (norm != "none")
            pairs += found + made if norm == "post" else made + found
    pairs += [("norm", (dim,)), ("shift", (dim,))] * last_norm
    pairs += [("out", (dim, n_movies)), ("out_bias", (n_movies,))] * (not tied)

    def forward(weights, movies):
        w = dict(zip([name for name, _ in pairs], weights, strict=True))

        def half(x, name, found):
            """One half of a block: what it finds is added, normalised where ``norm`` says."""

            def normalised(x):
                return _normalised(x, w[f"norm{name}"], w[f"shift{name}"])

            x = normalised(x) if norm == "first" else x
            new = found(normalised(x) if norm == "pre" else x)
            x = x + new if added else new
            return normalised(x) if norm == "post" else x

        def thought(x, i):
            x = _BEND[wide](x @ w[f"wide_{i}"] + w[f"wide_bias_{i}"])
            return x @ w[f"dense_{i}"] + w[f"dense_bias_{i}"]

        x = w["table"][np.asarray(movies)] * grown * (np.sqrt(dim) if places else 1.0)
        x = x + w["places"][: x.shape[1]] if places else x
        for i in np.arange(blocks) % blocks_made:
            x = half(x, f"_{i}", lambda x, i=i: _looked(x, w, i, heads, causal))
            x = half(x, f"_b_{i}", lambda x, i=i: thought(x, i)) if dense else x
        x = _normalised(x, w["norm"], w["shift"]) if last_norm else x
        return end(x @ w["table"][:n_movies].T if tied else x @ w["out"] + w["out_bias"])

    at = [("vectors", "PlaceVectors" if places else "MovieVectors")]
    at += ([("look", looks)] + [("think", f"Dense({dim})")] * dense) * blocks
    noise = [f"Dropout({dropout:g}) after {name}" for part, name in at if part in dropped]
    return ByHand([shape for _, shape in pairs], forward, noise if dropout else [])


def _changed(**steps):
    return lambda *sizes: _sasrec_network(*sizes, **steps)


def _with(change):
    """The right network for other arguments: ``change`` takes them by name and returns some."""

    def made(n_movies, length, dim, heads, blocks, dropout):
        sizes = {"heads": heads, "blocks": blocks, "dropout": dropout}
        return _sasrec_network(n_movies, length, dim, **(sizes | change(**sizes)))

    return made


_BEND = {
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "relu": lambda x: np.maximum(x, 0),
    "linear": _as_it_is,
}


def _normalised(x, scale, shift):
    spread = np.sqrt(x.var(-1, keepdims=True) + 1e-3)  # Keras' epsilon
    return (x - x.mean(-1, keepdims=True)) / spread * scale + shift


def _looked(x, w, i, heads, causal):
    def by_head(name):  # Keras' own attention has the heads as an axis of its weights
        kernel = w[f"{name}_{i}"].reshape(x.shape[2], -1)
        split = (x @ kernel + w[f"{name}_bias_{i}"].ravel()).reshape(*x.shape[:2], heads, -1)
        return np.swapaxes(split, 1, 2)

    query, key, value = map(by_head, ("query", "key", "value"))
    score = query @ np.swapaxes(key, 2, 3) / np.sqrt(key.shape[-1])
    weight = _softmax(np.where(_causal_mask(x.shape[1]), score, -1e9) if causal else score)
    found = np.swapaxes(weight @ value, 1, 2).reshape(x.shape)
    return found @ w[f"mix_{i}"].reshape(x.shape[2], -1) + w[f"mix_bias_{i}"]


def _histories(n_movies, length, dim, heads, blocks, *_):
    """Two histories, with more than one block shorter ones than there are place vectors."""
    places = length if blocks == 1 else length - 1
    return np.random.default_rng(9).integers(0, n_movies, (2, places)).astype("int32")


_TARGETS = [
    Misunderstanding("same", {"told": lambda h: h[:-1]},
        "The target is the film that was read at the same place: the network could copy it. "
        "Shift the targets by one."),
    Misunderstanding("backwards", lambda history: _inputs_and_targets(history)[::-1],
        "You ask for the film before. What was seen is read, what came next is the target."),
    Misunderstanding("whole_input", {"read": _as_it_is},
        "The last film is read, too, but nothing came after it: history[:-1]."),
    Misunderstanding("whole_target", {"told": _as_it_is},
        "The first film is nobody's next: history[1:]."),
    Misunderstanding("only_last", {"told": lambda h: h[-1:]},
        "Only the last film is a target. Here every film but the first is one: that is where "
        "the many questions come from."),
    Misunderstanding("only_last_pair", {"read": lambda h: h[-2:-1], "told": lambda h: h[-1:]},
        "That is one question a user. Every place asks for the film that follows it."),
    Misunderstanding("sorted", lambda history: _inputs_and_targets(np.sort(history)),
        "You sorted the films by number. Their order is what the model reads."),
    Misunderstanding("two_steps", {"told": lambda h: h[2:], "read": lambda h: h[:-2]},
        "The target stands two places on. The next one is asked."),
    Misunderstanding("reversed_history", lambda history: _inputs_and_targets(history[::-1]),
        "You turned the history round: time runs from left to right."),
    Misunderstanding("no_repeats", lambda history: _inputs_and_targets(
        [m for i, m in enumerate(history) if m not in list(history[:i])]),
        "A film that comes twice is kept twice."),
    Misunderstanding("rolled", {"read": _as_it_is, "told": lambda h: np.roll(h, -1)},
        "The history was made a ring: its last film asks for the first. Nothing is known to come "
        "after the last one, so it is not read."),
    Misunderstanding("padded", {"read": _as_it_is, "told": lambda h: np.append(h[1:], -1)},
        "The last place is filled up. It asks nothing: leave it out, in both rows."),
    Misunderstanding("beginnings", {"read": lambda h: [h[: i + 1] for i in range(len(h) - 1)]},
        "You copied the history once for each question. One row is enough: the causal mask shows "
        "each place its own beginning."),
    Misunderstanding("same_next", {"read": lambda h: h[1:]},
        "What is read is the answer itself: the network could copy it. Read history[:-1]."),
    Misunderstanding("one_too_few", {"read": lambda h: h[:-2], "told": lambda h: h[1:-1]},
        "The last film is never asked for. n films make n − 1 questions."),
    Misunderstanding("first_not_read", {"read": lambda h: h[1:-1], "told": lambda h: h[2:]},
        "The first film is not read. It alone is a question, too: what came after it?"),
]  # fmt: skip

_ATTEND = [
    Misunderstanding("no_mask", {"mask": lambda n: np.ones((n, n), bool)},
        "No place is hidden: each sees what comes after it. Shut those places before the softmax."),
    Misunderstanding("future_only", {"mask": lambda n: _causal_mask(n).T},
        "Your mask is turned round: each place sees only what comes after it."),
    Misunderstanding("without_itself", {"mask": lambda n: np.tril(np.ones((n, n), bool), -1)},
        "A place looks at itself, too."),
    Misunderstanding("no_root", {"below": lambda key: 1.0},
        "The scores are not divided by √d. With many numbers a softmax sees only the largest."),
    Misunderstanding("divides_by_d", {"below": lambda key: key.shape[1]},
        "Divide by the *root* of d."),
    Misunderstanding("root_of_length", {"below": lambda key: np.sqrt(len(key))},
        "d is how many numbers a key has, not how many places there are."),
    Misunderstanding("columns", {"axis": 0},
        "Your weights sum to 1 down each column. Each *row* is one place's attention: axis=-1."),
    Misunderstanding("zero_is_no_mask", {"shut": 0.0},
        "You set hidden scores to 0, but e⁰ is 1: they still count. Set them to a large negative "
        "number, such as -1e9."),
    Misunderstanding("mask_after", lambda q, k, v: (
        _softmax(q @ k.T / np.sqrt(k.shape[1])) * _causal_mask(len(q))) @ v,
        "You hid places after the softmax: the rest no longer sums to 1. Shut them before."),
    Misunderstanding("mixes_keys", {"mixed": lambda q, k, v: k},
        "You mixed the keys. Keys say where to look; values are what is taken."),
    Misunderstanding("exchanged", {"compared": lambda q, k: (k, q)},
        "Query and key changed places: rows are the places that *ask*."),
    Misunderstanding("no_softmax", {"share": lambda s, axis: np.where(s < -1e8, 0, s)},
        "The scores are used as they are. Weights are positive and sum to 1: softmax."),
    Misunderstanding("weights", lambda q, k, v: _softmax(np.where(
        _causal_mask(len(q)), q @ k.T / np.sqrt(k.shape[1]), -1e9)),
        "Those are the weights. Multiply them with the values."),
    Misunderstanding("inverted", {"mask": lambda n: ~_causal_mask(n)},
        "Open and shut are exchanged. ops.where(condition, a, b) takes a where the condition "
        "holds: the score where a place may look."),
    Misunderstanding("times_root", {"below": lambda key: 1 / np.sqrt(key.shape[1])},
        "You multiplied by √d. The scores are divided by it."),
    Misunderstanding("root_after", lambda q, k, v: _attend_steps(
        q, k, v, below=lambda key: 1.0) / np.sqrt(k.shape[1]),
        "The root comes too late: the scores are divided by √d before the softmax."),
    Misunderstanding("sigmoid", {"share": lambda score, axis: 1 / (1 + np.exp(-score))},
        "A sigmoid looks at each score alone. The weights of a row share 1: softmax."),
    Misunderstanding("even_shares", {"compared": lambda q, k: (0 * q, k)},
        "Every place that may be seen gets the same weight. How much it gets, its score decides."),
    Misunderstanding("largest_only", {"share": lambda score, axis: (
        score == score.max(axis, keepdims=True)).astype(float)},
        "Only the place with the highest score is taken. A softmax mixes all that may be seen."),
    Misunderstanding("itself_only", {"mask": lambda n: np.eye(n, dtype=bool)},
        "Each place sees itself alone. It also sees what came before it."),
    Misunderstanding("one_back", {"mask": lambda n: _causal_mask(n) & ~np.tril(
        np.ones((n, n), bool), -2)},
        "Each place sees itself and the one before. It may look back as far as it goes."),
    Misunderstanding("no_share", lambda q, k, v: (np.exp(
        q @ k.T / np.sqrt(k.shape[1])) * _causal_mask(len(q))) @ v,
        "The exponentials are not divided by their sum: the weights of a row must sum to 1."),
]  # fmt: skip

_ENTROPY = [
    Misunderstanding("padding_counts", {"real": lambda t: np.ones_like(t, bool)},
        "Places without a target are in your mean: -1 says that there is nothing to predict."),
    Misunderstanding("all_in_the_mean", {"count": np.size},
        "The sum is right, the count is not: divide by the places that have a target."),
    Misunderstanding("no_mean", {"count": lambda real: 1},
        "That is the sum. Divide by the number of places with a target."),
    Misunderstanding("sign", {"sign": -1},
        "The sign is turned: a loss falls when the right film gets likelier. It is -log p."),
    Misunderstanding("no_softmax", {"sure": lambda logits, axis: np.zeros(logits.shape[:-1])},
        "You took the logit itself. Compare it with all films: log of the sum of e to each logit."),
    Misunderstanding("largest", {"sure": np.max},
        "You compared with the highest logit only. A softmax sums over all films."),
    Misunderstanding("probability", lambda t, logits: (lambda real, p: -(p * real).sum() / max(
        real.sum(), 1))(t >= 0, np.take_along_axis(
            _softmax(logits), np.maximum(t, 0)[..., None], -1)[..., 0]),
        "That is the probability. The logarithm is missing."),
    Misunderstanding("first_film_dropped", {"real": lambda t: t > 0},
        "Film 0 is a film. Only -1 means that there is nothing to predict: target >= 0."),
    Misunderstanding("log10", lambda t, logits: _next_cross_entropy(t, logits) / np.log(10),
        "That is the logarithm to base 10. The natural one is asked."),
    Misunderstanding("log2", lambda t, logits: _next_cross_entropy(t, logits) / np.log(2),
        "That is the logarithm to base 2. The natural one is asked."),
    Misunderstanding("log_of_mean", lambda t, logits: -np.log(np.mean(np.take_along_axis(
        _softmax(logits), np.maximum(t, 0)[..., None], -1)[..., 0][t >= 0])),
        "You took the mean first and then the logarithm. Each place has its own -log; the mean of "
        "these is the loss."),
    Misunderstanding("each_history", lambda t, logits: np.array([
        _next_cross_entropy(a, b) for a, b in zip(t, logits, strict=True)]),
        "One value a history. One number is asked: the mean over all places with a target."),
    Misunderstanding("each_place", lambda t, logits: (
        logsumexp(logits, axis=-1) - np.take_along_axis(
            logits, np.maximum(t, 0)[..., None], -1)[..., 0]) * (t >= 0),
        "That is one value a place. One number is asked: their mean where there is a target."),
    Misunderstanding("mean_of_rows", lambda t, logits: np.mean([
        _next_cross_entropy(a, b) for a, b in zip(t, logits, strict=True)]),
        "You took the mean of each history first. Every place with a target weighs the same."),
    Misunderstanding("softmax_twice", {"read": _softmax},
        "Two softmaxes, one on the other: from_logits=True makes one itself. Give it the logits as "
        "they are."),
    Misunderstanding("as_probabilities", {"read": _as_shares},
        "The logits were taken for probabilities. Say from_logits=True."),
    Misunderstanding("last_film", lambda t, logits: np.mean(
        logsumexp(logits, axis=-1) - np.take_along_axis(logits, t[..., None], -1)[..., 0]),
        "An index of -1 points at the last film. It says that there is nothing to predict: leave "
        "those places out."),
    Misunderstanding("shifted_again", lambda t, logits: _next_cross_entropy(
        t[:, 1:], logits[:, :-1]),
        "You shifted the targets. They already say what comes next at each place."),
    Misunderstanding("over_places", lambda t, logits: _entropy_steps(
        t, logits - logsumexp(logits, axis=1, keepdims=True), sure=lambda x, axis: 0.0),
        "The softmax runs over the places. The films share 1: axis=-1."),
    Misunderstanding("binary", lambda t, logits: _binary(t, logits).sum(-1)[t >= 0].mean(),
        "That asks of each film alone whether it comes next (sigmoid). Here the films compete for "
        "one place: softmax over all of them."),
    Misunderstanding("binary_mean", lambda t, logits: _binary(t, logits).mean(-1)[t >= 0].mean(),
        "Binary cross-entropy asks of each film alone whether it comes next. Here the films "
        "compete for one place: softmax over all of them."),
    Misunderstanding("perplexity", lambda t, logits: np.exp(_next_cross_entropy(t, logits)),
        "That is e to the loss, the perplexity. The mean of -log is asked."),
    Misunderstanding("per_history", {"count": len},
        "You divided by the number of histories. Divide by the places that have a target."),
    Misunderstanding("accuracy", lambda t, logits: (logits.argmax(-1) == t)[t >= 0].mean(),
        "That is how often the highest score is the right film. It has no gradient to learn from."),
]  # fmt: skip

_SASREC = [
    Misunderstanding("no_places", {"places": False},
        "The network cannot tell first from last: PlaceVectors is missing."),
    Misunderstanding("untied", {"tied": False},
        "The output has a Dense of its own. Here the movies' vectors are used at both ends: "
        "vectors(state, score=True)."),
    Misunderstanding("not_added", {"added": False},
        "Each step replaces what came in. It is added: x = x + …"),
    Misunderstanding("no_last_norm", {"last_norm": False},
        "The LayerNormalization before the output is missing."),
    Misunderstanding("relu", {"wide": "relu"},
        'The first dense layer of a block has "gelu", not "relu".'),
    Misunderstanding("no_bend", {"wide": "linear"},
        "Two dense layers without an activation between them are one."),
    Misunderstanding("no_dropout", {"dropped": ()},
        "Dropout is missing: after the place vectors, after each attention, after each second "
        "dense layer."),
    Misunderstanding("no_dense", {"dense": False},
        "A block has two halves: look back, then two dense layers that think about it."),
    Misunderstanding("one_block", _with(lambda **sizes: {"blocks": 1}),
        "You built one block. There are `blocks` of them, each with layers of its own."),
    Misunderstanding("one_head", _with(lambda **sizes: {"heads": 1}),
        "You wrote one head down. Use the argument."),
    Misunderstanding("fixed_dropout", _with(lambda **sizes: {"dropout": 0.5}),
        "You wrote the dropout rate down. Use the argument."),
    Misunderstanding("kept_share", _with(lambda dropout, **sizes: {"dropout": 1 - dropout}),
        "Keras' Dropout takes the share that is switched off, not the one that is kept."),
    Misunderstanding("dropout_of_vectors_only", _changed(dropped=("vectors",)),
        "Dropout also acts on what each half of a block adds: after the attention, and after the "
        "second dense layer."),
    Misunderstanding("no_dropout_of_vectors", _changed(dropped=("look", "think")),
        "Dropout also acts on the vectors: once, after PlaceVectors."),
    Misunderstanding("no_dropout_after_dense", _changed(dropped=("vectors", "look")),
        "Dropout also acts on what the dense layers add."),
    Misunderstanding("no_dropout_after_attention", _changed(dropped=("vectors", "think")),
        "Dropout also acts on what the attention adds. The one inside CausalAttention switches "
        "off places that it looks at, which is another."),
    Misunderstanding("post_norm", {"norm": "post"},
        "You normalise after adding, as the first transformer did. Here each half reads a "
        "normalised copy, and x itself is never normalised within a block."),
    Misunderstanding("norm_kept", {"norm": "first"},
        "You add to the normalised x. Only what a half reads is normalised: x + half(norm(x))."),
    Misunderstanding("no_norms", {"norm": "none"},
        "A LayerNormalization stands before each half of a block."),
    Misunderstanding("shared_blocks", _changed(shared=True),
        "The blocks share their layers. Make new ones for each block, within the loop."),
    Misunderstanding("four_times_wide", _changed(times=4),
        "The first dense layer is four times as wide. Here both have dim units."),
    Misunderstanding("keras_attention", {"by_keras": True},
        "That is Keras' own attention. It can do the same, but its weights have another shape: "
        "take CausalAttention(heads, dim, dropout)."),
    Misunderstanding("looks_ahead", {"causal": False},
        "Nothing is hidden: each place looks at what comes after it, where its answer stands. "
        "CausalAttention shuts those places."),
    Misunderstanding("grown_twice", lambda n, length, dim, *sizes: _sasrec_network(
        n, length, dim, *sizes, grown=np.sqrt(dim)),
        "The vectors grow by √dim twice: PlaceVectors does that already."),
    Misunderstanding("softmax_at_the_end", _changed(end=_softmax),
        "The scores went through a softmax. The loss makes one itself: return them as they are."),
]  # fmt: skip

EXERCISES = [
    Exercise(
        name="inputs_and_targets",
        reference=_inputs_and_targets,
        steps=_target_steps,
        cases={
            "four films": (np.array([7, 3, 9, 4]),),
            "a film twice": (np.array([5, 5, 2, 5, 8]),),
            "other films": Drawn(lambda rng: (rng.permutation(40)[:9],)),
            "MovieLens-100K, one user": OnMovieLens(_a_history),
        },
        observe=_two_rows,
        look="Section “One history, many questions”: read the table row by row.",
        misunderstandings=_TARGETS,
        right="every film but the first is a question",
    ),
    Exercise(
        name="attend",
        reference=_attend,
        steps=_attend_steps,
        cases={
            "two places": tuple(
                np.array(table, "float32")
                for table in ([[1, 0], [1, 2]], [[2, 1], [1, 1]], [[4, 1], [0, 3]])
            ),
            "five places": Drawn(_three_places),
            "three places of six numbers": Drawn(
                lambda rng: tuple(rng.normal(0, 1, (3, 6)).astype("float32") for _ in range(3))
            ),
        },
        axes=("place", "number"),
        look="Section “Look only back”: score, root, mask, softmax, values, in this order.",
        misunderstandings=_ATTEND,
        right="one head of causal attention",
        trained=True,
    ),
    Exercise(
        name="next_cross_entropy",
        reference=_next_cross_entropy,
        steps=_entropy_steps,
        cases={
            "two histories with padding": (_TARGET, _LOGITS),
            "no padding": (np.maximum(_TARGET, 0), _LOGITS),
            "three histories": Drawn(_some_places),
        },
        look="Section “What should the loss ask?”: -log of a softmax, where there is a target.",
        misunderstandings=_ENTROPY,
        right="every film takes part in the loss, padding does not",
        twin="course_utils.models.full_cross_entropy",
        trained=True,
    ),
    network(
        name="sasrec_network",
        reference=_sasrec_network,
        inputs=_histories,
        cases={
            "7 films, one block, one head": (7, 4, 6, 1, 1, 0.0),
            "9 films, two blocks, two heads": (9, 5, 4, 2, 2, 0.25),
            "other sizes": Drawn(lambda rng: (int(rng.integers(6, 12)), 3, 8, 2, 1, 0.1)),
        },
        look="Section “Build it”: the drawing, box by box.",
        misunderstandings=_SASREC,
        right="weights, dropout and output agree: this is SASRec",
        twin="course_utils.models.sasrec",
    ),
]
