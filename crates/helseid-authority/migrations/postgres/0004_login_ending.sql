-- How often all logins at a client, or of a person, were ended at once, and when for the last time: what was granted before gives no
-- tokens after it.
CREATE TABLE login_ending (
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    times BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    PRIMARY KEY (kind, owner)
);
CREATE INDEX login_ending_ended ON login_ending (ended);
