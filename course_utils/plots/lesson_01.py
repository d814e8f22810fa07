"""Figures of the data: long tails, tastes, people and time."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

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
from course_utils.plots.kit import DIAMOND, RING, bars, dots
from course_utils.plots.style import GREY, figure, numbers, panels, show


# ----------------------------------------------------------------------------- movies and genres
def top_movies(data: MovieLens, n: int = 10) -> Figure | None:
    """The ``n`` movies with most ratings."""
    counts = data.ratings["movie_id"].value_counts().head(n)
    counts.index = _titles(data).loc[counts.index]
    share = counts.iloc[0] / data.ratings["user_id"].nunique()
    fig, ax = figure(8, 0.34 * n + 0.9)
    said = bars(ax, counts)
    ax.set(xlabel="ratings", title=f"{counts.index[0]}: rated by {share:.0%} of all users")
    return show(fig, f"Bars of the {n} movies with most ratings: {said}.")


def rating_counts(data: MovieLens) -> Figure | None:
    """How often each number of stars is given, as count and as share."""
    counts = data.ratings["rating"].value_counts().sort_index()
    counts.index = [f"{stars:g}" for stars in counts.index]
    fig, ax = figure(7.5, 3.8)
    said = bars(ax, counts, [f"{n:,}\n{n / counts.sum():.1%}" for n in counts], upright=True)
    ax.set(
        xlabel="stars", ylabel="ratings", title=f"{counts.idxmax()} stars is the most usual rating"
    )
    return show(
        fig, f"Bars of ratings by stars: {said}. The mean is {mean_rating(data.ratings):.2f} stars."
    )


def movie_ratings(data: MovieLens, title: str) -> Figure | None:
    """One movie's ratings (bars) beside those of all movies (marks), as shares."""
    ids = data.movies.loc[data.movies["title"] == title, "movie_id"]
    own = data.ratings[data.ratings["movie_id"].isin(ids)]
    if own.empty:
        raise ValueError(f"no rated movie is titled {title!r}; see data.movies['title']")
    every = data.ratings["rating"].value_counts(normalize=True).sort_index()
    share = own["rating"].value_counts(normalize=True).reindex(every.index, fill_value=0.0)
    share.index = [f"{stars:g}" for stars in every.index]
    fig, ax = figure(7.5, 3.8)
    said = bars(ax, share, "{:.0%}", upright=True)
    numbers(ax.yaxis, text="{:.0%}")
    ax.plot(
        share.index, every, linestyle="", marker="_", markersize=34, markeredgewidth=3, color="C1"
    )
    ax.set(xlabel="stars; ━ all movies", ylabel="share of ratings")
    mean, all_mean = mean_rating(own), mean_rating(data.ratings)
    ax.set_title(f"{title}: {len(own):,} ratings, mean {mean:.2f} (all movies {all_mean:.2f})")
    return show(
        fig,
        f"Shares of {title}'s {len(own):,} ratings by stars: {said}. Mean {mean:.2f} stars, "
        f"against {all_mean:.2f} for all movies.",
    )


def genre_bars(counts, label: str = "movies") -> Figure | None:
    """Counts of genres (Series or mapping), as bars from most to fewest; ``label`` says of what."""
    counts = pd.Series(counts).sort_values(ascending=False)
    fig, ax = figure(8, 0.27 * len(counts) + 0.9)
    said = bars(ax, counts)
    ax.set(xlabel=label, title=f"{counts.index[0]} comes first when {label} are counted")
    return show(fig, f"Bars of {len(counts)} genres by {label}: {said}.")


def genre_shares(data: MovieLens) -> Figure | None:
    """Each genre's share of movies and of ratings: where they part, a genre is over-watched."""
    table = genre_table(data)[["movies", "ratings"]]
    share = (table / table.sum()).add_prefix("share of ")
    gap = share["share of ratings"] - share["share of movies"]
    fig, ax = figure(8.4, 6)
    ax.set_title(f"{gap.idxmin()} has fewer ratings than its movies suggest, {gap.idxmax()} more")
    said = dots(ax, share, "share of all genre labels", link=True, text="{:.1%}")
    numbers(ax.xaxis, text="{:.0%}")
    return show(fig, f"Each genre's share of movies and of ratings. {said}.")


def genre_cloud(counts, label: str = "movies") -> Figure | None:
    """Genres as words, larger (and darker) the more often they occur in ``counts``."""
    from wordcloud import WordCloud

    counts = pd.Series(counts).sort_values(ascending=False)
    cloud = WordCloud(
        width=1100,
        height=480,
        background_color="white",
        prefer_horizontal=1.0,
        random_state=0,
        relative_scaling=0.6,
        color_func=lambda *_, font_size, **__: "#01426a" if font_size > 60 else "#0173b2",
    ).generate_from_frequencies(counts.to_dict())
    fig, ax = figure(8, 3.8)
    ax.imshow(cloud, interpolation="bilinear")
    ax.set_axis_off()
    first, fifth = counts.index[0], counts.index[min(4, len(counts) - 1)]
    ax.set_title(f"Genres by {label}: how many times larger is {first} than {fifth}?")
    spoken = ", ".join(f"{genre} {n:,}" for genre, n in counts.head().items())
    return show(fig, f"Word cloud of {len(counts)} genres by {label}; the largest words: {spoken}.")


# ------------------------------------------------------------------------------------- long tails
def activity(data: MovieLens) -> Figure | None:
    """Histograms of ratings per user and per movie, both axes logarithmic."""
    fig, axes = panels(2, 10, 3.9, sharex=True, sharey=True)
    spoken = []
    for i, (ax, side) in enumerate(zip(axes, ("user", "movie"), strict=True)):
        counts = data.ratings[f"{side}_id"].value_counts()
        # Edges between integers, or empty bins would open between 1 and 2, 2 and 3.
        edges = np.unique(np.geomspace(1, counts.max() + 1, 26).round()) - 0.5
        ax.hist(counts, edges, color=f"C{i}", edgecolor="white")
        ax.set(xscale="log", yscale="log", xlabel=f"ratings per {side}", ylabel=f"{side}s")
        numbers(ax.xaxis, ax.yaxis)
        ax.axvline(counts.median(), color="black", linestyle="--", linewidth=1.2)
        words = f"{counts.min():,} to {counts.max():,}, median {counts.median():g}"
        ax.set_title(f"Per {side}: {words}")
        ax.tick_params(labelleft=True)
        spoken.append(f"per {side} {words}; {(counts <= 2).mean():.0%} have one or two")
    return show(fig, f"Histograms of ratings on logarithmic axes: {'. '.join(spoken)}.")


def lorenz_curve(data: MovieLens) -> Figure | None:
    """Lorenz curves of ratings over movies and over users, with their Gini coefficients."""
    fig, ax = figure(6.6, 5.4)
    ax.plot([0, 1], [0, 1], color=GREY, linestyle="--")
    ax.text(0.3, 0.33, "all equal", color="#555555", rotation=38, rotation_mode="anchor")
    spoken = []
    for side, colour, line in (("movie", "C1", "-"), ("user", "C0", "-.")):
        counts = data.ratings[f"{side}_id"].value_counts()
        spoken.append(f"{side}s: Gini {gini(counts):.2f}")
        ax.plot(*lorenz(counts), color=colour, linestyle=line, linewidth=2.5, label=spoken[-1])
    ax.legend(loc="upper left", handlelength=3)
    top = top_share(data)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="share of movies or users, fewest ratings first")
    ax.set(
        ylabel="share of all ratings", title=f"One tenth of the movies has {top:.0%} of the ratings"
    )
    numbers(ax.xaxis, ax.yaxis, text="{:.0%}")
    return show(
        fig,
        f"Lorenz curves of ratings: {'; '.join(spoken)} (0: all equal). The top tenth of the "
        f"movies has {top:.1%} of all ratings.",
    )


def rating_matrix_picture(data: MovieLens, cells: int = 90) -> Figure | None:
    """How full the matrix of users × rated movies is, both sorted from most to fewest ratings."""
    rank = {}
    for side in ("user_id", "movie_id"):
        counts = data.ratings[side].value_counts()
        rank[side] = data.ratings[side].map(pd.Series(np.arange(len(counts)), counts.index))
    users, movies = shape = [rank[side].max() + 1 for side in rank]
    edges = [np.linspace(-0.5, n - 0.5, min(cells, n) + 1) for n in shape]
    filled, *_ = np.histogram2d(rank["user_id"], rank["movie_id"], edges)
    sides = [np.histogram(np.arange(n), e)[0] for n, e in zip(shape, edges, strict=True)]
    room = np.outer(*sides)  # cells of the matrix in each block
    fig, ax = figure(7.6, 4.6)
    look = {"cmap": "cividis", "vmin": 0, "vmax": 1, "aspect": "auto"}
    image = ax.imshow(filled / room, extent=(0, movies, users, 0), **look)
    numbers(
        fig.colorbar(image, ax=ax, label="share of cells with a rating").ax.yaxis, text="{:.0%}"
    )
    share = len(data.ratings) / (users * movies)
    ax.set(xlabel="movies, most rated first", ylabel="users, most active first")
    ax.set_title(f"{users:,} × {movies:,} cells, {1 - share:.1%} of them empty")
    ax.grid(visible=False)
    numbers(ax.xaxis, ax.yaxis)
    tenths = [-(-n // 10) for n in shape]
    corner = (rank["user_id"] < tenths[0]) & (rank["movie_id"] < tenths[1])
    return show(
        fig,
        f"The matrix of {users:,} users by {movies:,} movies. {share:.2%} of the cells hold a "
        "rating; where the most active tenth of the users meets the most rated tenth of the "
        f"movies, {corner.sum() / np.prod(tenths):.0%} do.",
    )


# ----------------------------------------------------------------------------- popularity and mean
def popularity_and_mean(data: MovieLens) -> Figure | None:
    """Mean rating against number of ratings, with the funnel that chance alone would draw."""
    movies = data.ratings.groupby("movie_id")["rating"].agg(["size", "mean"])
    mean, (low, high) = mean_rating(data.ratings), data.rating_scale
    n = np.geomspace(1, movies["size"].max(), 200)
    half = 1.96 * data.ratings["rating"].astype(float).std() / np.sqrt(n)
    funnel = np.clip(mean - half, low, high), np.clip(mean + half, low, high)
    fig, ax = figure(8, 4.8)
    ax.fill_between(n, *funnel, color="C1", alpha=0.22, linewidth=0)
    ax.scatter(movies["size"], movies["mean"], s=9, color="C0", alpha=0.45, linewidth=0)
    ax.axhline(mean, color="black", linewidth=1, linestyle="--")
    r = float(np.corrcoef(np.log(movies["size"]), movies["mean"])[0, 1])
    ax.set(xscale="log", ylabel="mean rating (stars)")
    ax.set_xlabel(
        f"ratings of the movie (log); dashed: the mean of all, {mean:.2f}\n"
        "shaded: where 95% of the means would lie if all movies were equally good"
    )
    numbers(ax.xaxis)
    perfect = movies[movies["mean"] == high]
    most = f", from {perfect['size'].max():,} ratings at most" if len(perfect) else ""
    ax.set_title(f"{len(perfect)} movies have a perfect mean{most}")
    rank = movies["size"].rank(pct=True)
    ends = {"least": movies[rank <= 0.5]["mean"], "most": movies[rank > 0.9]["mean"]}
    spoken = " and ".join(
        f"of the {name} rated {part} reach from {means.min():.2f} to {means.max():.2f} stars"
        for (name, means), part in zip(ends.items(), ("half", "tenth"), strict=True)
    )
    return show(
        fig,
        f"Each movie's mean rating against its number of ratings. The means {spoken}. The mean of "
        f"all ratings is {mean:.2f}. Correlation with the logarithm of the count: {r:.2f}.",
    )


def shrinkage(data: MovieLens, k: float = 10.0, n: int = 8) -> Figure | None:
    """The ``n`` best movies by plain mean and by shrunk mean, each with both values, in stars."""
    movies = data.ratings.groupby("movie_id")["rating"].agg(["size", "mean"])
    movies["shrunk"] = shrunk_means(data.ratings, k)
    best = {"mean": movies.nlargest(n, ["mean", "size"]), "shrunk": movies.nlargest(n, "shrunk")}
    fig, axes = panels(2, 8.8, 0.58 * n + 1.6, columns=1, sharex=True)
    spoken = []
    for ax, (by, table) in zip(axes, best.items(), strict=True):
        titles = [_cut(title) for title in _titles(data).loc[table.index]]
        table = table.set_axis([f"{t} ({c:,})" for t, c in zip(titles, table["size"], strict=True)])
        low, high = table["size"].min(), table["size"].max()
        name = by.replace("mean", "plain")
        ax.set_title(f"Best {n} by {name} mean: {low:,} to {high:,} ratings each")
        both = table[["mean", "shrunk"]].set_axis(["plain", "shrunk"], axis=1)
        unit = f"stars (shrunk: with {k:g} more ratings of the global mean)"
        said = dots(ax, both, unit, marks=(RING, DIAMOND), link=True, text="{:.2f}")
        spoken.append(f"The {n} best by {name} mean have {low:,} to {high:,} ratings. {said}")
    axes[0].set_xlabel("")
    return show(fig, f"{'. '.join(spoken)}.")


# ---------------------------------------------------------------------------------------- people
def gender(users: pd.DataFrame, ratings: pd.DataFrame) -> Figure | None:
    """Share of women and men among users and among ratings."""
    if users.empty:
        return None
    named = users["gender"].map({"F": "women", "M": "men"})
    of_rating = ratings["user_id"].map(named.set_axis(users["user_id"]))
    shares = {"of users": named, "of ratings": of_rating}
    table = pd.DataFrame({k: v.value_counts(normalize=True) for k, v in shares.items()})
    fig, ax = figure(8, 2.2)
    start = 0.0
    for name, colour, ink in (("women", "C1", "black"), ("men", "C0", "white")):
        found = ax.barh(table.columns, table.loc[name], left=start, color=colour)
        words = [f"{name} {share:.1%}" for share in table.loc[name]]
        ax.bar_label(found, words, label_type="center", color=ink)
        start = table.loc[name]
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), title=f"{table.loc['men', 'of users']:.0%} of the users are men")
    numbers(ax.xaxis, text="{:.0%}")
    ax.grid(visible=False)
    spoken = "; ".join(
        f"{name} {row['of users']:.1%} of users, {row['of ratings']:.1%} of ratings"
        for name, row in table.iterrows()
    )
    return show(fig, f"Shares: {spoken}.")


def age_groups(users: pd.DataFrame) -> Figure | None:
    """Users by age group."""
    if users.empty:
        return None
    counts = users["age_group"].value_counts(sort=False)
    fig, ax = figure(8, 3.4)
    said = bars(ax, counts, [f"{n:,}\n{n / len(users):.0%}" for n in counts], upright=True)
    ax.set(xlabel="age (years)", ylabel="users", title=f"The largest group is {counts.idxmax()}")
    return show(fig, f"Bars of users by age group: {said}.")


def occupations(users: pd.DataFrame) -> Figure | None:
    """Users by occupation, from most to fewest."""
    if users.empty:
        return None
    counts = users["occupation"].value_counts()
    fig, ax = figure(8, 0.25 * len(counts) + 0.9)
    said = bars(ax, counts)
    share = counts.iloc[0] / len(users)
    ax.set(xlabel="users", title=f"{share:.0%} of the users are {counts.index[0]}s")
    return show(fig, f"Bars of users in {len(counts)} occupations: {said}.")


def mean_by_group(
    users: pd.DataFrame, ratings: pd.DataFrame, columns: Sequence[str] = ("gender", "age_group")
) -> Figure | None:
    """Mean rating of each group of users, with its 95% interval over users."""
    if users.empty:
        return None
    table = ratings.merge(users, on="user_id")
    groups = pd.concat({column: clustered_means(table, column) for column in columns})
    names = [{"F": "women", "M": "men"}.get(name, str(name)) for _, name in groups.index]
    groups.index = [f"{name} ({n:,})" for name, n in zip(names, groups["users"], strict=True)]
    fig, ax = figure(8, 0.36 * len(groups) + 1.2)
    ax.set_title("Do groups of people rate differently? (in brackets: users)")
    interval = {"mean": (groups["mean"] - groups["half"], groups["mean"] + groups["half"])}
    overall = ("global mean", mean_rating(ratings))
    said = dots(
        ax, groups[["mean"]], "rating (stars)", intervals=interval, line=overall, text="{:.2f}"
    )
    return show(fig, f"Mean ratings in stars with 95% intervals: {said}.")


# ------------------------------------------------------------------------------------------ time
def over_time(data: MovieLens) -> Figure | None:
    """Ratings per week (per month in long datasets), and the mean rating with its interval."""
    time, mean = data.ratings["timestamp"], mean_rating(data.ratings)
    unit, days = ("week", 7) if time.max() - time.min() < 400 * 86_400 else ("month", 30)
    rows = clustered_means(data.ratings.assign(period=period(time, unit)), "period")
    counts, rows = rows["ratings"], rows[rows["ratings"] >= min(100, rows["ratings"].max())]
    peak, share = counts.idxmax(), counts.max() / counts.sum()
    fig, (above, below) = panels(2, 8.6, 5.4, columns=1, sharex=True)
    above.bar(counts.index, counts, width=0.85 * days, color="C0")
    above.set(ylabel=f"ratings per {unit}")
    above.set_title(f"The fullest {unit} has {counts.max():,} ratings, {share:.0%} of all")
    numbers(above.yaxis)
    low, high = rows["mean"] - rows["half"], rows["mean"] + rows["half"]
    below.fill_between(rows.index, low, high, color="C0", alpha=0.2, linewidth=0)
    below.plot(rows.index, rows["mean"], color="C0", marker="o", markersize=4)
    below.axhline(mean, color="black", linestyle="--", linewidth=1)
    below.set(ylabel="mean rating (stars)")
    outside = int(((rows["mean"] - mean).abs() > rows["half"]).sum())
    below.set_title(f"In {outside} of {len(rows)} {unit}s the 95% band misses the overall mean")
    return show(
        fig,
        f"Above: ratings per {unit}, at most {counts.max():,} (from {peak:%d %B %Y}). Below: the "
        f"mean rating per {unit} moves between {rows['mean'].min():.2f} and "
        f"{rows['mean'].max():.2f} stars around {mean:.2f}; its 95% band misses that mean in "
        f"{outside} of {len(rows)}.",
    )


def same_second(data: MovieLens) -> Figure | None:
    """How many ratings a user gives in one and the same second, and how long a user stays."""
    together, span = seconds_shared(data.ratings), users_spans(data.ratings)
    fig, (left, right) = panels(2, 10.4, 3.9)
    share = np.minimum(together, 8).value_counts(normalize=True).sort_index()
    share.index = [f"{n}" if n < 8 else "8 +" for n in share.index]
    colours = [GREY if n == "1" else "C0" for n in share.index]
    bars(left, share, "{:.0%}", upright=True, colour=colours)
    numbers(left.yaxis, text="{:.0%}")
    tied = float((together > 1).mean())
    left.set(xlabel="ratings by one user in the same second", ylabel="share of ratings")
    left.set_title(f"{tied:.0%} share their second")
    hours = np.sort(np.maximum(span.to_numpy() / 3600, 1 / 60))
    right.plot(hours, np.arange(1, len(hours) + 1) / len(hours), color="C0", linewidth=2.5)
    marks = {1 / 60: "minute", 1: "hour", 24: "day", 168: "week", 8760: "year"}
    shown = {at: name for at, name in marks.items() if at <= hours[-1] * 1.1}
    right.set(xscale="log", ylim=(0, 1.02))
    right.set_xticks(list(shown), list(shown.values()))
    right.minorticks_off()
    numbers(right.yaxis, text="{:.0%}")
    day, hour = float((span < 86_400).mean()), float((span < 3600).mean())
    right.set(xlabel="from a user's first rating to the last", ylabel="share of users")
    right.set_title(f"{day:.0%} rate for less than one day")
    right.plot([24, 24], [0, day], color="black", linestyle="--", linewidth=1)
    return show(
        fig,
        f"Left: {tied:.1%} of the ratings share their second with another rating of the same user, "
        f"up to {together.max()} in one second. Right: the time between first and last rating is "
        f"under an hour for {hour:.1%} of the users and under a day for {day:.1%}.",
    )


# -------------------------------------------------------------------------------------- features
def features_that_help(scores: Mapping[str, float]) -> Figure | None:
    """Share of the held-out variance that each feature explains on its own, as bars."""
    shares = pd.Series(scores).sort_values(ascending=False).round(3) + 0.0  # no "-0.0%"
    fig, ax = figure(8, 0.34 * len(shares) + 1)
    said = bars(ax, shares, "{:.1%}")
    numbers(ax.xaxis, text="{:.0%}")
    ax.set(xlabel="share of the variance of held-out ratings explained")
    ax.set_title(f"{shares.index[0].capitalize()} tells most, {shares.index[-1]} least")
    return show(fig, f"Bars of the variance each feature explains alone: {said}.")


# ----------------------------------------------------------------------------------------- pieces
def _titles(data: MovieLens) -> pd.Series:
    """Title of each movie id as one says it: "The Usual Suspects" for "Usual Suspects, The"."""
    said = data.movies["title"].str.replace(r"^(.*), (The|A|An)$", r"\2 \1", regex=True)
    return said.set_axis(data.movies["movie_id"])


def _cut(title: str, length: int = 34) -> str:
    return title if len(title) <= length else title[: length - 1] + "…"
