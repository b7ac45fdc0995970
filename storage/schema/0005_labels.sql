-- What is learned later about who may see an entry. All content is sealed; see docs/decisions/ (labels across imports).

-- The entry with this key is stricter than what is sealed in it says: box holds the categories, sealed for those who may
-- read them. Who cannot open it is shown nothing of the entry. import: the one that brought what tells of the entry.
CREATE TABLE label_floor (
    person INTEGER NOT NULL,
    key INTEGER NOT NULL,
    class INTEGER NOT NULL,
    import INTEGER NOT NULL,
    box BLOB NOT NULL,
    PRIMARY KEY (person, key, class)
) STRICT, WITHOUT ROWID;
CREATE INDEX label_floor_import ON label_floor (import);

-- Categories set on purpose for all entries of a resource (target is entry.resource, or entry.key where that is 0). The
-- newest row of a target counts. signature is Ed25519 by the custodian's key; an unsigned row is not obeyed.
CREATE TABLE label_correction (
    no INTEGER PRIMARY KEY,
    person INTEGER NOT NULL,
    target INTEGER NOT NULL,
    sealing INTEGER NOT NULL,
    class INTEGER NOT NULL,
    box BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE INDEX label_correction_person ON label_correction (person, target);

-- People whose labels somebody who opens more should look at again.
CREATE TABLE label_due (
    person INTEGER PRIMARY KEY
) STRICT;
