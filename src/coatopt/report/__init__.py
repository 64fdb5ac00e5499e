"""What people print and open elsewhere: run sheets, calendars. May import planning and everything below it."""
