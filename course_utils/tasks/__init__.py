"""How a family of models is fed, and how it answers: ``fit`` takes a model and a task.

Read first: :mod:`.pairs`, :mod:`.rows`.
"""

import lazy_loader

# Each name is resolved at first use: importing this room loads nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "base",
        "histories",
        "noise",
        "pairs",
        "rows",
        "sequences",
        "sparse_rows",
        "two_sided_rows",
        "windows",
    ],
    submod_attrs={
        "base": ["Task"],
        "pairs": ["pair_task"],
        "rows": ["predict_cells", "row_task"],
        "sparse_rows": ["autorec_task", "is_sparse_enough", "sparse_row_task"],
        "two_sided_rows": ["two_sided_task"],
        "windows": ["leakage", "split_then_windows", "window_task", "windows_then_split"],
        "histories": ["history_task"],
        "sequences": ["next_movie", "score_next", "sequence_task"],
        "noise": ["Noise", "gaussian", "hide", "thin"],
    },
)
