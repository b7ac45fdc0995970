-- What a user keeps for themselves between sessions (whom they opened lately), sealed with a key derived from their private
-- key: nobody else opens it, and a note that no longer opens is no note. principal is a row of principal, which may be gone.
CREATE TABLE own_note (
    principal INTEGER PRIMARY KEY,
    box BLOB NOT NULL
) STRICT;
