"""The command line: one thin function per verb. May import workflow and what lies below it, lazily."""
