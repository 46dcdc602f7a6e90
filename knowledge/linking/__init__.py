"""Linking: from a citizen's words to the procedure that is meant."""
