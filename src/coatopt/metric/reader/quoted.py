"""What a file says, cut to what fits into a sentence."""

from __future__ import annotations

LONGEST = 30


def shown(text: object, longest: int = LONGEST) -> str:
    """Cut a cell, a name or a line of a file to what a message can repeat.

    Args:
        text: What the file says; a damaged file may hold thousands of characters and zero bytes here.
        longest: How many characters at most.

    Returns:
        Its printable characters, spaces in a run as one, with three points at the end where some were left out.
    """
    # A million characters need not be looked at to show a few.
    plain = "".join(character if character.isprintable() else " " for character in str(text)[: 20 * longest])
    plain = " ".join(plain.split())
    return plain if len(plain) <= longest else plain[: longest - 3] + "..."
