"""The course's figures. Each function draws one figure, says in words what it shows, and shows it.

:mod:`.style` is the look, :mod:`.kit` what several lessons draw, ``lesson_NN`` what one lesson does.
"""

from course_utils.plots.kit import *  # noqa: F403
from course_utils.plots.lesson_01 import *  # noqa: F403
from course_utils.plots.lesson_03 import *  # noqa: F403
from course_utils.plots.lesson_05 import *  # noqa: F403
from course_utils.plots.lesson_06 import *  # noqa: F403
from course_utils.plots.lesson_07 import *  # noqa: F403
from course_utils.plots.lesson_08 import *  # noqa: F403
from course_utils.plots.lesson_09 import *  # noqa: F403
