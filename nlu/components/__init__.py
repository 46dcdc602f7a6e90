"""Rasa components; they wrap what ``knowledge/`` and the classifier know."""
