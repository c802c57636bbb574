"""The processes' side: who may run (lease), what runs when (timetable, ticker), and one sweep per file."""
