-- How a client logs people in, and exchanges tokens.
ALTER TABLE client ADD COLUMN grant_types TEXT NOT NULL DEFAULT 'client_credentials';
ALTER TABLE client ADD COLUMN redirect_uris TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN post_logout_redirect_uris TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN frontchannel_logout_uri TEXT;
ALTER TABLE client ADD COLUMN backchannel_logout_uri TEXT;
ALTER TABLE client ADD COLUMN id_token_lifetime BIGINT;
ALTER TABLE client ADD COLUMN refresh_token_lifetime BIGINT;
ALTER TABLE client ADD COLUMN session_lifetime BIGINT;
ALTER TABLE client ADD COLUMN refresh_token_usage TEXT NOT NULL DEFAULT 'one_time';
ALTER TABLE client ADD COLUMN refresh_grace BIGINT;
ALTER TABLE client ADD COLUMN own_audiences TEXT NOT NULL DEFAULT '[]';
ALTER TABLE client ADD COLUMN may_be_exchanged_by TEXT NOT NULL DEFAULT '[]';

-- A person's session at the authority. It is found by the hash of its cookie; what it holds is sealed where others can read
-- the database. One that has ended stays until it expires, so that nothing joins it.
CREATE TABLE login_session (
    id TEXT PRIMARY KEY,
    cookie TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    authenticated BIGINT NOT NULL,
    used BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    ended BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX login_session_subject ON login_session (subject);
CREATE INDEX login_session_expires ON login_session (expires);

-- The refresh tokens that follow from one login. Only hashes of tokens are here. A family that ended before it was there
-- has nothing but its name: it can never be made.
CREATE TABLE refresh_family (
    id TEXT PRIMARY KEY,
    session TEXT,
    client TEXT,
    subject TEXT,
    data TEXT,
    token TEXT,
    presented BIGINT,
    expires BIGINT NOT NULL,
    ended BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX refresh_family_session ON refresh_family (session);
CREATE INDEX refresh_family_client ON refresh_family (client);
CREATE INDEX refresh_family_subject ON refresh_family (subject);
CREATE INDEX refresh_family_expires ON refresh_family (expires);

-- What was given out for the token that was presented last, and was not presented itself yet.
CREATE TABLE refresh_successor (
    family TEXT NOT NULL REFERENCES refresh_family (id) ON DELETE CASCADE,
    token TEXT NOT NULL,
    PRIMARY KEY (family, token)
);
