-- Signed statements about a person: overrides and their review, notices, lawful limits, mandates, findings. Append-only.
-- box is sealed under a key of its own; secret_id names the rows of secret that hold it, one for each reader.
-- signature is by the signer's log key over vault, person, number, content and the signature before it.
CREATE TABLE statement (
    no INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (no),
    secret_id BLOB NOT NULL,
    shared INTEGER NOT NULL,
    box BLOB NOT NULL,
    signer INTEGER NOT NULL REFERENCES audit_signer (no),
    signature BLOB NOT NULL
) STRICT;
CREATE INDEX statement_person ON statement (person);
CREATE INDEX secret_by_id ON secret (id);
