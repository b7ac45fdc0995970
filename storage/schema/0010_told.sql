-- What the access log tells those whom it is about. All content is sealed; see docs/decisions/ (the log and its anchor).

-- What an act touched, and words that are not for the person: the event of the same number commits to it by a salted
-- digest, so that a receipt proves the act without telling how much there was. Sealed under audit_key. Acts about nobody
-- have none.
CREATE TABLE audit_details (
    seq INTEGER PRIMARY KEY REFERENCES audit (seq),
    audit_key INTEGER NOT NULL REFERENCES audit_key (no),
    box BLOB NOT NULL
) STRICT;

-- A key of one session's events about one person, sealed to the user who is that person.
CREATE TABLE audit_told (
    principal INTEGER NOT NULL REFERENCES principal (no),
    audit_key INTEGER NOT NULL REFERENCES audit_key (no),
    message BLOB NOT NULL,
    PRIMARY KEY (principal, audit_key)
) STRICT, WITHOUT ROWID;

-- People who are to be given earlier keys of the log, by whoever holds that of the privacy office.
CREATE TABLE audit_due (
    person INTEGER PRIMARY KEY REFERENCES person (no)
) STRICT;
