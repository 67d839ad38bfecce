"""WSGI entry: `gunicorn app:app`, `flask --app app run`, or `granian --interface wsgi app:app`."""

from wiki.web.application import create_app

app = create_app()
