-- Who may read what people chose about is worked out more strictly than earlier programs did. Everyone about whom something was
-- chosen, or whom the choices of somebody they were joined with bind, waits to be sealed anew by whoever opens them with more keys.
INSERT OR REPLACE INTO unsettled (person, due)
    SELECT person, '' FROM choice
    UNION SELECT person, '' FROM possible_match WHERE bound > 0
    UNION SELECT other, '' FROM possible_match WHERE bound > 0;
