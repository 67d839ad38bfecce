"""`python -m wiki.cli`, for those who have the package but not its script on their path."""

from wiki.cli.command import main

main()
