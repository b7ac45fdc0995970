-- People whose look-up keys are still those of an earlier program; they are made anew when the vault is next opened.
CREATE TABLE person_key_due (
    person INTEGER PRIMARY KEY REFERENCES person (no)
) STRICT;
INSERT INTO person_key_due SELECT no FROM person;
