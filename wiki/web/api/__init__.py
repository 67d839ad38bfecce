"""The JSON API: everything that can be read, and with a token everything that can be written, at ``/-/api/v1``.

Each operation is declared once, in front of its view: route, check of what is sent, rights and the description at
``/-/api/openapi.json`` follow from the declaration. No cookie is looked at here, so no other site's page can act for
anybody; a program says who it speaks for by a token.
"""

from __future__ import annotations

from wiki.web.api import browse, happened, lists, openapi, pages, suggestions, writing
from wiki.web.api.declaring import blueprint

__all__ = ["blueprint", "browse", "happened", "lists", "openapi", "pages", "suggestions", "writing"]
