"""What is kept: settings, the database, turns and conversation states. Imports nothing of ours."""
