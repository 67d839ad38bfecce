"""Git: reading objects, writing commits, serving clones. It knows paths and bytes, and no page."""
