"""How a model is trained and judged: one protocol for all of them.

Read first: :mod:`.training`, :mod:`.metrics`, :mod:`.evaluation`, :mod:`.results`.
"""

import lazy_loader

# Each name is resolved at first use: importing this room loads nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "blend",
        "callbacks",
        "evaluation",
        "metrics",
        "provenance",
        "results",
        "storage",
        "sweeps",
        "training",
    ],
    submod_attrs={
        "training": ["Fitted", "compiled", "fit"],
        "callbacks": ["Peek", "PenaltyLog"],
        "evaluation": ["Scores", "SeenFromGroup", "compare", "evaluate", "leaderboard"],
        "metrics": ["choose_on_half", "per_user_rmse", "rmse", "rmse_by_user", "top_k"],
        "blend": ["Blended", "error_correlation", "fit_blend", "mean_blend", "without_one"],
        "sweeps": ["sweep"],
    },
)
