"""Links looked over when an owner asks for it: those inside of the wiki, and those to other sites."""
