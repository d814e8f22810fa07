"""What the lessons import. A room a step, each built on those above it:

- :mod:`~course_utils.data`: what there is
- :mod:`~course_utils.models`: what answers, one family a module
- :mod:`~course_utils.tasks`: how a family is fed and answers; opposite ``models``
- :mod:`~course_utils.protocol`: how it is trained and judged
- :mod:`~course_utils.recommend`: lists, for everybody and for somebody new
- :mod:`~course_utils.plots`, :mod:`~course_utils.checks`: one module a lesson

``fit`` takes a model and a task; ``evaluate`` judges any model by the same protocol; a claim is a
comparison of measured rows. Importing a room loads, downloads and changes nothing.
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["checks", "data", "models", "plots", "protocol", "recommend", "tasks"],
    submod_attrs={
        "checks": ["check", "guess", "progress", "reveal", "solution", "yours"],
        "protocol": ["results"],
    },
)
