-- The first schema. What raw SQL can read here: demographics that find a person, sizes, counts and times.
-- Columns named box, message, frame, about and issues are sealed; see docs/decisions/0004-the-vault.md.

CREATE TABLE vault (
    id BLOB NOT NULL CHECK (length(id) = 16),
    created TEXT NOT NULL
) STRICT;

-- Who or what holds a key pair. signature is Ed25519 by the custodian's key over all the other columns; an unsigned row is not obeyed.
CREATE TABLE principal (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    organisation TEXT NOT NULL,
    custodian INTEGER NOT NULL,
    public_key BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

-- The private key of a team (or of emergency, review) sealed to one member; signed like a principal.
CREATE TABLE membership (
    team INTEGER NOT NULL REFERENCES principal (no),
    member INTEGER NOT NULL REFERENCES principal (no),
    message BLOB NOT NULL,
    signature BLOB NOT NULL,
    UNIQUE (member, team)
) STRICT;

-- imports counts the live imports that speak of them; without one a person is not listed.
CREATE TABLE person (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    identity BLOB NOT NULL,
    restricted INTEGER NOT NULL,
    standalone INTEGER NOT NULL,
    imports INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Identifiers for matching, as HMAC-SHA256 under a key derived from the vault key.
CREATE TABLE person_key (
    key BLOB NOT NULL,
    person INTEGER NOT NULL REFERENCES person (no),
    PRIMARY KEY (key, person)
) STRICT, WITHOUT ROWID;

-- Normalised words for finding people as one types.
CREATE TABLE person_token (
    token TEXT NOT NULL,
    person INTEGER NOT NULL REFERENCES person (no),
    PRIMARY KEY (token, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_token_person ON person_token (person);

-- Two people who may be one, for a human to decide: state is open, same or apart.
CREATE TABLE possible_match (
    person INTEGER NOT NULL REFERENCES person (no),
    other INTEGER NOT NULL REFERENCES person (no),
    state TEXT NOT NULL DEFAULT 'open',
    PRIMARY KEY (person, other)
) STRICT, WITHOUT ROWID;

-- One act of sealing: an import or a re-seal. Each makes fresh class keys.
CREATE TABLE sealing (
    no INTEGER PRIMARY KEY
) STRICT;

-- One HPKE message per principal and importing session (or re-seal): the secret that opens grants made then.
CREATE TABLE secret (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    principal INTEGER NOT NULL REFERENCES principal (no),
    message BLOB NOT NULL
) STRICT;

-- Per person the class keys that a principal may use. person 0 stands for whole documents.
CREATE TABLE grants (
    person INTEGER NOT NULL,
    sealing INTEGER NOT NULL,
    principal INTEGER NOT NULL,
    secret INTEGER NOT NULL REFERENCES secret (no),
    box BLOB NOT NULL,
    PRIMARY KEY (person, sealing, principal)
) STRICT, WITHOUT ROWID;

-- One document. digest is HMAC of its SHA-256. state: 0 live, 1 undone. sealing and class seal frame (the bytes between
-- resources), about and issues. blocks: in which source_block each part of the document stands.
CREATE TABLE import (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    digest BLOB NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    stored TEXT NOT NULL,
    sealing INTEGER NOT NULL REFERENCES sealing (no),
    class INTEGER NOT NULL,
    frame BLOB NOT NULL,
    blocks BLOB NOT NULL,
    about BLOB NOT NULL,
    issues BLOB
) STRICT;
CREATE UNIQUE INDEX import_live ON import (digest) WHERE state = 0;

-- Who a document spoke of. links: which entries are, and point to, which keyed hashes of "Type/id" (storage.packs.Links).
CREATE TABLE import_person (
    person INTEGER NOT NULL REFERENCES person (no),
    import INTEGER NOT NULL REFERENCES import (no),
    links BLOB NOT NULL,
    UNIQUE (person, import)
) STRICT;
CREATE INDEX import_person_import ON import_person (import);

-- Entries of one person, import and access class, compressed together and sealed. live counts those now current.
CREATE TABLE pack (
    no INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (no),
    import INTEGER NOT NULL REFERENCES import (no),
    class INTEGER NOT NULL,
    size INTEGER NOT NULL,
    live INTEGER NOT NULL,
    box BLOB NOT NULL
) STRICT;
CREATE INDEX pack_person ON pack (person);
CREATE INDEX pack_import ON pack (import);

-- Source bytes of resources of one person, import and access class. person 0: no one person's.
CREATE TABLE source_block (
    no INTEGER PRIMARY KEY,
    import INTEGER NOT NULL REFERENCES import (no),
    person INTEGER NOT NULL,
    class INTEGER NOT NULL,
    box BLOB NOT NULL
) STRICT;
CREATE INDEX source_block_import ON source_block (import);

-- Where each entry stands. key and resource are 64-bit keyed hashes. state: 0 current, 1 superseded, 2 undone.
CREATE TABLE entry (
    person INTEGER NOT NULL,
    key INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    version INTEGER NOT NULL,
    pack INTEGER NOT NULL,
    position INTEGER NOT NULL,
    state INTEGER NOT NULL,
    PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_resource ON entry (person, resource);

-- Further imports that supplied an entry already held, and in which part of the document (see storage.packs.Place).
CREATE TABLE entry_also (
    person INTEGER NOT NULL,
    key INTEGER NOT NULL,
    import INTEGER NOT NULL REFERENCES import (no),
    part INTEGER NOT NULL,
    narrowed INTEGER NOT NULL,
    PRIMARY KEY (person, key, import)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_also_import ON entry_also (import);

-- Kinds of service that have supplied anything, for anyone.
CREATE TABLE lane (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Compression dictionaries that rows of this vault were written with.
CREATE TABLE dictionary (
    id INTEGER PRIMARY KEY,
    content BLOB NOT NULL
) STRICT;

-- Who may sign heads of the access log: certificate is Ed25519 by the custodian's key. Kept when the user is removed.
CREATE TABLE audit_signer (
    no INTEGER PRIMARY KEY,
    principal TEXT NOT NULL,
    public BLOB NOT NULL UNIQUE,
    certificate BLOB NOT NULL
) STRICT;

-- The key of one session's part of the log, sealed to review.
CREATE TABLE audit_session (
    no INTEGER PRIMARY KEY,
    message BLOB NOT NULL
) STRICT;

-- The key of one session's events about one person (or about nobody), sealed with the person's id under the session's
-- key: it can be given to that person alone on the day they enrol.
CREATE TABLE audit_key (
    no INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES audit_session (no),
    box BLOB NOT NULL
) STRICT;

-- The access log: leaf is the RFC 6962 leaf hash of a salted commitment to the sealed event; signer wrote it.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    audit_key INTEGER NOT NULL REFERENCES audit_key (no),
    signer INTEGER NOT NULL REFERENCES audit_signer (no),
    leaf BLOB NOT NULL,
    box BLOB NOT NULL
) STRICT;

-- Where the log ends: peaks are the perfect subtrees of the tree so far, time is that of the last event.
CREATE TABLE audit_tip (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    peaks BLOB NOT NULL,
    time TEXT NOT NULL
) STRICT;

-- The newest signed head of each signer: all of the log that they wrote lies below it. state is the root of audit_state.
CREATE TABLE audit_head (
    signer INTEGER PRIMARY KEY REFERENCES audit_signer (no),
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    state BLOB NOT NULL,
    time TEXT NOT NULL,
    signature BLOB NOT NULL
) STRICT;

-- For each person and principal a chain of digests over the grants made to them, up to the sealing numbered last.
CREATE TABLE audit_grants (
    person INTEGER NOT NULL,
    principal INTEGER NOT NULL,
    last INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (person, principal)
) STRICT, WITHOUT ROWID;

-- The tree of all people's states (storage.state_tree): level 0 holds sixteen people's states a node.
CREATE TABLE audit_state (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;
