"""From mixing to structure to function: mixer, then a hypothesis on what stressing does to a powder, then structure.

The step in the middle is a hypothesis with parameters, not knowledge. Its defaults are guesses that reproduce a few
sentences of one paper; a campaign calibrates them on its own data, and the guard decides whether the outcome helps.
"""
