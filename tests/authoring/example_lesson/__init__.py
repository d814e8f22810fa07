"""A whole lesson in small, and a course folder around it: what the build tests work on."""

from pathlib import Path

from course_utils.protocol import results

SOURCE = Path(__file__).with_name("01_example.py")


def make_course(folder: Path) -> Path:
    """A course with one lesson and a few results in ``folder``."""
    for name in ("solutions", "notebooks", "results"):
        (folder / name).mkdir()
    (folder / "solutions" / SOURCE.name).write_text(SOURCE.read_text("utf-8"), "utf-8")
    (folder / "pyproject.toml").write_text('[project]\nname = "example"\n', "utf-8")
    rows = [
        {"lesson": "01_example", "model": "mean", "split": "random", "seed": seed, "metrics": m}
        for seed, m in enumerate(({"rmse": 1.1}, {"rmse": 1.2}))
    ]
    results.record("ml-100k", rows, facts={"n_ratings": 100_000}, folder=folder / "results")
    return folder
