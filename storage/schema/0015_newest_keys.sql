-- The newest look-up keys and search words. Keys are hashes and words as good as random: each of them goes to a page of its own
-- among those of a county, and every page so touched is sealed and written again with each document. Here a few pages hold them all;
-- when there are many, they are moved to person_key and person_token together, in order. No row stands in both.
CREATE TABLE person_key_new (
    key BLOB NOT NULL,
    person INTEGER NOT NULL REFERENCES person (no),
    PRIMARY KEY (key, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE person_token_new (
    token TEXT NOT NULL,
    person INTEGER NOT NULL REFERENCES person (no),
    PRIMARY KEY (token, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_token_new_person ON person_token_new (person);
-- Dates of birth are looked up by finer keys now, and by sex; they are made when the vault is next opened.
INSERT OR IGNORE INTO person_key_due SELECT no FROM person;
