"""Every number of lesson 00: ``python -m benchmarks.lesson_00 --dataset ml-100k``."""

from benchmarks.measure import Trial, main
from course_utils.data.movielens import MovieLens
from course_utils.data.splits import primary_split
from course_utils.models import baselines
from course_utils.protocol.evaluation import evaluate

LESSON = "00_example"


def means(data: MovieLens, seed: int) -> list[dict]:
    """What a mean alone scores."""
    split = primary_split(data)
    models = (baselines.global_mean, baselines.movie_mean)
    return [evaluate(m(split), split, model=m.__name__).row(LESSON) for m in models]


TRIALS: dict[str, Trial] = {"means": means}

if __name__ == "__main__":
    main(__doc__, TRIALS, once=("means",))
