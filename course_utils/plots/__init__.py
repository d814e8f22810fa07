"""The course's figures. Each function draws one figure, says in words what it shows, and shows it.

:mod:`.style` is the look, :mod:`.kit` the four kinds that most figures are made of, :mod:`.labels`
where names stand, :mod:`.common` what several lessons draw, ``lesson_NN`` what one lesson does.
"""

import lazy_loader

# Each name is resolved at first use: importing this room loads nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "style",
        "labels",
        "kit",
        "common",
        "lesson_01",
        "lesson_02",
        "lesson_03",
        "lesson_05",
        "lesson_06",
        "lesson_07",
        "lesson_08",
        "lesson_09",
    ],
    submod_attrs={
        "common": [
            "grids",
            "leaderboard_dots",
            "leaderboard_rows",
            "learning_curves",
            "new_users",
            "predictions",
            "rmse_of_users",
            "steps",
        ],
        "lesson_01": [
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
        ],
        "lesson_02": ["optimism"],
        "lesson_03": [
            "attention",
            "causal_mask",
            "collapse",
            "factors",
            "forgetting",
            "windows_of_user",
        ],
        "lesson_05": ["depth", "liked", "loss_parts", "signal", "support", "two_metrics"],
        "lesson_06": [
            "differences_by_quarter",
            "differences_of_groups",
            "noise_by_factor",
            "noisy_rows",
            "same_person_other_age",
        ],
        "lesson_07": [
            "cosine_histograms",
            "genre_maps",
            "list_dots",
            "maps_by_number",
            "named_map",
            "noise_exponents",
            "window_gaps",
        ],
        "lesson_08": [
            "break_even",
            "cost_by_ratings",
            "half_stars_lost",
            "memory_bars",
            "relative_seconds",
            "rmse_by_seconds",
            "seconds_against_rmse",
        ],
        "lesson_09": [
            "by_split",
            "error_correlation",
            "every_model",
            "fitted_on",
            "gaps_to_first",
            "ndcg_by_support",
            "reported_and_measured",
            "rmse_against_ndcg",
            "support_of_lists",
        ],
    },
)
