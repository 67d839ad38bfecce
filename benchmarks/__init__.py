"""How fast the wiki is, and beside it what it is made of alone."""
