-- Each change has a number of its own, and what it touched bears that number: memory is brought up to date by it.
CREATE TABLE version (
    n INTEGER NOT NULL
) STRICT;
INSERT INTO version (n) VALUES (0);

CREATE TABLE touched (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX touched_version ON touched (version);
