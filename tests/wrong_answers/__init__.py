"""What learners write: one module a lesson, checked by ``tests/checks/test_wrong_answers.py``.

A module ``lesson_NN`` holds two lists, written apart from ``course_utils/checks`` and in other
words, so that the checks are tested against code they were not made from::

    WRONG = [("exercise", "misunderstanding", answer), ...]   gets that misunderstanding's hint
    RIGHT = [("exercise", answer), ...]                       gets ✓

An answer is what a learner would give to ``check``: a function, or a value.
"""
