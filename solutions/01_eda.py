# %% [markdown]
# # 01 · Looking at the data
# {{colab_badge}}
#
# Before any model: what is in MovieLens, what is missing from it, and what follows for everything
# we build later. A student project of 2021 (Phan, Solomon, Li and Coffin) looked at the same data.
# It is our teacher in this course: we draw its pictures again, add those it did not draw, and run
# three of its slips ourselves, because each is a slip that anyone makes once.
#
# **You will be able to**
#
# - **count** what you mean to count: movies, ratings, or counts of counts;
# - **measure** how empty and how unequal a rating matrix is (sparsity, Lorenz curve, Gini);
# - **shrink** a mean of few ratings, and say why a 5.0 from one rating is no masterpiece;
# - **read** timestamps and age codes for what they are, not for what their name suggests;
# - **predict** which features will help a recommender, and check it on held-out ratings.
#
# **You need** Python with NumPy and pandas: columns, `groupby`, `merge`. No recommender knowledge, no Keras.
# **Time:** about 90 minutes with the exercises. All cells together run in well under a minute.

# %% setup=true
import numpy as np
import pandas as pd

from course_utils import check, guess, plots, reveal, yours
from course_utils.data import AGE_BOUNDS, AGE_GROUPS, describe, load_movielens

# %% [markdown]
# ## What is in MovieLens?
#
# MovieLens is a website on which people rate movies in order to get recommendations. GroupLens, a
# research group, publishes its ratings. We use the smallest set, ML-100K, and quote the one that
# the 2021 project used, ML-1M, beside it. Change the one word in the cell above to run this lesson
# on `"ml-1m"`.

# %% fact=true
data = load_movielens(DATASET)
ratings, movies = data.ratings, data.movies
print(
    f"{len(ratings):,} ratings of {ratings['movie_id'].nunique():,} movies "
    f"by {ratings['user_id'].nunique():,} users"
)

# %%
ratings.head(3)

# %%
movies.head(3)

# %% [markdown]
# One row of `ratings` is one **interaction**: who, what, how many stars, when. One row of `movies`
# is one movie; its genres are one string, with `|` between them. Keep those two kinds of row apart.
# Half of this lesson's traps mix them up.
#
# The posts of 2021 speak of “100k ratings”. Their file held {{ml-1m.facts.n_ratings}}, ten times as
# many. The smallest check in data analysis is `len(ratings)`, printed beside the sentence that
# quotes it.

# %% [markdown]
# ## Which movies does everyone know?
#
# In this course you predict before you look. Put a number or a word in place of the `...` and run the
# cell: your guess is kept, and stands beside the truth later. Nobody grades it. A wrong guess that you
# have written down teaches more than a right answer that you have read.
#
# **Predict:** how many percent of all users rated the most rated movie? Ten? Fifty?

# %%
guess("percent_who_rated_the_top", ...)

# %%
plots.top_movies(data)

# %%
most = ratings["movie_id"].value_counts().max()
reveal("percent_who_rated_the_top", 100 * most / ratings["user_id"].nunique())

# %% [markdown] after=true
# In ML-100K, {{ml-100k.facts.top_movie}} has {{ml-100k.facts.max_per_movie}} ratings: from
# {{ml-100k.facts.top_movie_share_of_users:.0%}} of all users. A recommender that suggests it to
# everyone will often be “right”, and useless. Remember that whenever we rank movies: popularity is
# the first rival to beat.

# %% [markdown]
# ## How do people use the stars?

# %%
plots.rating_counts(data)

# %% [markdown]
# More than half of all ratings are 4 or 5 stars; the mean is {{ml-100k.facts.mean_rating:.2f}}
# ({{ml-1m.facts.mean_rating:.2f}} in ML-1M). Why so kind? People choose what they watch, and rate
# what they watched. A movie that you expect to hate never gets your 1 star. Its cell stays empty.
# So empty cells are **not missing at random** (Marlin & Zemel, 2009), and the mean of all movies
# for all people would probably be lower. Nothing in this table can tell us by how much.
#
# The 2021 post announced it would “stratify by rating” against this bias. No model did, and it could
# not have helped: stratifying keeps the same shares in train and test. It cannot bring back ratings
# that were never given.
#
# One movie against all. **Predict:** is Toy Story liked more or less than the average?

# %%
guess("toy_story", ...)  # "more" or "less"

# %%
plots.movie_ratings(data, "Toy Story")

# %%
toy_story = movies.loc[movies["title"] == "Toy Story", "movie_id"]
its_mean = ratings.loc[ratings["movie_id"].isin(toy_story), "rating"].mean()
reveal("toy_story", "more" if its_mean > ratings["rating"].mean() else "less")

# %% [markdown] after=true
# More: {{ml-100k.facts.mean_toy_story:.2f}} stars. But look at the 1 and 2 star bars as well. Even
# for a movie that nearly everyone likes, some do not. A model that knows only the movie must be
# wrong about them.

# %% [markdown]
# ## How many genres are there? The first trap
#
# The 2021 notebook answers with one line. Here it is on our table:

# %% fact=true
print("number of unique genres:", movies["genres"].value_counts().nunique())

# %% [markdown]
# In 2021, on ML-1M, it printed {{ml-1m.facts.n_distinct_genre_counts}}.

# %% [markdown] quiz="counts_of_counts"
# What does `movies["genres"].value_counts().nunique()` count?
#
# - [ ] The different genres :: A genre is a part of a string such as “Comedy|Drama”. Nothing here takes
#   the strings apart.
# - [ ] The different genre strings :: That is `movies["genres"].nunique()`. `value_counts()` has already
#   made one number of each string.
# - [x] The different numbers in a list of counts :: Yes. `value_counts()` gives one *count* for each
#   string; `nunique()` says how many of those counts differ. If two strings both occur 7 times, they
#   become one.

# %% [markdown]
# Step by step:

# %% fact=true
strings = movies["genres"]
single = strings[strings != ""].str.split("|").explode()
print(f"different strings: {strings[strings != ''].nunique()}")
print(f"different counts of strings: {strings.value_counts().nunique()}")
print(f"different genres: {single.nunique()}")

# %% [markdown]
# There are {{ml-100k.facts.n_genres}} genres, in both sets. `explode` is the verb to remember: it
# turns one row with a list into one row for each element. A number that no one can explain in one
# sentence (“{{ml-100k.facts.n_distinct_genre_counts}} of what?”) should not leave the notebook.

# %% [markdown]
# ## Which genre is the largest? The second trap
#
# The 2021 chart of the “popularity of genres” joined movies with ratings first, then counted:

# %%
one_row_a_genre = movies.assign(genre=strings.str.split("|")).explode("genre")
joined = one_row_a_genre[["movie_id", "genre"]].merge(ratings[["movie_id"]], on="movie_id")
plots.genre_bars(joined["genre"][joined["genre"] != ""].value_counts(), "ratings")

# %% [markdown]
# On ML-1M this puts Comedy first ({{ml-1m.facts.comedy_ratings}}), with Drama just behind
# ({{ml-1m.facts.drama_ratings}}). Nothing is wrong with the code. But read the axis: these are
# **ratings**. A movie rated by 500 people comes in 500 times. “How many comedies are there?” is
# another question, and it has another answer.

# %% [markdown]
# ### Exercise 1: count movies, not ratings
#
# Count how many **movies** carry each genre, among the movies with at least one rating. Movies
# without a genre (`""`) have nothing to count.


# %% exercise="genre_counts"
def genre_counts(movies, ratings):
    """Number of movies of each genre, among the movies that occur in ``ratings``.

    movies: DataFrame with movie_id and genres ("Comedy|Drama", or "" for none).
    ratings: DataFrame with movie_id, one row a rating.
    Returns a Series (or dict): genre → number of movies.
    """
    ### BEGIN SOLUTION
    rated = movies[movies["movie_id"].isin(ratings["movie_id"])]
    genres = rated["genres"].str.split("|").explode()
    return genres[genres != ""].value_counts()
    ### END SOLUTION


# %% check="genre_counts" points=2
### BEGIN HIDDEN TESTS
some_movies = pd.DataFrame({"movie_id": [3, 4, 8], "genres": ["War|Drama", "Drama", "War|Drama"]})
some_ratings = pd.DataFrame({"movie_id": [4, 3, 3, 3]})
assert dict(genre_counts(some_movies, some_ratings)) == {"Drama": 2, "War": 1}
### END HIDDEN TESTS
check("genre_counts", genre_counts)

# %% [markdown]
# Both counts, as shares of all genre labels. **Predict:** which genre is watched most beyond its number
# of movies? Its share of the ratings lies farthest above its share of the movies.

# %%
guess("watched_beyond_its_number", ...)  # a genre

# %%
plots.genre_shares(data)

# %%
count_genres = yours("genre_counts", genre_counts)
of_movies = pd.Series(count_genres(movies, ratings), dtype=float)
of_ratings = joined["genre"].value_counts().reindex(of_movies.index)
beyond = of_ratings / of_ratings.sum() - of_movies / of_movies.sum()
print(f"counted by {count_genres.whose}")
reveal("watched_beyond_its_number", beyond.idxmax())

# %% [markdown] after=true
# Drama is {{ml-100k.facts.drama_share_of_movies:.0%}} of the movies' labels, but
# {{ml-100k.facts.drama_share_of_ratings:.0%}} of the ratings'. Action goes the other way:
# {{ml-100k.facts.action_share_of_movies:.0%}} against {{ml-100k.facts.action_share_of_ratings:.0%}}.
# Documentaries are made more often than they are watched. Neither count is *the* popularity of a
# genre. Say which one you mean.
#
# Counted per movie, Drama leads in ML-1M too: {{ml-1m.facts.drama_movies}} rated movies against
# {{ml-1m.facts.comedy_movies}} comedies. The order of 2021 turns round.
#
# And the word cloud, as in 2021:

# %%
plots.genre_cloud(single.value_counts())

# %% [markdown]
# Try to answer the question in its title, then look at the real ratio:
# {{ml-100k.facts.drama_movies}} to {{ml-100k.facts.romance_movies}} movies in ML-100K. A cloud shows *which* words are large. It
# is poor at *how much*: a long word looks larger than a short one of the same count. Use it for a
# cover, and bars for an argument.

# %% [markdown]
# ## How full is the matrix?
#
# Put users in rows, movies in columns, stars in the cells. Most recommenders complete this matrix.
# **Predict:** how many percent of the cells are empty?

# %%
guess("percent_empty", ...)

# %% [markdown]
# First decide what the columns are. ML-1M's movie ids run to {{ml-1m.facts.max_movie_id}}, but only
# {{ml-1m.facts.n_movies}} of those numbers belong to a movie that someone rated. The 2021 models
# used the ids themselves as columns, so {{ml-1m.facts.n_never_used_ids}} of their columns
# stayed empty for ever. This changes the density, too: {{ml-1m.facts.density_id_grid:.2%}} on the grid of ids,
# {{ml-1m.facts.density:.2%}} on rated movies. ML-100K's ids have no gaps, so there the slip stays
# hidden until you change the dataset.

# %% [markdown]
# ### Exercise 2: sparsity


# %% exercise="sparsity"
def sparsity(ratings):
    """Share of the cells of users × rated movies that hold no rating, between 0 and 1.

    ratings: DataFrame with user_id and movie_id, one row a rating, no pair twice. Ids may have gaps.
    """
    ### BEGIN SOLUTION
    cells = ratings["user_id"].nunique() * ratings["movie_id"].nunique()
    return 1 - len(ratings) / cells
    ### END SOLUTION


# %% check="sparsity" points=2
### BEGIN HIDDEN TESTS
three = pd.DataFrame({"user_id": [2, 2, 90], "movie_id": [11, 400, 11], "rating": [1.0, 5.0, 3.0]})
assert abs(sparsity(three) - 0.25) < 1e-9
### END HIDDEN TESTS
check("sparsity", sparsity)

# %% [markdown]
# The whole matrix in one picture. Both sides are sorted, and colour says how full each small block
# is:

# %%
plots.rating_matrix_picture(data)

# %%
empty = yours("sparsity", sparsity)
reveal("percent_empty", 100 * empty(ratings))

# %% [markdown] after=true
# {{ml-100k.facts.sparsity:.1%}} of the cells are empty ({{ml-1m.facts.sparsity:.1%}} in ML-1M). But
# look where the ratings are. Where the most active tenth of the users meets the most rated tenth of
# the movies, {{ml-100k.facts.share_filled_in_corner:.0%}} of the cells are filled; most of the rest
# is dark. “{{ml-100k.facts.density:.0%}} filled” is an average that describes no place in the picture.

# %% [markdown]
# ## Who has all the ratings?
#
# The same fact from its two sides. Both axes are logarithmic. On plain axes, with 25 bars of one
# width, the first bar alone would hold {{ml-100k.facts.share_of_users_in_largest_bar:.0%}} of the users
# and {{ml-100k.facts.share_of_movies_in_largest_bar:.0%}} of the movies, and most bars of the tail
# would be too low to see.

# %%
plots.activity(data)

# %% [markdown]
# Users start at {{ml-100k.facts.min_per_user}} ratings, and that is no fact about people: GroupLens
# left out everyone with fewer. New users, the hardest to serve, are **not in this data**. Movies
# have no such floor: {{ml-100k.facts.n_movies_with_1}} movies have a single rating, and
# {{ml-100k.facts.n_movies_under_20}} of {{ml-100k.facts.n_movies}} have fewer than 20.
#
# How unequal is that, in one number? Sort movies from fewest ratings to most, and add up. The
# **Lorenz curve** says which share of all ratings the lower part of the movies has.
#
# **Predict:** how many percent of the ratings does the most rated tenth of the movies have?

# %%
guess("percent_of_the_top_tenth", ...)

# %%
plots.lorenz_curve(data)

# %%
reveal("percent_of_the_top_tenth", 100 * describe.top_share(data))

# %% [markdown] after=true
# {{ml-100k.facts.top_tenth_share:.0%}}, and {{ml-1m.facts.top_tenth_share:.0%}} in ML-1M.

# %% [markdown]
# The **Gini coefficient** is twice the area between the curve and the diagonal:
#
# $$G = 1 - 2\int_0^1 L(x)\,dx$$
#
# It is 0 when all are equal, and near 1 when one has everything.

# %% fact=true
for side in ("movie_id", "user_id"):
    print(f"Gini over {side}: {describe.gini(ratings[side].value_counts()):.3f}")

# %% [markdown]
# This **long tail** (Park & Tuzhilin, 2008) has consequences for the whole course:
#
# - a model learns a popular movie from hundreds of ratings, a tail movie from a handful;
# - a score averaged over *ratings* is a score on popular movies and active users;
# - a recommender that only knows the head can score well, and helps no one to find something.

# %% [markdown]
# ## Is a 5.0 the mark of a masterpiece?
#
# Sort the movies by mean rating. **Predict:** will the best ones have many ratings or few?

# %%
guess("ratings_of_the_best", ...)  # "many" or "few"

# %%
plots.popularity_and_mean(data)

# %%
each = ratings.groupby("movie_id")["rating"].agg(["mean", "size"])
typical, of_best = each["size"].median(), each.nlargest(10, "mean")["size"].median()
print(f"median of the ten best: {of_best:.0f} ratings; of all movies: {typical:.0f}")
reveal("ratings_of_the_best", "many" if of_best > typical else "few")

# %% [markdown] after=true
# {{ml-100k.facts.n_perfect_movies}} movies have a perfect mean, and none of them has more than
# {{ml-100k.facts.max_ratings_of_perfect}} ratings. The shaded funnel shows what chance alone does:
# the fewer ratings, the wider means scatter, even if all movies were equally good. So both ends of
# a list sorted by mean are filled by movies that we know least about.
#
# Two things are mixed here. The funnel is **noise**. The upward slope
# (r = {{ml-100k.facts.corr_popularity_mean:.2f}}) is not: chance alone makes a funnel, and a funnel
# does not rise. Why it rises, the figure cannot tell. Good movies may find more viewers; people may
# rate what they expect to like. Both would look like this.

# %% [markdown]
# Against noise there is **shrinkage**. Give every movie $k$ extra ratings of the global mean $\mu$:
#
# $$\tilde r_i = \frac{\sum_u r_{ui} + k\,\mu}{n_i + k}$$
#
# A movie with few ratings stays near $\mu$; a movie with many hardly moves.

# %% [markdown]
# ### Exercise 3: shrunk means


# %% exercise="shrunk_means"
def shrunk_means(ratings, k=10):
    """Mean rating of each movie with k extra ratings of the global mean, in stars.

    ratings: DataFrame with movie_id and rating, one row a rating. The global mean is the mean of
    all its ratings. Returns a Series (or dict): movie_id → stars.
    """
    ### BEGIN SOLUTION
    mean = ratings["rating"].mean()
    movies = ratings.groupby("movie_id")["rating"].agg(["sum", "size"])
    return (movies["sum"] + k * mean) / (movies["size"] + k)
    ### END SOLUTION


# %% check="shrunk_means" points=3
### BEGIN HIDDEN TESTS
four = pd.DataFrame({"movie_id": [1, 1, 1, 5], "rating": [2.0, 2.0, 2.0, 4.0]})
hidden = shrunk_means(four, 5)
assert np.isclose(hidden[1], (6 + 5 * 2.5) / 8) and np.isclose(hidden[5], (4 + 5 * 2.5) / 6)
### END HIDDEN TESTS
check("shrunk_means", shrunk_means)

# %%
plots.shrinkage(data, k=10)

# %% [markdown]
# A single 5 becomes {{ml-100k.facts.shrunk_one_five:.2f}}. The second list is one you would show to
# a friend: {{ml-100k.facts.best_shrunk}} leads with {{ml-100k.facts.best_shrunk_mean:.2f}} from
# {{ml-100k.facts.best_shrunk_ratings}} ratings. You will meet this formula again. The bias model of
# lesson 02 is shrinkage twice, and the L2 penalty of every network is a relative. How large should
# $k$ be? 10 was a guess. Later lessons choose such numbers on validation ratings.

# %% [markdown]
# And by your own function: the best six by shrunk mean, for three values of $k$. What does a larger $k$
# do to the list?

# %%
shrink, title = yours("shrunk_means", shrunk_means), movies.set_index("movie_id")["title"]
lists = {}
for k in (1, 10, 100):
    best = pd.Series(shrink(ratings, k)).nlargest(6)
    lists[f"k = {k}"] = [f"{title[movie]} ({stars:.2f})" for movie, stars in best.items()]
pd.DataFrame(lists, index=pd.RangeIndex(1, 7, name=shrink.whose))

# %% [markdown] quiz="too_much_shrinkage"
# What do you get if $k$ is enormous, a million, say?
#
# - [ ] The plain means again :: That is $k = 0$: no extra ratings at all.
# - [x] The global mean for every movie, or nearly :: Yes. A million extra ratings drown all that were
#   given. Too much shrinkage forgets the movie, too little believes a single rating.
# - [ ] The best movies, with no noise left :: The noise is gone, and so is everything else: no movie
#   differs from another by more than a hair.

# %% [markdown]
# ## Who are the users?
#
# The two oldest sets tell each user's gender, age and occupation. Later ones do not.

# %%
from course_utils.data import people

users = people.users_of(data)
plots.gender(users, ratings)

# %%
plots.age_groups(users)

# %%
plots.occupations(users)

# %% [markdown]
# In ML-100K {{ml-100k.facts.share_men:.0%}} of the users are men, and they gave
# {{ml-100k.facts.share_men_of_ratings:.0%}} of the ratings. {{ml-100k.facts.n_25_34}} of
# {{ml-100k.facts.n_users}} are between 25 and 34. Students are the largest occupation. Whatever we
# learn, we learn about people who used a web site of the late 1990s, in English.

# %% [markdown]
# ### The third trap: group number 2
#
# In 2021 the last experiment trained a model on “males aged 18–24” alone. Age was stored as a
# number from a label encoder, and the group that was picked had the number 2:

# %% fact=true
group_number = users["age_group"].cat.codes
chosen = users[group_number == 2]
print(f"{len(chosen):,} users have group number 2")

# %% [markdown]
# **Predict before you run the next cell:** look at the age chart. Which group has that many users?

# %%
guess("group_number_2", ...)  # in quotes, as the chart writes it

# %% fact=true
for number, group in enumerate(AGE_GROUPS):
    print(f"{number}: {group:9} {np.sum(group_number == number):5,} users")

# %%
reveal("group_number_2", chosen["age_group"].iloc[0])

# %% [markdown] after=true
# Number 2 is 25–34: counting starts at 0. In ML-1M it has {{ml-1m.facts.n_25_34}} users,
# {{ml-1m.facts.n_men_25_34}} of them men, and not one of the {{ml-1m.facts.n_18_24}} users aged 18–24.
# The test user was 18–24 himself, so he was not in the cluster that was trained for him.
# No line of code fails. The printout that shows it was in the notebook.
#
# Two habits prevent it: carry labels, not places; and assert what you believe, such as
# `assert chosen["age_group"].eq("18-24").all()`.

# %% [markdown]
# ### Exercise 4: from ages to labels
#
# ML-100K gives ages in years. ML-1M gives codes: the first age of the group (1, 18, 25, 35, 45, 50,
# 56). One function can serve both, if it compares the **age** with the bounds below, whoever else
# is in the table.

# %%
print(AGE_GROUPS)
print(AGE_BOUNDS, "(first age of each group, then no limit)")


# %% exercise="age_labels"
def age_labels(ages):
    """The label (one of AGE_GROUPS) of each age.

    ages: integers of shape (n,), in years or as ML-1M codes. Returns n labels.
    """
    ### BEGIN SOLUTION
    place = np.searchsorted(AGE_BOUNDS, ages, side="right") - 1
    return np.array(AGE_GROUPS)[place]
    ### END SOLUTION


# %% check="age_labels" points=2
### BEGIN HIDDEN TESTS
assert list(age_labels(np.array([44, 45, 49, 50, 1]))) == [
    "35-44",
    "45-49",
    "45-49",
    "50-55",
    "Under 18",
]
### END HIDDEN TESTS
check("age_labels", age_labels)

# %% [markdown]
# With your labels instead of numbers, the slip of 2021 cannot happen: ask for the group by its name.

# %%
label = yours("age_labels", age_labels)
named = pd.Series(np.asarray(label(users["age"].to_numpy())), index=users.index)
print(f"{(named == '18-24').sum():,} users are 18–24, by {label.whose}")

# %% [markdown]
# Do these groups rate differently? **Predict** the gap between women and men, in stars: the women's mean
# minus the men's.

# %%
guess("women_minus_men", ...)

# %%
plots.mean_by_group(users, ratings)

# %%
of_gender = ratings.merge(users, on="user_id").groupby("gender")["rating"].mean()
reveal("women_minus_men", of_gender["F"] - of_gender["M"])

# %% [markdown] after=true
# Almost none in ML-100K: {{ml-100k.facts.mean_women:.2f}} against {{ml-100k.facts.mean_men:.2f}}. The
# interval of the gap is ± {{ml-100k.facts.half_women_minus_men:.2f}}, so it may be a tenth of a star in
# either direction.
#
# [[In ML-1M the women's mean is {{ml-1m.facts.women_minus_men:.2f}} stars above the men's, and the
# interval, ± {{ml-1m.facts.half_women_minus_men:.2f}}, leaves 0 out.|women_above_men]] More users make a
# narrower interval, not a larger gap.
#
# The intervals are over **users**, not over ratings. One person's ratings resemble each other, so a
# thousand ratings from ten people are not a thousand opinions. For the women of ML-100K the interval
# over ratings would be ± {{ml-100k.facts.half_women_over_ratings:.3f}} instead of
# ± {{ml-100k.facts.half_women:.3f}}.

# %% [markdown]
# ### Are older people kinder?
#
# In the figure the means rise with age, in {{ml-100k.facts.n_rising_age_steps}} of
# {{ml-100k.facts.n_age_steps}} steps. It is tempting to take the two ends and write: “people over 55 give
# {{ml-100k.facts.56_plus_minus_under_18:.2f}} stars more than people under 18.” Two things speak against
# that sentence.
#
# 1. *Spread.* The ends are small groups: {{ml-100k.facts.n_56_plus}} and {{ml-100k.facts.n_under_18}} users.
#    With one mean for each user the gap is
#    {{ml-100k.facts.56_plus_minus_under_18_of_users:.2f}} ±
#    {{ml-100k.facts.half_56_plus_minus_under_18_of_users:.2f}} stars.
#    [[In ML-100K that interval includes 0.|oldest_open]]
# 2. *Choice.* Seven groups have {{ml-100k.facts.n_pairs_of_age_groups}} pairs, and we took the widest
#    one *after* looking. The widest of many gaps is wide partly by luck.
#
# What a look at the data suggests is a **question**. It needs other data for an answer. ML-1M has other
# people, who joined in 2000, and we ask it this one question.
# [[There the gap is {{ml-1m.facts.56_plus_minus_under_18_of_users:.2f}} ±
# {{ml-1m.facts.half_56_plus_minus_under_18_of_users:.2f}} stars: the oldest do rate
# higher.|oldest_above_youngest]]
#
# And compare: single users' means have a standard deviation of
# {{ml-1m.facts.sd_of_user_means:.2f}} stars in ML-1M. Knowing the group tells little about the person.

# %% [markdown]
# ## What does a timestamp know?
#
# The 2021 notebook did not load the timestamps. Two pictures show what it missed.

# %%
plots.over_time(data)

# %% [markdown]
# Ratings come in waves. The week of {{ml-100k.facts.busiest_week}} alone brought
# {{ml-100k.facts.busiest_week_ratings}}. The mean looks steady, except for a hole in the week of
# {{ml-100k.facts.lowest_week}}: {{ml-100k.facts.lowest_week_mean:.2f}} stars. Did everyone watch bad
# movies that week? **Predict:** was it everyone, or was it one person? Then ask the data who rated.

# %%
guess("lowest_week", ...)  # "everyone" or "one person"

# %% fact=true
week = pd.to_datetime(ratings["timestamp"], unit="s").dt.strftime("%G-%V")  # ISO year and week
means = ratings["rating"].groupby(week).agg(["mean", "size"]).query("size >= 100")
lowest = ratings[week == means["mean"].idxmin()]
busiest = lowest["user_id"].value_counts().idxmax()
own = lowest["user_id"] == busiest
print(f"user {busiest}: {own.sum()} ratings, mean {lowest['rating'][own].mean():.2f}")
print(f"all {lowest['user_id'].nunique() - 1} others: mean {lowest['rating'][~own].mean():.2f}")

# %%
usual, low = ratings["rating"].mean(), lowest["rating"].mean()
without = lowest["rating"][~own].mean()  # does most of the hole go with one person?
reveal("lowest_week", "one person" if usual - without < (usual - low) / 2 else "everyone")

# %% [markdown] after=true
# One person. In ML-100K user {{ml-100k.facts.lowest_week_top_user}} gave
# {{ml-100k.facts.lowest_week_top_user_ratings}} ratings in that week, with a mean of
# {{ml-100k.facts.lowest_week_top_user_mean:.2f}}; without them the week has
# {{ml-100k.facts.lowest_week_mean_without:.2f}}. The band in the figure knew: it is widest there.
# A drift of tastes would need many people to show.
#
# ML-1M has a slower change: the mean falls from {{ml-1m.facts.mean_first_year:.2f}} in the first year to
# {{ml-1m.facts.mean_later:.2f}} later. Did kinder people leave? Then those who stayed would not have
# changed. [[But the {{ml-1m.facts.n_returning_users}} people who rated in both periods went from
# {{ml-1m.facts.mean_first_year_of_returning:.2f}} to {{ml-1m.facts.mean_later_of_returning:.2f}}
# themselves (one mean a person; the change is known to
# ± {{ml-1m.facts.half_change_of_returning:.2f}}).|same_people_lower]] Whether they grew stricter, or had rated their favourites first, this
# table cannot tell.

# %% [markdown]
# ### Is the order of ratings an order of watching?
#
# Lesson 03 trains a transformer on each user's *sequence* of movies. **Predict:** how many percent of the
# ratings were given in the very same second as another rating of the same user?

# %%
guess("percent_in_the_same_second", ...)

# %%
plots.same_second(data)

# %%
together = ratings.duplicated(["user_id", "timestamp"], keep=False)
reveal("percent_in_the_same_second", 100 * together.mean())

# %% [markdown] after=true
# In ML-100K {{ml-100k.facts.share_same_second:.0%}} do. No one watches two movies in a second. It looks
# as if people open a list, remember, and rate page by page. Half of all users were done in
# {{ml-100k.facts.median_span_minutes:.0f}} minutes; {{ml-100k.facts.share_users_under_day:.0%}} within one
# day, and they did not come back to rate while this data was collected.
#
# ML-1M looks the same by the hour: {{ml-1m.facts.share_same_hour:.0%}} of the ratings share their hour
# with another one of the same user. Why not by the second? Because copies of ML-1M differ. In the one
# from which this course's numbers come, many times of early 3-star ratings are not the original ones.
# They were filled in, between the times of the user's ratings before and after. You can notice it without
# being told: of the ratings that are alone in their second, {{ml-1m.facts.share_of_3_early_alone:.0%}}
# are 3 stars in the early part of the file, {{ml-1m.facts.share_of_3_late_alone:.0%}} in the late part.
# [[A time that was made up later can give away the stars.|filled_times_tell]] Hours and days hardly
# move when a gap is filled. So wherever ML-1M's times enter a number or a network of this course, they
# are rounded to hours or days.

# %% [markdown] quiz="order_within_a_second"
# Two ratings of one user carry the same second. A table sorted by time puts one of them first. What does
# that order tell?
#
# - [ ] Which movie was watched first :: Nobody watches a movie in a second, and a timestamp says when the
#   rating was entered.
# - [ ] Which rating was entered first :: The clock cannot tell them apart.
# - [x] Which one the file happens to name first :: Yes. And if the sort is not stable, not even that.

# %% [markdown]
# So a timestamp says when a *rating was entered*, and the order within a second is the order of the
# file. Woolridge, Wilner and Glick (2021) call such data a **pseudo-sequence**. Two consequences:
# sort with `kind="stable"` and treat order with suspicion; and remember that a random split trains on
# each user's future, so it cannot show that a model predicts the future.

# %% [markdown]
# ## Which features will help?
#
# You have now seen every column. Which of them tells most about a rating nobody has shown you?
# **Predict before you run:** movie, user, zip code, genres, year of the movie, occupation, age group,
# month, gender. Which is first, which is last?

# %%
guess("tells_most", ...)  # a word of the list
guess("tells_least", ...)

# %% [markdown]
# Genres come in two bars. *Genre string* takes “Comedy|Drama” as one word, a group of its own. *Movie's
# genres* gives each single genre a number, and adds up those of the movie.
#
# The test is simple. Hold out a tenth of the ratings. Guess each by the mean of its group in the
# rest (shrunk, as in exercise 3). Then ask what share of the variance is gone.

# %%
scores = describe.feature_scores(data)
plots.features_that_help(scores)

# %%
display(reveal("tells_most", scores.idxmax()), reveal("tells_least", scores.idxmin()))

# %% [markdown] after=true
# In ML-100K the movie has {{ml-100k.facts.explained_movie:.1%}} and the user
# {{ml-100k.facts.explained_user:.1%}}. (Lesson 02 shows that other users could turn the order of these
# two.) Age group and gender tell next to nothing: {{ml-100k.facts.explained_age_group:.1%}} and about 0.
#
# Now the two bars of the genres. The string has {{ml-100k.facts.explained_genre_string:.1%}}. But there are
# {{ml-100k.facts.n_genre_strings}} different strings, and {{ml-100k.facts.n_genre_strings_once}} of them
# belong to a single movie: such a string is half a movie id.
# [[The {{ml-100k.facts.n_genres}} genres themselves have
# {{ml-100k.facts.explained_movie_genres:.1%}}.|strings_are_ids]] Only the second number is about genres.
#
# [[In ML-1M the movie tells more than the user, {{ml-1m.facts.explained_movie:.1%}} and
# {{ml-1m.facts.explained_user:.1%}}.|movie_before_user]] The genres have
# {{ml-1m.facts.explained_movie_genres:.1%}}; age group and gender have
# {{ml-1m.facts.explained_age_group:.1%}} and {{ml-1m.facts.explained_gender:.2%}}.
#
# And the zip code? {{ml-100k.facts.explained_zip_code:.1%}} looks like a discovery. ML-100K has {{ml-100k.facts.n_zip_codes}} zip codes for
# {{ml-100k.facts.n_users}} users, and {{ml-100k.facts.share_alone_in_zip_code:.0%}} of the users are alone
# in theirs: for them the column is the user's id in disguise. It hardly tells where people live, and it
# knows nothing of a user from a new place. It is the trick of the genre strings once more.
#
# Keep this figure. In lesson 06 we add age, gender and occupation to a network, as the 2021 project
# did, and you can already predict how much that will bring. What it does *not* show: a feature can
# matter together with another. Gender alone says next to nothing about the mean, but it may say who
# likes which movie.

# %% [markdown]
# ### Open exercise: the best genre?
#
# A colleague writes: “Film-Noir has the highest mean of all genres, so we should recommend more
# Film-Noir.” In ML-100K the mean is {{ml-100k.facts.film_noir_mean:.2f}}, from
# {{ml-100k.facts.film_noir_ratings}} ratings of {{ml-100k.facts.film_noir_movies}} movies by
# {{ml-100k.facts.film_noir_users}} users.
#
# Answer in 5 to 10 sentences. Which figures of this lesson speak for or against the conclusion?
# Name two reasons, other than quality for everyone, why the mean may be high. What would you
# compute, and on which ratings, to find out?

# %% [markdown] open="best_genre" points=4
# ### BEGIN SOLUTION
# The mean is right, the conclusion does not follow from it.
#
# *Who rates.* Film-Noir is rated by those who chose it. Of {{ml-100k.facts.n_users}} users
# {{ml-100k.facts.film_noir_users}} did, and they are the more active ones: their median is
# {{ml-100k.facts.film_noir_users_median_ratings:.0f}} ratings, against
# {{ml-100k.facts.median_per_user:.0f}} for all. The stars figure shows the same selection for the
# whole site. Missing ratings are not missing at random, so the rest might like it less.
#
# *Which movies.* There are only {{ml-100k.facts.film_noir_movies}}, and they are old: what people
# still watch after fifty years is what survived. Popularity against mean shows that such small
# groups also scatter more by chance; a shrunk mean or an interval over users and movies is the least
# to ask for.
#
# *Kind raters?* This can be checked: subtract each user's own mean. Film-Noir keeps
# +{{ml-100k.facts.film_noir_deviation:.2f}} stars, so kind raters are **not** the reason.
#
# *What to compute.* On held-out ratings: does adding the genre to a model that knows user and movie
# reduce the error? The {{ml-100k.facts.n_genres}} genres explain
# {{ml-100k.facts.explained_movie_genres:.1%}} of the variance, the movie
# {{ml-100k.facts.explained_movie:.1%}}. A movie's genres are fixed, so a model with a number for each
# movie has learned what its genre says, wherever the movie has ratings enough. Best of all, show Film-Noir to a random sample of users who did not choose it.
# ### END SOLUTION

# %% [markdown] rubric="best_genre"
# One point each:
#
# - **Selection of users**: those who rate Film-Noir chose it, or are more active; missing ratings
#   are not missing at random. A bare “the sample is biased” without who and why: half a point.
# - **Selection or noise of movies**: few movies, survivors of decades, or the need of shrinkage or
#   an interval.
# - **Evidence**: names at least two figures of this lesson and what each says about the claim.
# - **A test that could fail**: deviations from the user's own mean, held-out error with and without
#   the genre, or an experiment with users who did not choose. “More data” alone earns nothing.

# %% [markdown]
# ## Reported in 2021, and measured
#
# | question | reported in 2021 (ML-1M) | reproduced | measured right (ML-1M) | ours (ML-100K) |
# |:--|:--|--:|--:|--:|
# | How many ratings? | “100k” | {{ml-1m.facts.n_ratings}} | {{ml-1m.facts.n_ratings}} | {{ml-100k.facts.n_ratings}} |
# | How many genres? | 47 | {{ml-1m.facts.n_distinct_genre_counts}} | {{ml-1m.facts.n_genres}} | {{ml-100k.facts.n_genres}} |
# | The largest genre? | Comedy, by ratings | {{ml-1m.facts.comedy_ratings}} | Drama, {{ml-1m.facts.drama_movies}} movies | Drama, {{ml-100k.facts.drama_movies}} movies |
# | Users aged 18–24? | group number 2 | {{ml-1m.facts.n_25_34}} | {{ml-1m.facts.n_18_24}} | {{ml-100k.facts.n_18_24}} |
# | Movies in the matrix? | one column per id | {{ml-1m.facts.max_movie_id}} | {{ml-1m.facts.n_movies}} | {{ml-100k.facts.n_movies}} |
# | Share of men? | shown | {{ml-1m.facts.share_men:.1%}} | {{ml-1m.facts.share_men:.1%}} | {{ml-100k.facts.share_men:.1%}} |
# | Share of empty cells? | not looked at | – | {{ml-1m.facts.sparsity:.1%}} | {{ml-100k.facts.sparsity:.1%}} |
# | Gini over movies? | not looked at | – | {{ml-1m.facts.gini_movies:.2f}} | {{ml-100k.facts.gini_movies:.2f}} |
# | Ratings in the same hour as another of their user? | not looked at | – | {{ml-1m.facts.share_same_hour:.0%}} | {{ml-100k.facts.share_same_hour:.0%}} |
#
# Most of what they printed was right: the counts behind their plots come out the same. Each slip sits between a
# correct number and the sentence about it.
#
# Is ML-100K a small ML-1M? Nearly. Mean rating, Gini over movies and bursts are close. But ML-1M was
# collected later (from {{ml-1m.facts.first_day}} on), its matrix is somewhat emptier, and its users more active (a
# median of {{ml-1m.facts.median_per_user:.0f}} ratings against {{ml-100k.facts.median_per_user:.0f}}). ML-100K also lists
# {{ml-100k.facts.n_duplicate_titles}} movies that share title and year with another one: the same
# movie under two ids. Scores on one set are not scores on the other.

# %% [markdown]
# ## Recap
#
# - **Count** what you mean: per movie Drama leads, per rating it can be Comedy, and
#   `value_counts().nunique()` counts neither.
# - **Measure** the shape first: {{ml-100k.facts.sparsity:.0%}} of the matrix is empty, and a tenth of
#   the movies has {{ml-100k.facts.top_tenth_share:.0%}} of the ratings.
# - **Shrink** means of few ratings: the winners of a plain ranking have at most
#   {{ml-100k.facts.max_ratings_of_perfect}} ratings.
# - **Read** codes and timestamps for what they are: group 2 is the third group, and a timestamp is
#   when a page was sent.
# - **Predict** features, then check: movie and user tell most, gender alone next to nothing. A zip
#   code can be a user in disguise, a genre string a movie.
# - **Ask other data** before you believe what you found by looking.
#
# ## Reading
#
# - F. M. Harper and J. A. Konstan, “The MovieLens Datasets: History and Context”, *ACM Transactions
#   on Interactive Intelligent Systems* 5(4), 2015. Where the ratings come from.
# - Y.-J. Park and A. Tuzhilin, “The Long Tail of Recommender Systems and How to Leverage It”,
#   *RecSys* 2008, [doi:10.1145/1454008.1454012](https://doi.org/10.1145/1454008.1454012).
# - B. M. Marlin and R. S. Zemel, “Collaborative Prediction and Ranking with Non-Random Missing
#   Data”, *RecSys* 2009.
# - D. Woolridge, S. Wilner and M. Glick, “Sequence or Pseudo-Sequence? An Analysis of Sequential
#   Recommendation Datasets”, *Perspectives workshop at RecSys* 2021.
#
# ## Next
#
# The movie's mean and the user's mean each explain a part of a rating. How far do we get with both
# at once, without any network? How many stars is that wrong on average, and by whose average? Two
# ways of counting give two answers. **Lesson 02** sets the bar that every deep model has to clear.
