"""Deletes what is past its time from the accounts of a wiki: `python -m wiki.accounts.forgetting HOME`.

For processes that have no accounts loaded, and would keep what that takes for as long as they live.
"""

from __future__ import annotations

import sys
from pathlib import Path

from wiki.accounts.accounts import open_accounts
from wiki.accounts.secret import load_secret
from wiki.config import load

if __name__ == "__main__":
    config = load(Path(sys.argv[1]))
    open_accounts(config, load_secret(config.instance_dir)).forget()
