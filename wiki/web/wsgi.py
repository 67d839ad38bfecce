"""The application for a WSGI server, from the installed package: `granian --interface wsgi wiki.web.wsgi:app`."""

import logging

from wiki.web.application import create_app

logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

app = create_app()
