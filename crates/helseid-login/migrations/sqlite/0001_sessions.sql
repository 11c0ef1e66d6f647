-- Sessions of persons. What one holds is sealed; session and person are codes under the server's key.
CREATE TABLE helseid_session (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    session TEXT,
    person TEXT NOT NULL,
    authenticated INTEGER NOT NULL,
    used INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    -- Until when one of the replicas may refresh it.
    lease INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX helseid_session_session ON helseid_session (session);
CREATE INDEX helseid_session_person ON helseid_session (person);
CREATE INDEX helseid_session_ends ON helseid_session (ends);
CREATE INDEX helseid_session_used ON helseid_session (used);

-- Logouts of sessions and persons, for logins that were on their way: whoever authenticated until then is not let in.
CREATE TABLE helseid_logout (
    name TEXT PRIMARY KEY NOT NULL,
    until INTEGER NOT NULL,
    ends INTEGER NOT NULL
) STRICT;
CREATE INDEX helseid_logout_ends ON helseid_logout (ends);

-- Ids that are good once.
CREATE TABLE helseid_used (
    name TEXT PRIMARY KEY NOT NULL,
    ends INTEGER NOT NULL
) STRICT;
CREATE INDEX helseid_used_ends ON helseid_used (ends);

-- One row: what every session carries, until it is raised.
CREATE TABLE helseid_epoch (
    one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    epoch TEXT NOT NULL
) STRICT;
