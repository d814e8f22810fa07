"""What learners write: one module a lesson, checked by ``tests/checks/test_wrong_answers.py``.

A module ``lesson_NN`` holds two lists, written apart from ``course_utils/checks`` and in other
words, so that the checks are tested against code they were not made from::

    WRONG = [("exercise", "misunderstanding", answer), ...]   gets that misunderstanding's hint
    RIGHT = [("exercise", answer), ...]                       gets ✓, and keeps its hidden points

An answer is what a learner would give to ``check``: a function, or a value. Two mistakes at once
are written "one + other". ``None``: refused, with a true sentence, whatever it is called. Write the
answers of an exercise before its misunderstandings.
"""
