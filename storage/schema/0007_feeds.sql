-- Which section of the record each kind of service has ever supplied, for anyone: "lane section". A source that never
-- sends allergies is not one of which "none recorded" may be said.

CREATE TABLE feed (
    lane TEXT NOT NULL,
    section TEXT NOT NULL,
    PRIMARY KEY (lane, section)
) STRICT, WITHOUT ROWID;
