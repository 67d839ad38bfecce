"""People: accounts, roles, signing in, tokens, drafts. `accounts.open_accounts` puts it together."""
