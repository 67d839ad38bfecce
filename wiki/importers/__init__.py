"""Pages from elsewhere. Each source is a module that turns what it is given into a plan; nothing is written before."""
