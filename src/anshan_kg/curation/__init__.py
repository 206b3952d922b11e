"""Links to the data of others: suggested by machine, judged by people, kept in SSSOM files."""
