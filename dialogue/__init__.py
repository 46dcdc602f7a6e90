"""The one conversation that every door talks to."""
