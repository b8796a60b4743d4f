"""What happens to a post on its way to an incident; no I/O and no wall clock in here."""
