"""What happened: who changed which page when, and what the change was."""
