"""Exercises of lesson 06, noise and demographics."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from course_utils.checks import networks
from course_utils.checks.comparison import to_array
from course_utils.checks.engine import Drawn, Exercise, Misunderstanding, OnMovieLens
from course_utils.checks.networks import ACTIVATIONS, ByHand
from course_utils.data.archives import AGE_GROUPS


# ------------------------------------------------------------------------------- noisy_epochs
def _noisy_epochs(row, factor, epochs, rng):
    noise = rng.normal(0, factor, (epochs, len(row)))
    return row + np.where(row != 0, noise, 0.0)


def _anew(rng, epochs, n):
    return rng.standard_normal((epochs, n))


def _noisy_steps(
    row, factor, epochs, rng, *, draw=_anew, spread=lambda factor: factor,
    noisy=lambda row: row != 0, start=lambda row: row, each=lambda row: 1,
):  # fmt: skip
    noise = spread(factor) * draw(rng, epochs, len(row)) * each(row)
    return start(row) + np.where(noisy(row), noise, 0.0)


def _near(found, expected, error):
    """``found``, or ``expected`` itself where chance (six standard errors) can explain it."""
    return np.where(np.abs(found - expected) < 6 * error, expected, found)


def _statistics(value, row, factor, epochs, rng):
    """What is compared, as there is chance in it: the noise of each epoch, and of two epochs."""
    noisy, rated = to_array(value), row != 0
    if noisy.shape != (epochs, len(row)):
        raise ValueError(f"an epoch is a row, so {epochs} × {len(row)} numbers are asked")
    noise, root = 100 * (noisy - row) / factor, np.sqrt(rated.sum())
    gaps, noise = noise[:, ~rated], noise[:, rated]
    spread, size = _near(noise.std(axis=1), 100, 100 / root), np.abs(noise)
    mean = np.abs(_near(noise.mean(axis=1), 0, noise.std(axis=1) / root))
    alike = np.abs(np.corrcoef(noise)[np.triu_indices(epochs, 1)])
    return {
        "noise on unrated cells, in percent of factor": np.sqrt((gaps**2).mean()),
        "smallest spread of the noise of an epoch, in percent of factor": spread.min(),
        "largest spread of the noise of an epoch, in percent of factor": spread.max(),
        "mean of the noise of an epoch, in percent of factor": mean.max(),
        "rated cells without noise, in percent": 100 * (size < 1e-4).mean(axis=1).max(),
        "largest correlation of two epochs' noise": _near(alike, 0, 1 / root).max(),
        "share of the noise within one factor": _near((size < 100).mean(), 0.683, 0.5 / root),
    }


_ROW = np.where(np.arange(6000) % 3 > 0, 1.0 + np.arange(6000) % 5, 0.0)


def _some_stars(rng):
    return np.where(rng.random(6000) < 0.6, rng.integers(1, 11, 6000) / 2, 0.0), 1.5, 2, rng


def _busiest(data):
    """The stars of the user with the most ratings, 0 for all other movies."""
    user = data.ratings["user_id"].mode()[0]
    own = data.ratings[data.ratings["user_id"] == user].set_index("movie_id")["rating"]
    return own.reindex(data.movies["movie_id"], fill_value=0.0).to_numpy(float)


def _noise_on_busiest(data):
    return _busiest(data), 0.5, 5, np.random.default_rng(4)


# ------------------------------------------------------------------------------------ dropped
def _dropped(row, keep, rate):
    return np.where(keep, row / (1 - rate), 0.0)


def _dropped_steps(
    row, keep, rate, *, kept=lambda keep: keep, factor=lambda row, keep, rate: 1 / (1 - rate)
):
    return np.where(kept(keep), row * factor(row, keep, rate), 0.0)


def _some_kept(rng):
    row = np.where(rng.random(40) < 0.7, rng.integers(1, 11, 40) / 2, 0.0)
    return row, rng.random(40) < 0.6, 0.3


def _kept_of_busiest(data):
    row = _busiest(data)
    return row, np.random.default_rng(6).random(len(row)) >= 0.1, 0.1


# ------------------------------------------------------------------------------ noisy_network
class _Spoilt(ByHand):
    """A network by hand that does not keep its noise where it belongs.

    gaps: unrated cells get noise in training. always: there is noise at prediction as well.
    """

    gaps = always = False

    def __call__(self, inputs, training=False):
        where = training * self.gaps + self.always * (inputs != 0)
        return super().__call__(inputs + where * np.random.default_rng().normal(size=inputs.shape))


def _noisy_network(
    n_columns, hidden, stddev, rate, *, inside="elu", outside="linear", left_out=(),
    kept=lambda row: row != 0, masked_output=False, columns=lambda n: n, width=lambda h: h,
    layers=lambda s, r, h: {"GaussianNoise": s, "Dropout": r}, gaps=False, always=False,
):  # fmt: skip
    units, n_outputs = width(hidden), columns(n_columns)
    kinds = {"V": (n_columns, units), "m": (units,), "W": (units, n_outputs), "b": (n_outputs,)}
    names = [name for name in kinds if name not in left_out]

    def forward(weights, row):
        of = dict(zip(names, weights, strict=True))
        x = ACTIVATIONS[inside]((row * kept(row)) @ of["V"] + of.get("m", 0.0))
        x = ACTIVATIONS[outside](x @ of["W"] + of.get("b", 0.0))
        return x * (row != 0) if masked_output else x

    found = {name.partition(" "): size for name, size in layers(stddev, rate, units).items()}
    noise = [f"{kind}({size:g}){gap}{where}" for (kind, gap, where), size in found.items() if size]
    network = _Spoilt([kinds[name] for name in names], forward, noise)
    network.gaps, network.always = gaps, always
    return network


def _where_it_matters(model, *arguments):
    """What is seen of any network; of noise, what it does to gaps, and whether it stays behind.

    In front of the first layer, the order of the layers does not matter, and is not looked at.
    """
    row = _half_stars(*arguments)
    found = networks.seen(model, row, _noisy_network(*arguments))
    named = [w if " after Dense" in w else w.split(" after ")[0] for w in networks.noise(model)]
    found["only in training"] = ", ".join(sorted(named)) or "nothing"

    def answer(rows, training):
        return np.asarray(model(rows, training=training), float)

    empty = np.zeros((64, arguments[0]), "float32")
    alike = np.allclose(answer(empty, True), answer(empty, False), atol=1e-5)
    found["the unrated cells of a training row"] = "stay 0" if alike else "do not stay 0"
    if not np.allclose(answer(row, False), answer(row, False), atol=1e-5):
        found["output with fixed weights"] = "another each time"
    return found


def _half_stars(n_columns, *_):
    return (np.random.default_rng(7).integers(0, 11, (4, n_columns)) / 2).astype("float32")


def _some_noise(rng):
    return (*map(int, rng.integers(4, 9, 2)), 0.3, 0.2)


# ------------------------------------------------------------------------------ gated_network
# Keras lists layers by their distance from the output. So do gate, units and shift stand usually,
# where the gate is not doubled, and where it comes in last.
_USUAL, _NOT_DOUBLED, _GATE_LAST = "SsGgVmTtWb", "SsVmGgTtWb", "SsVmTtGgWb"


def _sigmoid(x):
    return ACTIVATIONS["sigmoid"](x)


def _gated_network(
    n_columns, n_features, hidden, side, l2, *, inside="sigmoid", small="tanh", outside="linear",
    gate=lambda x: 2 * _sigmoid(x), moved=lambda units, gate, shift: units * gate + shift,
    left_out=(), made=_USUAL, reads="features", beside=False, swapped=False,
    columns=lambda n: n, penalised=("V", "W"), factor=lambda l2: l2,
):  # fmt: skip
    told = side if "S" not in left_out else n_features
    kinds = {
        "V": (n_columns + n_features * beside, hidden), "m": (hidden,),
        "S": (n_features if reads == "features" else n_columns, side), "s": (side,),
        "G": (told, hidden), "g": (hidden,), "T": (told, hidden), "t": (hidden,),
        "W": (hidden, columns(n_columns)), "b": (columns(n_columns),),
    }  # fmt: skip
    names = [name for name in made if name not in left_out]

    def forward(weights, row, features):
        row, features = (features, row) if swapped else (row, features)
        of = dict(zip(names, weights, strict=True))
        row_in = np.concatenate([row, features], axis=1) if beside else row
        units = ACTIVATIONS[inside](row_in @ of["V"] + of.get("m", 0.0))
        said = features if reads == "features" else row
        if "S" in of:
            said = ACTIVATIONS[small](said @ of["S"] + of.get("s", 0.0))
        open_ = gate(said @ of["G"] + of.get("g", 0.0)) if "G" in of else 1.0
        shift = said @ of["T"] + of.get("t", 0.0) if "T" in of else 0.0
        return ACTIVATIONS[outside](moved(units, open_, shift) @ of["W"] + of.get("b", 0.0))

    def penalty(weights):
        of = dict(zip(names, weights, strict=True))
        return factor(l2) * sum(np.square(of[name]).sum() for name in penalised if name in of)

    return ByHand([kinds[name] for name in names], forward, penalty=penalty)


def _row_and_features(n_columns, n_features, *_):
    rng = np.random.default_rng(7)
    row = rng.integers(0, 6, (4, n_columns)).astype("float32")
    return [row, rng.integers(0, 2, (4, n_features)).astype("float32")]


def _some_gate(rng):
    n_columns, n_features, hidden, side = (rng.permutation(5)[:4] + 3).tolist()
    return n_columns, n_features, hidden, side, 0.02


# ------------------------------------------------------------------------------ seed_interval
def _seed_interval(a, b):
    difference = np.asarray(a) - np.asarray(b)
    k = len(difference)
    half = stats.t.ppf(0.975, k - 1) * difference.std(ddof=1) / np.sqrt(k)
    return difference.mean(), difference.mean() - half, difference.mean() + half


def _interval_steps(
    a, b, *, difference=np.subtract, quantile=lambda k: stats.t.ppf(0.975, k - 1), spread=np.std,
    ddof=1, below=np.sqrt, ends=lambda mean, half: (mean, mean - half, mean + half),
):  # fmt: skip
    d = difference(a, b)
    return ends(d.mean(), quantile(len(d)) * spread(d, ddof=ddof) / below(len(d)))


def _unpaired(a, b):
    mean, k = np.mean(a) - np.mean(b), len(a)
    error = np.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / k)
    half = stats.t.ppf(0.975, 2 * k - 2) * error
    return mean, mean - half, mean + half


def _some_runs(rng):
    b = rng.normal(0.9, 0.05, 4)
    return b + rng.normal(0.01, 0.03, 4), b


def _five_parts(data):
    """RMSE on fifths of the ratings: the users' means against the movies' means."""
    stars = data.ratings["rating"].to_numpy(float)
    by = [stars - data.ratings.groupby(who)["rating"].transform("mean")
          for who in ("user_id", "movie_id")]  # fmt: skip
    return tuple(np.array([np.sqrt((e[i::5] ** 2).mean()) for i in range(5)]) for e in by)


# ------------------------------------------------------------------------------ group_of_code
_LISTED = {"18-24", "25-34", "35-44"}  # the others are one and the same mistake


def _codes(*, age_group="25-34", user_2000_inside=False):
    return {"age_group": age_group, "user_2000_inside": user_2000_inside}


def _read(answer):
    """The two answers, however a label is written; what is neither is one word for all."""
    answer = answer.to_dict() if isinstance(answer, pd.Series) else answer
    if not isinstance(answer, dict):
        return {"what came": "no dict"}
    answer = dict(answer)
    if "age_group" in answer:
        label = "-".join(re.findall(r"\d+", str(answer["age_group"])))
        groups = {"-".join(re.findall(r"\d+", group)): group for group in AGE_GROUPS}
        known = groups.get(label, "no label")
        listed = known in _LISTED or known == "no label"
        answer["age_group"] = known if listed else "another group"
    if "user_2000_inside" in answer:
        inside = answer["user_2000_inside"]
        known = isinstance(inside, bool | np.bool_ | int | np.integer) and inside in (0, 1)
        answer["user_2000_inside"] = bool(inside) if known else "no word"
    return answer


# --------------------------------------------------------------------------------- same_users
def _same_users(full, group):
    both = group.merge(full, on=["user", "movie"], suffixes=("", "_full"))
    own = np.sqrt(((both["rating"] - both["prediction"]) ** 2).mean())
    everybody = np.sqrt(((both["rating"] - both["prediction_full"]) ** 2).mean())
    return float(own - everybody)


def _rmse(error, user):
    return np.sqrt((error**2).mean())


def _rmse_a_user(error, user):
    return np.sqrt((error**2).groupby(user).mean()).mean()


def _same_steps(
    full, group, *, on=("user", "movie"), score=_rmse, taken=lambda own, everybody: own - everybody
):
    both = group.merge(full, on=list(on), suffixes=("", "_full"))
    user = both["user"]
    own = score(both["rating"] - both["prediction"], user)
    return float(taken(own, score(both["rating"] - both["prediction_full"], user)))


def _alone(table):
    return float(_rmse(table["rating"] - table["prediction"], None))


def _by_position(full, group):
    mine = group[["user", "movie"]].merge(full).sort_values(["user", "movie"])
    return _alone(group) - _alone(group.assign(prediction=mine["prediction"].to_numpy()))


def _of(full, group, *columns):
    for column in columns:
        full = full[full[column].isin(group[column])]
    return _alone(group) - _alone(full)


def _predictions(user, movie, rating, prediction):
    return pd.DataFrame({"user": user, "movie": movie, "rating": rating, "prediction": prediction})


_FULL = _predictions(
    [3, 0, 1, 1, 2, 3, 0, 2, 2, 1],
    [5, 1, 2, 0, 4, 1, 3, 1, 0, 5],
    [4.0, 5.0, 2.0, 3.0, 4.5, 1.0, 3.0, 5.0, 2.0, 2.0],
    [3.6, 4.1, 2.8, 3.3, 3.9, 2.2, 3.4, 4.0, 2.1, 2.5],
)
_GROUP = _predictions(
    [1, 1, 3, 3, 1], [0, 2, 1, 5, 5], [3.0, 2.0, 1.0, 4.0, 2.0], [3.9, 2.6, 2.9, 3.1, 2.2]
)


def _some_predictions(rng):
    cells = rng.permutation(12 * 15)[:80]
    stars = rng.integers(1, 11, 80) / 2
    full = _predictions(cells // 15, cells % 15, stars, stars + rng.normal(0.2, 0.9, 80))
    group = full[full["user"] % 3 == 1].sample(frac=0.8, random_state=rng)
    return full, group.assign(prediction=group["rating"] + rng.normal(0, 1.1, len(group)))


def _of_18_24(data):
    """Predictions by the movies' means: of all users, and of those of 18-24 among themselves."""
    groups = data.users.set_index("user_id")["age_group"].astype(str)
    young = data.ratings[data.ratings["user_id"].map(groups) == "18-24"]

    def predicted(ratings):
        mean = ratings.groupby("movie_id")["rating"].transform("mean")
        return _predictions(ratings["user_id"], ratings["movie_id"], ratings["rating"], mean)

    full = predicted(data.ratings)[::20]
    group = predicted(young)
    return full, group[group.index.isin(full.index)].sample(frac=1, random_state=6)


# fmt: off
_NOISY_NETWORK = [
    Misunderstanding("gaps_spoilt", {"gaps": True},
        "In training the unrated cells are spoilt, too: a gap then looks like a rating near 0. "
        "GaussianNoise does not know what a gap is. Multiply by 1 where the row is rated, and by "
        "0 elsewhere. (If you did, with row == 0: write row != 0 or ops.equal(row, 0).)"),
    Misunderstanding("no_noise", {"layers": lambda s, r, h: {"Dropout": r}},
        "The GaussianNoise is missing."),
    Misunderstanding("no_dropout", {"layers": lambda s, r, h: {"GaussianNoise": s}},
        "The Dropout is missing: a share of the ratings is hidden, too."),
    Misunderstanding("nothing_spoilt", {"layers": lambda s, r, h: {}},
        "Nothing is spoilt: GaussianNoise and Dropout are missing."),
    Misunderstanding("exchanged", {"layers": lambda s, r, h: {"GaussianNoise": r, "Dropout": s}},
        "stddev and rate changed places: GaussianNoise takes stars, Dropout a share."),
    Misunderstanding("kept_share",
        {"layers": lambda s, r, h: {"GaussianNoise": s, "Dropout": 1 - r}},
        "Keras' Dropout takes the share that is *hidden*, not the share that is kept."),
    Misunderstanding("fixed_noise",
        {"layers": lambda s, r, h: {"GaussianNoise": 0.5, "Dropout": r}},
        "You wrote the noise down. Use the argument ``stddev``."),
    Misunderstanding("fixed_dropout",
        {"layers": lambda s, r, h: {"GaussianNoise": s, "Dropout": 0.1}},
        "You wrote the share that is hidden down. Use the argument ``rate``."),
    Misunderstanding("gaussian_dropout",
        {"layers": lambda s, r, h: {"GaussianDropout": s, "Dropout": r}},
        "GaussianDropout *multiplies* by noise, so a 5 gets more of it than a 1. GaussianNoise "
        "adds it."),
    Misunderstanding("dropout_inside", {"gaps": True, "layers":
        lambda s, r, h: {"GaussianNoise": s, f"Dropout after Dense({h})": r}},
        "Your dropout hides hidden units. Here ratings are hidden: it stands before the first "
        "Dense."),
    Misunderstanding("noise_inside", {"gaps": True, "layers":
        lambda s, r, h: {f"GaussianNoise after Dense({h})": s, "Dropout": r}},
        "Your noise spoils the hidden units. It belongs on the ratings, before the first Dense."),
    Misunderstanding("noise_at_prediction",
        {"always": True, "layers": lambda s, r, h: {"Dropout": r}},
        "Your network answers differently each time it is asked: noise that you draw yourself is "
        "there at prediction, too. layers.GaussianNoise is silent then."),
    Misunderstanding("below_one_is_a_gap", {"kept": lambda row: row >= 1},
        "Half a star is a rating too. A cell is a gap where it is 0."),
    Misunderstanding("mask_turned", {"kept": lambda row: row == 0},
        "Your mask is the wrong way round: it is 1 where the row is rated."),
    Misunderstanding("mask_instead", {"kept": lambda row: (row != 0) / np.where(row, row, 1)},
        "The stars are gone: your network reads only which cells are rated. Multiply the noisy "
        "row by that."),
    Misunderstanding("output_masked", {"masked_output": True},
        "You set the *answers* in the gaps to 0. Those are the recommendations. The mask belongs "
        "on the noisy input."),
    Misunderstanding("activation_outside", {"outside": "elu"},
        "There is an ELU on your output. The output is linear."),
    Misunderstanding("sigmoid_outside", {"outside": "sigmoid"},
        "A sigmoid ends at 1, and stars go to 5. The output is linear."),
    Misunderstanding("no_activation", {"inside": "linear"},
        "The hidden layer has no activation. It is an ELU."),
    Misunderstanding("relu", {"inside": "relu"},
        "The hidden layer is an ELU, not a relu."),
    Misunderstanding("sigmoid_inside", {"inside": "sigmoid"},
        "The hidden layer is an ELU, not a sigmoid."),
    Misunderstanding("no_bias", {"left_out": ("m", "b")},
        "The biases are missing. A Dense layer has one unless it is told use_bias=False."),
    Misunderstanding("one_number_out", {"columns": lambda n: 1},
        "That is one number a row. A whole row is asked: Dense(n_columns)."),
    Misunderstanding("fixed_width", {"width": lambda hidden: 200},
        "You wrote the number of hidden units down. Use the argument."),
]

_GATED_NETWORK = [
    Misunderstanding("not_doubled", {"gate": _sigmoid, "made": _NOT_DOUBLED},
        "Your gate ends at 1, so it can only close. Twice the sigmoid goes from 0 to 2, and is 1 "
        "where the features say nothing."),
    Misunderstanding("linear_gate", {"gate": lambda x: x, "made": _NOT_DOUBLED},
        "Your gate has no activation: it can turn a unit's sign round. It is twice a sigmoid."),
    Misunderstanding("linear_gate_doubled", {"gate": lambda x: 2 * x},
        "Your gate has no activation: it can turn a unit's sign round. It is twice a sigmoid."),
    Misunderstanding("tanh_gate", {"gate": np.tanh, "made": _NOT_DOUBLED},
        "Your gate is a tanh, from −1 to 1. It is twice a sigmoid, from 0 to 2."),
    Misunderstanding("softmax_gate", {"gate": ACTIVATIONS["softmax"], "made": _NOT_DOUBLED},
        "A softmax shares one whole among the units. Each has a gate of its own: twice a sigmoid."),
    Misunderstanding("doubled_inside", {"gate": lambda x: _sigmoid(2 * x)},
        "You doubled before the sigmoid. It is taken first, and what comes out is doubled."),
    Misunderstanding("no_shift", {"left_out": ("T", "t")},
        "The shift is missing: a second Dense(hidden) reads the small layer, and is added."),
    Misunderstanding("no_gate", {"left_out": ("G", "g")},
        "The gate is missing: only the shift moves the units."),
    Misunderstanding("shift_not_used", {"moved": lambda units, gate, shift: units * gate},
        "The gate multiplies, but your shift is nowhere added."),
    Misunderstanding("gate_added", {"moved": lambda units, gate, shift: units + gate + shift},
        "You added the gate. It multiplies the units; only the shift is added."),
    Misunderstanding("shift_first",
        {"moved": lambda units, gate, shift: (units + shift) * gate, "made": _GATE_LAST},
        "You added the shift before the gate multiplied. Multiply first: units · gate + shift."),
    Misunderstanding("mixed",
        {"moved": lambda units, gate, shift: units * gate / 2 + shift * (1 - gate / 2)},
        "You mixed the two: gate · units + (1 − gate) · shift. Here the shift is added whole."),
    Misunderstanding("exchanged",
        {"moved": lambda units, gate, shift: units * shift + gate, "made": _GATE_LAST},
        "Gate and shift changed places: what multiplies is twice a sigmoid, what is added is "
        "linear."),
    Misunderstanding("reads_the_row", {"reads": "row"},
        "Your small layer reads the ratings. It reads the features: they decide what counts."),
    Misunderstanding("no_small_layer", {"left_out": ("S", "s")},
        "The small layer is missing: gate and shift read the features through it."),
    Misunderstanding("linear_small_layer", {"small": "linear"},
        "The small layer has no activation. It is a tanh."),
    Misunderstanding("sigmoid_small_layer", {"small": "sigmoid"},
        "The small layer is a tanh, not a sigmoid."),
    Misunderstanding("relu_small_layer", {"small": "relu"},
        "The small layer is a tanh, not a relu."),
    Misunderstanding("beside", {"left_out": ("S", "s", "G", "g", "T", "t"), "beside": True},
        "You put the features beside the ratings, as in 2021. Here they make a gate and a shift."),
    Misunderstanding("swapped", {"swapped": True},
        "Your inputs are in the other order. Return keras.Model([row, features], …)."),
    Misunderstanding("relu_inside", {"inside": "relu"},
        "The units that read the row are sigmoids, not relus."),
    Misunderstanding("no_activation", {"inside": "linear"},
        "The layer that reads the row has no activation. It is a sigmoid."),
    Misunderstanding("sigmoid_outside", {"outside": "sigmoid"},
        "A sigmoid ends at 1, and stars go to 5. The output is linear."),
    Misunderstanding("softmax_outside", {"outside": "softmax"},
        "A softmax shares one whole among all movies. The output is linear."),
    Misunderstanding("one_number_out", {"columns": lambda n: 1},
        "That is one number a row. A whole row is asked: Dense(n_columns)."),
    Misunderstanding("no_bias", {"left_out": ("m", "s", "g", "t", "b")},
        "The biases are missing. A Dense layer has one unless it is told use_bias=False."),
    Misunderstanding("no_penalty", {"factor": lambda l2: 0.0},
        "No kernel is penalised. Those of the layer that reads the row and of the output are."),
    Misunderstanding("fixed_penalty", {"factor": lambda l2: 0.001},
        "You wrote the penalty's factor down. Use the argument ``l2``."),
    Misunderstanding("all_penalised", {"penalised": ("V", "S", "G", "T", "W")},
        "You penalise what reads the features, too. Only the two kernels that ratings pass are."),
    Misunderstanding("output_not_penalised", {"penalised": ("V",)},
        "The output's kernel has no penalty."),
    Misunderstanding("output_alone_penalised", {"penalised": ("W",)},
        "Only the output's kernel has a penalty. The kernel that reads the row has one, too."),
]

EXERCISES = [
    Exercise(
        name="noisy_epochs",
        reference=_noisy_epochs,
        steps=_noisy_steps,
        cases={
            "half a star": (_ROW, 0.5, 3, np.random.default_rng(1)),
            "a fifth of a star": (_ROW, 0.2, 6, np.random.default_rng(2)),
            "one star and a half, half stars in the row": Drawn(_some_stars),
            "MovieLens-100K": OnMovieLens(_noise_on_busiest),
        },
        observe=_statistics,
        observe_arguments=True,
        tolerance=0.08,
        axes=("the",),
        look="Section “Noise: why would anyone spoil the input?”: the right way, in one sentence.",
        misunderstandings=[
            Misunderstanding("every_cell_once",
                {"noisy": lambda row: row == row, "draw": lambda r, e, n: _anew(r, 1, n)[[0] * e]},
                "Two things, both done in 2021: the unrated cells got noise too, so a gap looks "
                "like a rating near 0; and all epochs share one draw."),
            Misunderstanding("drawn_once",
                {"draw": lambda rng, epochs, n: _anew(rng, 1, n)[[0] * epochs]},
                "Epochs share their noise. The network can learn it by heart, as if it were data. "
                "Draw anew for each epoch, from the rng that you were given."),
            Misunderstanding("every_cell", {"noisy": lambda row: row == row},
                "The unrated cells got noise as well. A gap now looks like a rating near 0."),
            Misunderstanding("unrated_only", {"noisy": lambda row: row == 0},
                "The gaps got noise, and the ratings none: the mask is the wrong way round."),
            Misunderstanding("from_one_star", {"noisy": lambda row: row >= 1},
                "Half a star is a rating too, and got no noise. A cell is unrated where it is 0."),
            Misunderstanding("variance", {"spread": lambda factor: factor**2},
                "factor is the standard deviation of the noise, not its variance. Multiply "
                "standard normal draws by factor, not by its square."),
            Misunderstanding("no_factor", {"spread": lambda factor: 1},
                "The noise has the same size whatever factor is. Multiply it by factor."),
            Misunderstanding("adding_up",
                {"draw": lambda rng, epochs, n: _anew(rng, epochs, n).cumsum(axis=0)},
                "The noise grows from epoch to epoch: you add to the noisy row of the epoch "
                "before. Each epoch starts from the clean row."),
            Misunderstanding("one_array",
                {"draw": lambda r, e, n: _anew(r, e, n).sum(axis=0)[None].repeat(e, axis=0)},
                "All epochs are one and the same array, with the noise of all of them added up. "
                "Begin each epoch with a copy of the clean row."),
            Misunderstanding("first_epoch_only",
                {"draw": lambda rng, epochs, n: _anew(rng, epochs, n) * np.eye(epochs, 1)},
                "Only the first epoch has noise. Every epoch needs its own."),
            Misunderstanding("one_number", {"draw": lambda rng, epochs, n: _anew(rng, epochs, 1)},
                "All ratings of an epoch moved by the same number. Draw one for each cell."),
            Misunderstanding("uniform",
                {"draw": lambda rng, epochs, n: rng.uniform(-1, 1, (epochs, n))},
                "That noise is drawn evenly between −factor and factor. Gaussian noise is "
                "rng.normal(0, factor, …)."),
            Misunderstanding("clipped",
                lambda row, *rest: np.where(row, np.clip(_noisy_epochs(row, *rest), 0.5, 5), 0),
                "You cut at the ends of the scale. Noise may leave it."),
            Misunderstanding("zero_to_one", {"draw": lambda rng, *shape: rng.random(shape)},
                "rng.random draws evenly between 0 and 1. Gaussian noise is rng.normal."),
            Misunderstanding("noise_alone", {"start": lambda row: 0},
                "That is the noise without the stars. Add the row."),
            Misunderstanding("multiplied", {"each": lambda row: row},
                "A 5 got five times the noise of a 1: you multiplied the noise by the stars. Add "
                "it."),
        ],
        right="rated cells only, and drawn anew each epoch",
    ),
    Exercise(
        name="dropped",
        reference=_dropped,
        steps=_dropped_steps,
        cases={
            "a tenth": (
                np.array([5.0, 0.0, 3.0, 4.0, 0.5]),
                np.array([True, True, False, True, True]),
                0.1,
            ),
            "three quarters": (
                np.array([1.0, 2.0, 4.5, 5.0]),
                np.array([False, True, False, True]),
                0.75,
            ),
            "forty cells": Drawn(_some_kept),
            "MovieLens-100K": OnMovieLens(_kept_of_busiest),
        },
        look="Section “Why does a 5 read more than 5?”: what became of the 5 and the 4.",
        misunderstandings=[
            Misunderstanding("not_rescaled", {"factor": lambda row, keep, rate: 1},
                "The right cells are gone, but what is left now adds up to less than before. "
                "Keras makes the kept cells larger, so that the expected sum stays."),
            Misunderstanding("made_smaller", {"factor": lambda row, keep, rate: 1 - rate},
                "You made the kept cells smaller. That is what early dropout did at prediction; "
                "inverted dropout makes them larger in training instead."),
            Misunderstanding("divided_by_rate", {"factor": lambda row, keep, rate: 1 / rate},
                "rate is the share that is hidden. Divide by the share that is *kept*."),
            Misunderstanding("share_counted", {"factor": lambda row, keep, rate: 1 / keep.mean()},
                "You counted which share was kept this time. Keras does not look: it divides by "
                "1 − rate, so that the sum stays *on average*."),
            Misunderstanding("same_sum",
                {"factor": lambda row, keep, rate: row.sum() / row[keep].sum()},
                "You kept the sum of this very row. Keras keeps it on average: ÷ (1 − rate)."),
            Misunderstanding("mask_reversed", {"kept": np.logical_not},
                "You kept what should be hidden: keep is True where a cell stays."),
            Misunderstanding("nothing_hidden", {"kept": np.ones_like},
                "Nothing is hidden: where keep is False a 0 belongs."),
            Misunderstanding("clipped",
                lambda row, keep, rate: np.minimum(_dropped(row, keep, rate), 5),
                "You cut at 5. The network's input may read more than 5, and does in Keras."),
            Misunderstanding("left_out", lambda row, keep, rate: _dropped(row, keep, rate)[keep],
                "Hidden cells are gone. They stay in the row, as 0: its length does not change."),
            Misunderstanding("hidden_stays",
                lambda row, keep, rate: np.where(keep, row / (1 - rate), row),
                "Hidden cells still show their stars. A 0 belongs there."),
            Misunderstanding("hidden_grows",
                lambda row, keep, rate: np.where(keep, row, row / (1 - rate)),
                "You made the hidden cells larger. Hidden is 0, and the kept cells grow."),
        ],
        right="what is left is made larger, so that the expected sum stays",
    ),
    replace(
        networks.network(
            name="noisy_network",
            reference=_noisy_network,
            inputs=_half_stars,
            cases={
                "8 movies, 3 units": (8, 3, 0.4, 0.25),
                "5 movies, 6 units": (5, 6, 0.7, 0.6),
                "noise alone": (6, 4, 0.9, 0.0),
                "other sizes": Drawn(_some_noise),
            },
            look="Section “Exercise 3 · Noise as layers”: what the row passes, in which order.",
            misunderstandings=_NOISY_NETWORK,
            right="spoilt in training, on rated cells only, and clean when it predicts",
            twin="course_utils.models.autoencoder_variants.noisy_autoencoder",
        ),
        observe=_where_it_matters,
    ),
    Exercise(
        name="seed_interval",
        reference=_seed_interval,
        steps=_interval_steps,
        cases={
            "three seeds": (np.array([0.8781, 0.8764, 0.8802]), np.array([0.8779, 0.8771, 0.8793])),
            "five seeds": (
                np.array([0.86, 0.861, 0.859, 0.862, 0.86]),
                np.array([0.865, 0.866, 0.8645, 0.866, 0.8648]),
            ),
            "two seeds": (np.array([0.91, 0.87]), np.array([0.9, 0.85])),
            "four seeds that lie far apart": Drawn(_some_runs),
            "fifths of MovieLens-100K": OnMovieLens(_five_parts),
        },
        tolerance=2e-5,
        axes=("of (mean, low, high), place",),
        look="Section “Exercise 4 · Is it the seed?”: a mean, and so many standard errors.",
        misunderstandings=[
            Misunderstanding("normal", {"quantile": lambda k: 1.96},
                "1.96 belongs to hundreds of runs. With k runs take Student's t with k − 1 "
                "degrees of freedom: 4.30 for three."),
            Misunderstanding("degrees", {"quantile": lambda k: stats.t.ppf(0.975, k)},
                "k differences leave k − 1 degrees of freedom: one is spent on their mean."),
            Misunderstanding("one_sided", {"quantile": lambda k: stats.t.ppf(0.95, k - 1)},
                "The quantile of .95 leaves 5 % on *each* side. For 95 % take that of .975."),
            Misunderstanding("low_and_high",
                {"ends": lambda mean, half: (mean, mean + half, mean - half)},
                "low and high are exchanged. (The quantile of .025 is negative: take .975.)"),
            Misunderstanding("standard_error", {"quantile": lambda k: 1},
                "One standard error is no 95 % interval. Multiply it by Student's t."),
            Misunderstanding("spread_of_one_run", {"below": lambda k: 1},
                "That is how far a *single* difference may lie from the mean. Divide the standard "
                "deviation by √k for the mean of k."),
            Misunderstanding("by_k", {"below": lambda k: k},
                "You divide by k. The standard error of a mean is the standard deviation by √k."),
            Misunderstanding("divides_by_k", {"ddof": 0},
                "np.std divides by k and is too small for a sample. Use ddof=1."),
            Misunderstanding("variance", {"spread": np.var},
                "That is made of the variance. Take its root, the standard deviation, first."),
            Misunderstanding("unpaired", _unpaired,
                "You put the spreads of a and of b together. The same seed gave both the same "
                "start and batches: take the difference seed by seed first, then its spread."),
            Misunderstanding("range", lambda a, b: (np.mean(a - b), np.min(a - b), np.max(a - b)),
                "Those are the smallest and the largest difference. Take the mean's standard error "
                "and Student's t."),
            Misunderstanding("percentiles",
                lambda a, b: (np.mean(a - b), *np.percentile(a - b, [2.5, 97.5])),
                "Percentiles of so few differences lie between them and say little. Take the "
                "standard error of the mean, times Student's t."),
            Misunderstanding("reversed", {"difference": lambda a, b: b - a},
                "The sign is turned: a minus b, so that negative means a is better."),
            Misunderstanding("absolute", {"difference": lambda a, b: np.abs(a - b)},
                "The signs of the differences are lost, so a draw looks like a difference. Take "
                "a − b as it is."),
            Misunderstanding("not_centred", {"ends": lambda mean, half: (mean, -half, half)},
                "The interval lies around 0. It belongs around the mean."),
            Misunderstanding("mean_last",
                {"ends": lambda mean, half: (mean - half, mean + half, mean)},
                "The order is (mean, low, high): the mean comes first."),
        ],
        right="few runs, a wide interval: that is honest",
    ),
    networks.network(
        name="gated_network",
        reference=_gated_network,
        inputs=_row_and_features,
        cases={
            "7 movies, 4 facts": (7, 4, 5, 3, 0.01),
            "6 movies, 6 facts, no penalty": (6, 6, 4, 3, 0.0),
            "other sizes": Drawn(_some_gate),
        },
        look="Section “A gate for what is known of people”: the formula, letter by letter.",
        misunderstandings=_GATED_NETWORK,
        right="facts open and shift what ratings say",
        twin="course_utils.models.autoencoder_variants.gated_autoencoder",
    ),
    Exercise(
        name="group_of_code",
        reference=_codes,
        cases={"from the printout": ()},
        observe=_read,
        look="Section “Clusters: who was in the group?”: the two tables, side by side.",
        misunderstandings=[
            Misunderstanding("as_in_2021", {"age_group": "18-24", "user_2000_inside": True},
                "That is what the project wrote. Compare the count in column 3956 with the counts "
                "of the age groups, and look for user 2000's 1."),
            Misunderstanding("label_of_2021", {"age_group": "18-24"},
                "The label is the project's own. Compare the count of column 3956 with the counts "
                "of the age groups."),
            Misunderstanding("one_too_far", {"age_group": "35-44"},
                "The group is one too far: column 3954 is the first of the seven."),
            Misunderstanding("another_group", {"age_group": "56+"},
                "The group is another one: find the count of column 3956 in the second table."),
            Misunderstanding("no_label", {"age_group": ""},
                "age_group is none of the seven labels. Write it as the second table does, such "
                'as "45-49": neither a code nor a count.'),
            Misunderstanding("user_inside", {"user_2000_inside": True},
                "Look at the last column of the first table: in which line is user 2000's 1, and "
                "which line is column 3956?"),
            Misunderstanding("no_word", {"user_2000_inside": "no"},
                "user_2000_inside must be Python's own True or False: no quotes, no yes or no."),
            Misunderstanding("not_a_dict", lambda: "",
                'Return a dict with both answers: {"age_group": …, "user_2000_inside": …}.'),
        ],
        right="the counts name the group, and user 2000 is not in it",
    ),
    Exercise(
        name="same_users",
        reference=_same_users,
        steps=_same_steps,
        cases={
            "two of four users": (_FULL, _GROUP),
            "in another order": (_FULL.iloc[::-1], _GROUP.iloc[[2, 0, 3, 1, 4]]),
            "a rating of the group's users that only the full model predicted": (
                _FULL,
                _GROUP.iloc[[3, 0, 1]],
            ),
            "eighty ratings, in any order": Drawn(_some_predictions),
            "MovieLens-100K, users of 18-24": OnMovieLens(_of_18_24),
        },
        look="Section “Exercise 7 · The same ratings for both”: the ratings that both predicted.",
        misunderstandings=[
            Misunderstanding("different_users", lambda full, group: _alone(group) - _alone(full),
                "You scored the full model on everybody and the group's model on the group. If "
                "the group is easier or harder, that is all you see. Keep the ratings that both "
                "predicted."),
            Misunderstanding("same_users_only", lambda full, group: _of(full, group, "user"),
                "The users are the same, their ratings are not: the full model predicted some "
                "that the group's did not. Match the rows by user *and* movie."),
            Misunderstanding("columns_apart", lambda full, group: _of(full, group, "user", "movie"),
                "A user of the group and a movie of the group need not be one rating of it. Match "
                "user and movie together, as a pair (merge)."),
            Misunderstanding("on_user", {"on": ("user",)},
                "You matched by user alone, so each rating of a user meets all the others of that "
                "user. Match by user *and* movie."),
            Misunderstanding("on_user_and_rating", {"on": ("user", "rating")},
                "You matched by user and rating: two movies to which a user gave the same stars "
                "are mixed up. Match by user *and* movie."),
            Misunderstanding("on_movie", {"on": ("movie",)},
                "You matched by movie alone, so other users' ratings come in. Match by user *and* "
                "movie."),
            Misunderstanding("on_everything",
                lambda full, group: _alone(group) - _alone(group.merge(full)),
                "Without on=, merge matches by all common columns, the prediction as well, and "
                'nothing is left. Say on=["user", "movie"].'),
            Misunderstanding("by_position", _by_position,
                "The rows of the two tables are in different orders. Match them by user *and* "
                "movie (merge), not by position."),
            Misunderstanding("by_index",
                lambda f, g: _alone(g) - float(_rmse(g["rating"] - f["prediction"], None)),
                "pandas matched the rows by their index, which only numbers them. Match by user "
                "*and* movie (merge)."),
            Misunderstanding("reversed", {"taken": lambda own, everybody: everybody - own},
                "The sign is turned: the group's model minus the full one."),
            Misunderstanding("ratio", {"taken": lambda own, everybody: own / everybody - 1},
                "That is a ratio. Asked is the difference, in stars."),
            Misunderstanding("full_alone", {"taken": lambda own, everybody: everybody},
                "That is the RMSE of the full model. Take it away from the group's."),
            Misunderstanding("per_user", {"score": _rmse_a_user},
                "That is the difference of the per-user means. Take the RMSE over all ratings."),
            Misunderstanding("squared", {"score": lambda error, user: (error**2).mean()},
                "That is in stars squared. Take the two roots, then the difference."),
            Misunderstanding("absolute", {"score": lambda error, user: error.abs().mean()},
                "That is the mean absolute error. RMSE: square, mean, then root."),
            Misunderstanding("sums", {"score": lambda error, user: np.sqrt((error**2).sum())},
                "You took the sum of the squares. RMSE takes their mean, so that the number of "
                "ratings does not matter."),
        ],
        right="the same ratings, two models",
    ),
]
# fmt: on
