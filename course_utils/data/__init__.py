"""What there is: MovieLens, ways to divide it, the rating matrix, and who rates.

Read first: :mod:`.movielens`, :mod:`.splits`, :mod:`.matrices`.
"""

import lazy_loader

# Each name is resolved at first use: importing this room loads nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "archives",
        "describe",
        "held_out",
        "matrices",
        "movielens",
        "new_users",
        "people",
        "splits",
        "synthetic",
    ],
    submod_attrs={
        "archives": ["AGE_BOUNDS", "AGE_GROUPS", "DataError", "DataNotice"],
        "movielens": ["MovieLens", "load_movielens"],
        "splits": [
            "Split",
            "global_temporal_split",
            "in_time_order",
            "original_split",
            "primary_split",
            "random_split",
            "user_temporal_split",
            "validation_only_split",
        ],
        "matrices": ["fill", "rating_matrix", "row_means", "seen_movies"],
        "held_out": ["LIKED", "held_out_users", "liked_only", "strong_split"],
        "new_users": ["ColdStart", "cold_start"],
        "people": ["with_people"],
        "synthetic": ["SHAPES", "synthetic_ratings"],
    },
)
