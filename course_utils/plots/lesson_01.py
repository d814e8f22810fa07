"""Figures of the data: long tails, tastes, people and time."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import FuncFormatter, MultipleLocator, PercentFormatter

from course_utils.data.describe import (
    clustered_means,
    genre_table,
    gini,
    lorenz,
    mean_rating,
    period,
    seconds_shared,
    shrunk_means,
    top_share,
    users_spans,
)
from course_utils.data.movielens import MovieLens
from course_utils.plots.style import GREY, figure, show

__all__ = [
    "activity",
    "age_groups",
    "features_that_help",
    "gender",
    "genre_bars",
    "genre_cloud",
    "genre_shares",
    "lorenz_curve",
    "mean_by_group",
    "movie_ratings",
    "occupations",
    "over_time",
    "popularity_and_mean",
    "rating_counts",
    "rating_matrix_picture",
    "same_second",
    "shrinkage",
    "top_movies",
]

BLUE, ORANGE = sns.color_palette("colorblind").as_hex()[:2]
BROWN = "#8a5a00"  # text beside orange marks: orange itself is too pale to read


# ----------------------------------------------------------------------------- movies and genres
def top_movies(data: MovieLens, n: int = 10) -> plt.Figure:
    """The ``n`` movies with most ratings."""
    counts = data.ratings["movie_id"].value_counts().head(n)
    counts.index = _titles(data).loc[counts.index]
    users = data.ratings["user_id"].nunique()
    share = counts.iloc[0] / users
    fig, ax = figure(8, 0.34 * n + 0.9)
    _bars(ax, counts)
    ax.set(xlabel="ratings", title=f"{counts.index[0]}: rated by {share:.0%} of all users")
    return show(
        fig,
        f"Bars of the {n} movies with most ratings: from {counts.index[0]} with "
        f"{counts.iloc[0]:,} down to {counts.index[-1]} with {counts.iloc[-1]:,}.",
    )


def rating_counts(data: MovieLens) -> plt.Figure:
    """How often each number of stars is given, as count and as share."""
    counts = data.ratings["rating"].value_counts().sort_index()
    share = counts / counts.sum()
    fig, ax = figure(7.5, 3.8)
    bars = ax.bar([f"{stars:g}" for stars in counts.index], counts, color=BLUE)
    ax.bar_label(bars, [f"{n:,}\n{s:.1%}" for n, s in zip(counts, share, strict=True)], padding=2)
    ax.margins(y=0.18)
    top, mean = share.idxmax(), mean_rating(data.ratings)
    ax.set(xlabel="stars", ylabel="ratings", title=f"{top:g} stars is the most usual rating")
    _thousands(ax.yaxis)
    ax.grid(axis="x", visible=False)
    spoken = ", ".join(f"{stars:g} stars {s:.1%}" for stars, s in share.items())
    return show(fig, f"Bars of ratings by stars: {spoken}. The mean is {mean:.2f} stars.")


def movie_ratings(data: MovieLens, title: str) -> plt.Figure:
    """One movie's ratings (bars) beside those of all movies (marks), as shares."""
    ids = data.movies.loc[data.movies["title"] == title, "movie_id"]
    own = data.ratings[data.ratings["movie_id"].isin(ids)]
    if own.empty:
        raise ValueError(f"no rated movie is titled {title!r}; see data.movies['title']")
    every = data.ratings["rating"].value_counts(normalize=True).sort_index()
    share = own["rating"].value_counts(normalize=True).reindex(every.index, fill_value=0.0)
    stars = [f"{s:g}" for s in every.index]
    fig, ax = figure(7.5, 3.8)
    bars = ax.bar(stars, share, color=BLUE)
    ax.bar_label(bars, [f"{s:.0%}" for s in share], padding=2)
    ax.margins(y=0.12)
    ax.plot(stars, every, linestyle="", marker="_", markersize=34, markeredgewidth=3, color=ORANGE)
    ax.annotate(
        "all movies",
        (0, every.iloc[0]),
        (0, 9),
        textcoords="offset points",
        ha="center",
        color=BROWN,
    )
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="x", visible=False)
    mean, all_mean = mean_rating(own), mean_rating(data.ratings)
    ax.set(xlabel="stars", ylabel="share of ratings")
    ax.set_title(f"{title}: {len(own):,} ratings, mean {mean:.2f} (all movies {all_mean:.2f})")
    spoken = ", ".join(f"{s} stars {v:.0%}" for s, v in zip(stars, share, strict=True))
    return show(
        fig,
        f"Shares of {title}'s {len(own):,} ratings: {spoken}. Mean {mean:.2f} stars, "
        f"against {all_mean:.2f} for all movies.",
    )


def genre_bars(counts, label: str = "movies") -> plt.Figure:
    """Counts of genres (Series or mapping), as bars from most to fewest; ``label`` says of what."""
    counts = pd.Series(counts).sort_values(ascending=False)
    fig, ax = figure(8, 0.27 * len(counts) + 0.9)
    _bars(ax, counts)
    ax.set(xlabel=label, title=f"{counts.index[0]} comes first when {label} are counted")
    spoken = ", ".join(f"{genre} {n:,}" for genre, n in counts.head(3).items())
    return show(
        fig,
        f"Bars of {len(counts)} genres by {label}: {spoken}, down to "
        f"{counts.index[-1]} with {counts.iloc[-1]:,}.",
    )


def genre_shares(data: MovieLens) -> plt.Figure:
    """Each genre's share of movies and of ratings: where they part, a genre is over-watched."""
    table = genre_table(data)
    share = (table[["movies", "ratings"]] / table[["movies", "ratings"]].sum()).iloc[::-1]
    place = np.arange(len(share))
    fig, ax = figure(8, 5.8)
    ax.hlines(place, share["movies"], share["ratings"], color=GREY, linewidth=2, zorder=1)
    ax.scatter(share["movies"], place, s=55, color=BLUE, marker="o")
    ax.scatter(share["ratings"], place, s=55, color=ORANGE, marker="D")
    gap = share["ratings"] - share["movies"]
    _name_ends(ax, share.iloc[-1], place[-1])
    ax.set_yticks(place, share.index)
    ax.set_ylim(-0.7, len(share) + 0.2)
    ax.set_xlim(0, share.to_numpy().max() * 1.22)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="y", visible=False)
    ax.set(xlabel="share of all genre labels")
    ax.set_title(f"{gap.idxmin()}: many movies, fewer ratings; {gap.idxmax()}: the reverse")
    low, high = gap.idxmin(), gap.idxmax()
    return show(
        fig,
        f"Each genre's share of movies and of ratings. {low}: {share.movies[low]:.1%} of movies, "
        f"{share.ratings[low]:.1%} of ratings. {high}: {share.movies[high]:.1%} of movies, "
        f"{share.ratings[high]:.1%} of ratings.",
    )


def genre_cloud(counts, label: str = "movies") -> plt.Figure:
    """Genres as words, larger the more often they occur in ``counts``."""
    from wordcloud import WordCloud

    counts = pd.Series(counts).sort_values(ascending=False)
    cloud = WordCloud(
        width=1100,
        height=480,
        background_color="white",
        prefer_horizontal=1.0,
        random_state=0,
        relative_scaling=0.6,
        color_func=lambda *_, font_size, **__: _by_size(font_size),
    ).generate_from_frequencies(counts.to_dict())
    fig, ax = figure(8, 3.8)
    ax.imshow(cloud, interpolation="bilinear")
    ax.set_axis_off()
    first, fifth = counts.index[0], counts.index[min(4, len(counts) - 1)]
    ax.set_title(f"Genres by {label}: how many times larger is {first} than {fifth}?")
    spoken = ", ".join(counts.index[:5])
    return show(
        fig,
        f"Word cloud of {len(counts)} genres by number of {label}; the largest words are {spoken}.",
    )


# ------------------------------------------------------------------------------------- long tails
def activity(data: MovieLens) -> plt.Figure:
    """Histograms of ratings per user and per movie, both axes logarithmic."""
    fig, axes = figure(10, 3.9, columns=2, sharey=True)
    spoken = []
    for ax, side in zip(axes, ("user", "movie"), strict=True):
        counts = data.ratings[f"{side}_id"].value_counts().to_numpy()
        # Edges between integers, or empty bins would open between 1 and 2, 2 and 3.
        edges = np.unique(np.geomspace(1, counts.max() + 1, 26).round()) - 0.5
        ax.hist(counts, edges, color=BLUE if side == "user" else ORANGE, edgecolor="white")
        ax.set(xscale="log", yscale="log", xlabel=f"ratings per {side}", ylabel=f"{side}s")
        _plain_log(ax.xaxis), _plain_log(ax.yaxis)
        low, middle, high = counts.min(), np.median(counts), counts.max()
        ax.axvline(middle, color="black", linestyle="--", linewidth=1.2)
        ax.set_title(f"Per {side}: {low:,} to {high:,}, median {middle:g}")
        ax.set_xlim(0.8, max(data.ratings["user_id"].value_counts().iloc[0], high) * 1.4)
        spoken.append(f"per {side} from {low:,} over a median of {middle:g} to {high:,}")
        ax.tick_params(labelleft=True)
    return show(
        fig,
        "Two histograms on logarithmic axes: ratings " + ", and ".join(spoken) + ". "
        "No user has fewer than the minimum; many movies have one or two ratings.",
    )


def lorenz_curve(data: MovieLens) -> plt.Figure:
    """Lorenz curves of ratings over movies and over users, with their Gini coefficients."""
    fig, ax = figure(6.6, 5.4)
    ax.plot([0, 1], [0, 1], color=GREY, linestyle="--")
    ax.text(0.3, 0.33, "all equal", color="#555555", rotation=38, rotation_mode="anchor")
    spoken = []
    # Where the name of each curve stands: above the users' curve, below the movies'.
    looks = {
        "movie": (ORANGE, "-", 0.68, "left", "top"),
        "user": (BLUE, "-.", 0.60, "right", "bottom"),
    }
    for side, (colour, line, at, ha, va) in looks.items():
        counts = data.ratings[f"{side}_id"].value_counts()
        members, total = lorenz(counts)
        ax.plot(members, total, color=colour, linestyle=line, linewidth=2.5)
        place = (at, float(np.interp(at, members, total)))
        shift = (8, -8) if va == "top" else (-8, 8)
        ax.annotate(
            f"{side}s\nGini {gini(counts):.2f}",
            place,
            shift,
            textcoords="offset points",
            ha=ha,
            va=va,
            fontweight="bold",
        )
        spoken.append(f"over {side}s Gini {gini(counts):.2f}")
    top = top_share(data)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="share of movies or users, fewest ratings first")
    ax.set(ylabel="share of all ratings")
    ax.set_title(f"One tenth of the movies has {top:.0%} of the ratings")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    return show(
        fig,
        f"Lorenz curves of ratings, {' and '.join(spoken)}, both far below the "
        f"diagonal of equality. The top tenth of the movies has {top:.1%} of all ratings.",
    )


def rating_matrix_picture(data: MovieLens, cells: int = 90) -> plt.Figure:
    """How full the matrix of users × rated movies is, both sorted from most to fewest ratings."""
    rank = {}
    for side in ("user_id", "movie_id"):
        counts = data.ratings[side].value_counts()
        rank[side] = data.ratings[side].map(pd.Series(np.arange(len(counts)), counts.index))
    shape = [rank[side].max() + 1 for side in rank]
    edges = [np.linspace(-0.5, n - 0.5, min(cells, n) + 1) for n in shape]
    filled, *_ = np.histogram2d(rank["user_id"], rank["movie_id"], edges)
    sides = [np.histogram(np.arange(n), e)[0] for n, e in zip(shape, edges, strict=True)]
    room = np.outer(*sides)  # cells of the matrix in each block
    fig, ax = figure(7.6, 4.6)
    image = ax.imshow(
        filled / room,
        cmap="cividis",
        vmin=0,
        vmax=1,
        aspect="auto",
        extent=(0, shape[1], shape[0], 0),
    )
    bar = fig.colorbar(image, ax=ax, label="share of cells with a rating")
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    share = len(data.ratings) / (shape[0] * shape[1])
    ax.set(xlabel="movies, most rated first", ylabel="users, most active first")
    ax.set_title(f"{shape[0]:,} × {shape[1]:,} cells, {1 - share:.1%} of them empty")
    ax.grid(visible=False)
    _thousands(ax.xaxis), _thousands(ax.yaxis)
    return show(
        fig,
        f"The matrix of {shape[0]:,} users by {shape[1]:,} movies. {share:.2%} of the "
        "cells hold a rating: the corner of active users and popular movies is nearly "
        "full, the rest almost empty.",
    )


# ----------------------------------------------------------------------------- popularity and mean
def popularity_and_mean(data: MovieLens) -> plt.Figure:
    """Mean rating against number of ratings, with the funnel that chance alone would draw."""
    movies = data.ratings.groupby("movie_id")["rating"].agg(["size", "mean"])
    mean, low_high = mean_rating(data.ratings), data.rating_scale
    n = np.geomspace(1, movies["size"].max(), 200)
    half = 1.96 * data.ratings["rating"].astype(float).std() / np.sqrt(n)
    fig, ax = figure(8, 4.6)
    ax.fill_between(
        n,
        np.clip(mean - half, *low_high),
        np.clip(mean + half, *low_high),
        color=ORANGE,
        alpha=0.22,
        linewidth=0,
    )
    ax.scatter(movies["size"], movies["mean"], s=9, color=BLUE, alpha=0.45, linewidth=0)
    ax.axhline(mean, color="black", linewidth=1, linestyle="--")
    ax.text(0.85, mean + 0.05, f"global mean {mean:.2f}", va="bottom")
    perfect = movies[movies["mean"] == low_high[1]]
    most = int(perfect["size"].max()) if len(perfect) else 0
    ax.annotate(
        f"{len(perfect)} movies with a perfect mean, from {most} ratings at most",
        (max(most, 1), low_high[1]),
        (14, -1),
        textcoords="offset points",
        va="center",
    )
    shaded = "shaded: where 95% of the means\nwould lie if all movies were equally good"
    ax.text(n[-1], low_high[0] + 0.1, shaded, ha="right", va="bottom")
    r = float(np.corrcoef(np.log(movies["size"]), movies["mean"])[0, 1])
    ax.set(xscale="log", xlabel="ratings of the movie (log)", ylabel="mean rating (stars)")
    _plain_log(ax.xaxis)
    ax.set_title(f"Extreme means belong to movies with few ratings (r = {r:.2f} with log count)")
    worst, best = movies["mean"].min(), movies["mean"].max()
    return show(
        fig,
        "Each movie's mean rating against its number of ratings. Means of movies with few ratings "
        f"spread from {worst:g} to {best:g} stars; those of popular movies lie near or above "
        f"{mean:.2f}. Correlation with the logarithm of the count: {r:.2f}.",
    )


def shrinkage(data: MovieLens, k: float = 10.0, n: int = 8) -> plt.Figure:
    """The best movies by plain mean and by shrunk mean, each with both values."""
    movies = data.ratings.groupby("movie_id")["rating"].agg(["size", "mean"])
    movies["shrunk"] = shrunk_means(data.ratings, k)
    plain = movies.nlargest(n, ["mean", "size"])
    shrunk = movies.nlargest(n, "shrunk")
    fig, axes = figure(8.4, 0.58 * n + 1.4, rows=2, sharex=True)
    for ax, table, name in zip(axes, (plain, shrunk), ("plain", "shrunk"), strict=True):
        table = table.iloc[::-1]
        place = np.arange(n)
        ax.hlines(place, table["shrunk"], table["mean"], color=GREY, linewidth=2, zorder=1)
        ax.scatter(table["mean"], place, s=60, facecolor="white", edgecolor=BLUE, linewidth=2)
        ax.scatter(table["shrunk"], place, s=60, color=ORANGE, marker="D")
        titles = _titles(data).loc[table.index]
        sizes = table["size"]
        labels = [f"{_cut(t)} ({c:,})" for t, c in zip(titles, sizes, strict=True)]
        ax.set_yticks(place, labels)
        ax.grid(axis="y", visible=False)
        ax.set_ylim(-0.7, n + 0.1)
        low, high = table["size"].min(), table["size"].max()
        ax.set_title(f"Best {n} by {name} mean: {low:,} to {high:,} ratings each")
    top = plain.iloc[0]
    height = n - 1 + 0.45
    axes[0].text(top["mean"], height, "plain", ha="center", color=BLUE, fontweight="bold")
    axes[0].text(top["shrunk"], height, "shrunk", ha="center", color=BROWN, fontweight="bold")
    axes[1].set(xlabel=f"stars (shrunk: with {k:g} more ratings of the global mean)")
    best = _titles(data).loc[shrunk.index[0]]
    return show(
        fig,
        f"The {n} best movies by plain mean have at most {plain['size'].max():,} "
        f"ratings, and shrinking moves their means from {plain['mean'].max():.2f} to at "
        f"most {plain['shrunk'].max():.2f}. The best by shrunk mean have at least "
        f"{shrunk['size'].min():,}; first is {best} with {shrunk['shrunk'].iloc[0]:.2f}.",
    )


# ---------------------------------------------------------------------------------------- people
def gender(users: pd.DataFrame, ratings: pd.DataFrame) -> plt.Figure | None:
    """Share of women and men among users and among ratings."""
    if users.empty:
        return None
    named = users["gender"].map({"F": "women", "M": "men"})
    of_rating = ratings["user_id"].map(named.set_axis(users["user_id"]))
    shares = {"of users": named, "of ratings": of_rating}
    table = pd.DataFrame({k: v.value_counts(normalize=True) for k, v in shares.items()})
    women, men = table.loc["women"], table.loc["men"]
    fig, ax = figure(8, 2.2)
    ax.barh(table.columns, women, color=ORANGE)
    ax.barh(table.columns, men, left=women, color=BLUE)
    for place, column in enumerate(table):
        ax.text(women[column] / 2, place, f"women {women[column]:.1%}", ha="center", va="center")
        ax.text(
            women[column] + men[column] / 2,
            place,
            f"men {men[column]:.1%}",
            ha="center",
            va="center",
            color="white",
        )
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), title=f"{men['of users']:.0%} of the users are men")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(visible=False)
    return show(
        fig,
        f"Women are {women['of users']:.1%} of users and {women['of ratings']:.1%} of "
        f"ratings; men {men['of users']:.1%} and {men['of ratings']:.1%}.",
    )


def age_groups(users: pd.DataFrame) -> plt.Figure | None:
    """Users by age group."""
    if users.empty:
        return None
    counts = users["age_group"].value_counts(sort=False)
    fig, ax = figure(8, 3.4)
    bars = ax.bar(counts.index.astype(str), counts, color=BLUE)
    ax.bar_label(bars, [f"{n:,}\n{n / len(users):.0%}" for n in counts], padding=2)
    ax.margins(y=0.2)
    ax.grid(axis="x", visible=False)
    _thousands(ax.yaxis)
    top = counts.idxmax()
    ax.set(xlabel="age (years)", ylabel="users", title=f"The largest group is {top}")
    spoken = ", ".join(f"{group} {n:,}" for group, n in counts.items())
    return show(fig, f"Bars of users by age group: {spoken}.")


def occupations(users: pd.DataFrame) -> plt.Figure | None:
    """Users by occupation, from most to fewest."""
    if users.empty:
        return None
    counts = users["occupation"].value_counts()
    fig, ax = figure(8, 0.25 * len(counts) + 0.9)
    _bars(ax, counts)
    share = counts.iloc[0] / len(users)
    ax.set(xlabel="users", title=f"{share:.0%} of the users are {counts.index[0]}s")
    return show(
        fig,
        f"Bars of {len(counts)} occupations: {counts.index[0]} first with "
        f"{counts.iloc[0]:,} users, {counts.index[-1]} last with {counts.iloc[-1]:,}.",
    )


def mean_by_group(
    users: pd.DataFrame, ratings: pd.DataFrame, columns: Sequence[str] = ("gender", "age_group")
) -> plt.Figure | None:
    """Mean rating of each group of users, with its 95% interval over users."""
    if users.empty:
        return None
    table = ratings.merge(users, on="user_id")
    groups = pd.concat({column: clustered_means(table, column) for column in columns}).iloc[::-1]
    names = [{"F": "women", "M": "men"}.get(name, str(name)) for _, name in groups.index]
    place = np.arange(len(groups))
    fig, ax = figure(8, 0.36 * len(groups) + 1)
    ax.errorbar(groups["mean"], place, xerr=groups["half"], fmt="o", color=BLUE, capsize=4)
    mean = mean_rating(ratings)
    ax.axvline(mean, color="black", linestyle="--", linewidth=1)
    ax.text(mean, len(groups) - 0.4, f" global mean {mean:.2f}", va="center")
    labels = [f"{name} ({n:,})" for name, n in zip(names, groups["users"], strict=True)]
    ax.set_yticks(place, labels)
    ax.set_ylim(-0.6, len(groups) - 0.1)
    ax.grid(axis="y", visible=False)
    ax.set(xlabel="mean rating (stars) with 95% interval; in brackets: users")
    ax.set_title("Do groups of people rate differently?")
    means = zip(names[::-1], groups.iloc[::-1].itertuples(), strict=True)
    spoken = "; ".join(f"{name} {row.mean:.2f} ± {row.half:.2f}" for name, row in means)
    return show(fig, f"Mean ratings in stars with 95% intervals: {spoken}.")


# ------------------------------------------------------------------------------------------ time
def over_time(data: MovieLens) -> plt.Figure:
    """Ratings per week (per month in long datasets), and the mean rating with its interval."""
    time = data.ratings["timestamp"]
    unit, days = ("week", 7) if time.max() - time.min() < 400 * 86_400 else ("month", 30)
    rows = clustered_means(data.ratings.assign(period=period(time, unit)), "period")
    counts = rows["ratings"]
    rows = rows[counts >= 100]
    fig, (above, below) = figure(8.6, 5.4, rows=2, sharex=True)
    above.bar(counts.index, counts, width=0.85 * days, color=BLUE)
    peak, share = counts.idxmax(), counts.max() / counts.sum()
    above.annotate(
        f"{counts.max():,} ratings",
        (peak, counts.max()),
        (8, -4),
        textcoords="offset points",
        va="top",
    )
    above.set(ylabel=f"ratings per {unit}")
    above.set_title(f"One {unit} brought {share:.0%} of all ratings")
    _thousands(above.yaxis)
    low, high = rows["mean"] - rows["half"], rows["mean"] + rows["half"]
    below.fill_between(rows.index, low, high, color=BLUE, alpha=0.2, linewidth=0)
    below.plot(rows.index, rows["mean"], color=BLUE, marker="o", markersize=4)
    mean = mean_rating(data.ratings)
    below.axhline(mean, color="black", linestyle="--", linewidth=1)
    below.set(ylabel="mean rating (stars)")
    outside = int(((rows["mean"] - mean).abs() > rows["half"]).sum())
    below.set_title(f"In {outside} of {len(rows)} {unit}s the 95% band misses the overall mean")
    least, most = rows["mean"].min(), rows["mean"].max()
    return show(
        fig,
        f"Above: ratings per {unit}, at most {counts.max():,} (from {peak:%d %B %Y}). Below: the "
        f"mean rating per {unit} moves between {least:.2f} and {most:.2f} stars around {mean:.2f}; "
        f"its 95% band misses that mean in {outside} of {len(rows)}.",
    )


def same_second(data: MovieLens) -> plt.Figure:
    """How many ratings a user gives in one and the same second, and how long a user stays."""
    together, span = seconds_shared(data.ratings), users_spans(data.ratings)
    fig, (left, right) = figure(10.4, 3.9, columns=2)
    upto = np.minimum(together, 8)
    share = upto.value_counts(normalize=True).sort_index()
    names = [f"{n}" if n < 8 else "8 +" for n in share.index]
    bars = left.bar(names, share, color=[GREY if n == 1 else BLUE for n in share.index])
    left.bar_label(bars, [f"{s:.0%}" for s in share], padding=2)
    left.margins(y=0.1)
    tied = float((together > 1).mean())
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.grid(axis="x", visible=False)
    left.set(xlabel="ratings by one user in the same second", ylabel="share of ratings")
    left.set_title(f"{tied:.0%} share their second")
    hours = np.sort(np.maximum(span.to_numpy() / 3600, 1 / 60))
    right.plot(hours, np.arange(1, len(hours) + 1) / len(hours), color=BLUE, linewidth=2.5)
    marks = {1 / 60: "minute", 1: "hour", 24: "day", 168: "week", 8760: "year"}
    shown = {at: name for at, name in marks.items() if at <= hours[-1] * 1.1}
    right.set(xscale="log", ylim=(0, 1.02))
    right.set_xticks(list(shown), list(shown.values()))
    right.minorticks_off()
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    day = float((span < 86_400).mean())
    right.set(xlabel="from a user's first rating to the last", ylabel="share of users")
    right.set_title(f"{day:.0%} rate for less than one day")
    right.plot([24, 24], [0, day], color="black", linestyle="--", linewidth=1)
    return show(
        fig,
        f"Left: {tied:.1%} of the ratings share their second with another rating of "
        f"the same user, up to {together.max()} in one second. Right: the time between "
        f"first and last rating is under an hour for {(span < 3600).mean():.1%} of the "
        f"users and under a day for {day:.1%}.",
    )


# -------------------------------------------------------------------------------------- features
def features_that_help(scores: Mapping[str, float]) -> plt.Figure:
    """Share of the held-out variance that each feature explains on its own, as bars."""
    scores = pd.Series(scores).sort_values(ascending=False).round(4) + 0.0  # no "-0.0%"
    fig, ax = figure(8, 0.34 * len(scores) + 1)
    _bars(ax, scores, "{:.1%}")
    ax.xaxis.set_major_locator(MultipleLocator(0.05))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(xlabel="share of the variance of held-out ratings explained")
    ax.set_title(f"{scores.index[0].capitalize()} tells most, {scores.index[-1]} least")
    spoken = ", ".join(f"{name} {value:.1%}" for name, value in scores.items())
    return show(fig, f"Bars of the variance each feature explains alone: {spoken}.")


# ----------------------------------------------------------------------------------------- pieces
def _bars(ax: plt.Axes, values: pd.Series, text: str = "{:,}") -> None:
    """Horizontal bars, first on top, each with its value written at its end."""
    bars = ax.barh(values.index.astype(str), values, color=BLUE)
    ax.bar_label(bars, [text.format(value) for value in values], padding=3)
    ax.invert_yaxis()
    ax.margins(x=0.12)
    ax.grid(axis="y", visible=False)
    _thousands(ax.xaxis)


def _name_ends(ax: plt.Axes, row: pd.Series, height: float) -> None:
    """Name both marks of the top line, in place of a legend."""
    left, right = ("right", "left") if row["movies"] < row["ratings"] else ("left", "right")
    for name, side, colour in (("movies", left, BLUE), ("ratings", right, BROWN)):
        shift = -8 if side == "right" else 8
        ax.annotate(
            f"share of {name}",
            (row[name], height),
            (shift, 9),
            textcoords="offset points",
            ha=side,
            color=colour,
            fontweight="bold",
        )


def _by_size(font_size: int) -> str:
    """Large words darker: size and shade say the same."""
    return "#01426a" if font_size > 60 else BLUE


def _thousands(axis) -> None:
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _plain_log(axis) -> None:
    """1, 10, 100 rather than powers of ten."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def _titles(data: MovieLens) -> pd.Series:
    """Title of each movie id as one says it: "The Usual Suspects" for "Usual Suspects, The"."""
    said = data.movies["title"].str.replace(r"^(.*), (The|A|An)$", r"\2 \1", regex=True)
    return said.set_axis(data.movies["movie_id"])


def _cut(title: str, length: int = 34) -> str:
    return title if len(title) <= length else title[: length - 1] + "…"
