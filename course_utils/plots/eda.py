"""Figures of the data: long tails, tastes, people and time."""

__all__: list[str] = []
