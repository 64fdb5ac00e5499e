"""The page on this machine. In: a campaign folder; out: its status, plans and history in a browser, read only.

May import workflow and what lies below it; the only package that knows the web framework.
"""
