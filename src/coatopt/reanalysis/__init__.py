"""What a campaign has taught: a posterior and observations come in, sections with tables and pictures go out.

May import planning and everything below it. Nothing here knows how a picture is drawn; report does that.
"""
