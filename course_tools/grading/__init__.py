"""``course grade``: from a folder of uploads to a gradebook. How a submission travels:

collect    what is in the folder              people   whose each file is (path, rule, roster)
jobs       one job a submission               plan     a lesson: tasks, statements, who needs whom
cells      an upload laid out in steps        walls    what a student's code can see and use
sandbox    its process, seen from outside     runner   the same process, from inside
wire       plain data between the two         judge    points: run to the check, then test
gradebook  what people read, from ``state/``  report   tables and pages; ``exports``, ``alike``
nbgrader   the same for formgrader            clean    text and Markdown that cannot run
grade      the command: who is left, side by side, one lock

Glossary. *Place*: the number of a cell in the instructor edition. *Step*: a statement at its place
in a notebook: the ``lesson``'s, the student's ``own``, or a ``stub``, an exercise as handed out.
*Answer*: the cell that defines what a task asks for. *Held*: an object that stays in the student's
process and is known to the grader by a number. *Slug*: a student's name as a folder's name.
"""
