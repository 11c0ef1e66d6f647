-- How often all logins at a client, or of a person, were ended at once, and when for the last time: what was granted before gives no
-- tokens after it.
CREATE TABLE login_ending (
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    times INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    PRIMARY KEY (kind, owner)
) STRICT;
CREATE INDEX login_ending_ended ON login_ending (ended);
