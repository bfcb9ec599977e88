"""Where people and their contact details live: scope -> people, keys -> contacts."""
