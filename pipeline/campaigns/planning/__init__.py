"""Plan campaigns: what, to whom, when; schedules and dry runs."""
