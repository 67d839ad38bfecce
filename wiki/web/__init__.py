"""The wiki in the browser."""

import os

# Babel asks for the machine's time zone as soon as it is loaded, and pytz opens six hundred files to name it.
os.environ.setdefault("PYTZ_SKIPEXISTSCHECK", "1")
