"""Support package of the course: data, one evaluation protocol, models and checks.

Importing it downloads nothing and changes no setting. Lower modules never import higher ones:

``data`` → ``splits`` → ``matrices``, ``losses``, ``metrics`` → ``baselines``, ``models`` →
``training`` → ``evaluate`` → ``plots``, ``checks`` → ``cli``.
"""

__version__ = "0.1.0"
