"""The course's figures. Each function draws one figure, says in words what it shows, and shows it.

``plots.show_...`` plumbing lives in :mod:`.style`; figures of the data in :mod:`.eda`; figures of
models and their scores in :mod:`.scores`; of deep networks in :mod:`.deep`; of noise and groups of
users in :mod:`.groups`; of sequences in :mod:`.sequences`; of movie vectors in :mod:`.maps`; of the
last lesson in :mod:`.capstone`.
"""

from course_utils.plots.capstone import *  # noqa: F403
from course_utils.plots.deep import *  # noqa: F403
from course_utils.plots.eda import *  # noqa: F403
from course_utils.plots.groups import *  # noqa: F403
from course_utils.plots.maps import *  # noqa: F403
from course_utils.plots.scaling import *  # noqa: F403
from course_utils.plots.scores import *  # noqa: F403
from course_utils.plots.sequences import *  # noqa: F403
