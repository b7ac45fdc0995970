-- Choices about sharing. Append-only: one row an act (a choice set, imported, confirmed, withdrawn).
-- rules is what everyone needs who decides or seals by it; full, with the words in it, is for the person, review and the
-- custodian. signature is by the signer's log key over person, number, import, both contents and the signature before it.
CREATE TABLE choice (
    no INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (no),
    import INTEGER REFERENCES import (no),
    class INTEGER NOT NULL,
    rules BLOB NOT NULL,
    full_class INTEGER NOT NULL,
    full BLOB NOT NULL,
    full_digest BLOB NOT NULL,
    signer INTEGER NOT NULL REFERENCES audit_signer (no),
    signature BLOB NOT NULL
) STRICT;
CREATE INDEX choice_person ON choice (person);

-- People whose entries are still to be sealed as their choices say, from an instant on (empty: now), by whoever can.
CREATE TABLE unsettled (
    person INTEGER PRIMARY KEY REFERENCES person (no),
    due TEXT NOT NULL
) STRICT;
