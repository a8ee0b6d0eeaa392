"""How people say what they want, a file an intent: see communications/phrases.py for how the lines are read."""
