-- All tables of the newest version at once, for a new database: what the numbered files beside this one make, one after
-- the other. A test compares them.

CREATE TABLE client (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    tenancy TEXT NOT NULL,
    org_parent TEXT,
    org_children TEXT NOT NULL,
    scopes TEXT NOT NULL,
    profile TEXT,
    token_lifetime INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    approved INTEGER NOT NULL DEFAULT 1,
    pending_scopes TEXT NOT NULL DEFAULT '',
    api_claims TEXT NOT NULL DEFAULT '{}',
    grant_types TEXT NOT NULL DEFAULT 'client_credentials',
    redirect_uris TEXT NOT NULL DEFAULT '',
    post_logout_redirect_uris TEXT NOT NULL DEFAULT '',
    frontchannel_logout_uri TEXT,
    backchannel_logout_uri TEXT,
    id_token_lifetime INTEGER,
    refresh_token_lifetime INTEGER,
    session_lifetime INTEGER,
    refresh_token_usage TEXT NOT NULL DEFAULT 'one_time',
    refresh_grace INTEGER,
    own_audiences TEXT NOT NULL DEFAULT '[]',
    may_be_exchanged_by TEXT NOT NULL DEFAULT '[]',
    require_par INTEGER,
    require_dpop INTEGER,
    require_signed_requests INTEGER NOT NULL DEFAULT 0,
    identity_providers TEXT NOT NULL DEFAULT '',
    insecure_userinfo_by_bearer INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE client_key (
    client TEXT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    thumbprint TEXT NOT NULL,
    place INTEGER NOT NULL,
    jwk TEXT NOT NULL,
    expires INTEGER,
    origin TEXT NOT NULL,
    PRIMARY KEY (client, thumbprint)
) STRICT;

CREATE TABLE api (
    audience TEXT PRIMARY KEY NOT NULL,
    scopes TEXT NOT NULL,
    claims TEXT NOT NULL DEFAULT '',
    approval INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE organisation (
    number TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    children TEXT NOT NULL
) STRICT;

CREATE TABLE delegation (
    parent TEXT NOT NULL,
    supplier TEXT NOT NULL,
    PRIMARY KEY (parent, supplier)
) STRICT;

CREATE TABLE signing_key (
    kid TEXT PRIMARY KEY NOT NULL,
    jwk TEXT NOT NULL,
    created INTEGER NOT NULL,
    active_from INTEGER NOT NULL DEFAULT 0,
    retires INTEGER
) STRICT;

CREATE TABLE setting (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE managed (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

CREATE TABLE access_key (
    id TEXT PRIMARY KEY NOT NULL,
    purpose TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL
) STRICT;

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

CREATE TABLE login_session (
    id TEXT PRIMARY KEY NOT NULL,
    cookie TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    authenticated INTEGER NOT NULL,
    used INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    ended INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX login_session_subject ON login_session (subject);
CREATE INDEX login_session_expires ON login_session (expires);

CREATE TABLE refresh_family (
    id TEXT PRIMARY KEY NOT NULL,
    session TEXT,
    client TEXT,
    subject TEXT,
    data TEXT,
    token TEXT,
    presented INTEGER,
    expires INTEGER NOT NULL,
    ended INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX refresh_family_session ON refresh_family (session);
CREATE INDEX refresh_family_client ON refresh_family (client);
CREATE INDEX refresh_family_subject ON refresh_family (subject);
CREATE INDEX refresh_family_expires ON refresh_family (expires);

CREATE TABLE refresh_successor (
    family TEXT NOT NULL REFERENCES refresh_family (id) ON DELETE CASCADE,
    token TEXT NOT NULL,
    PRIMARY KEY (family, token)
) STRICT;

CREATE TABLE person (
    short_name TEXT PRIMARY KEY NOT NULL,
    number TEXT NOT NULL,
    given_name TEXT NOT NULL,
    middle_name TEXT,
    family_name TEXT NOT NULL,
    level INTEGER NOT NULL,
    identity_providers TEXT NOT NULL,
    -- The registration in the register of health personnel, in JSON.
    health_personnel TEXT
) STRICT;

CREATE TABLE login_ending (
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    times INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    PRIMARY KEY (kind, owner)
) STRICT;
CREATE INDEX login_ending_ended ON login_ending (ended);
