"""Lists: for everybody, for somebody new, and the page to try it."""

import lazy_loader

# Each name is resolved at first use: importing this room loads nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["fold_in", "lists", "page"],
    submod_attrs={
        "lists": [
            "difference",
            "like_accuracy",
            "list_for",
            "list_table",
            "lists_beside",
            "rank",
            "score_lists",
        ],
        "fold_in": ["AfterRatings"],
        "page": ["Advisor", "recommend_yourself"],
    },
)
