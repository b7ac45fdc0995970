-- What a user has begun to write and not yet added: one draft a person, sealed with a key derived from the user's private
-- key. place is a keyed hash of whom it is about, so that the table does not tell. Dropped when it is added or emptied.
CREATE TABLE draft (
    principal INTEGER NOT NULL,
    place BLOB NOT NULL,
    box BLOB NOT NULL,
    PRIMARY KEY (principal, place)
) STRICT, WITHOUT ROWID;
