CREATE TABLE client (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    tenancy TEXT NOT NULL,
    org_parent TEXT,
    org_children TEXT NOT NULL,
    scopes TEXT NOT NULL,
    profile TEXT,
    token_lifetime BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    -- Drafts wait for an approval, and so do scopes and claims that a client asks for itself.
    approved BOOLEAN NOT NULL,
    pending_scopes TEXT NOT NULL,
    api_claims TEXT NOT NULL
);

CREATE TABLE client_key (
    client TEXT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    thumbprint TEXT NOT NULL,
    place BIGINT NOT NULL,
    jwk TEXT NOT NULL,
    expires BIGINT,
    origin TEXT NOT NULL,
    PRIMARY KEY (client, thumbprint)
);

CREATE TABLE api (
    audience TEXT PRIMARY KEY,
    scopes TEXT NOT NULL,
    claims TEXT NOT NULL,
    approval BOOLEAN NOT NULL
);

CREATE TABLE organisation (
    number TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    children TEXT NOT NULL
);

CREATE TABLE delegation (
    parent TEXT NOT NULL,
    supplier TEXT NOT NULL,
    PRIMARY KEY (parent, supplier)
);

-- What a seed file put there, and nobody else may change.
CREATE TABLE managed (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

-- Keys for the doubles of NHN's services; only their hashes.
CREATE TABLE access_key (
    id TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    created BIGINT NOT NULL
);

-- The private JWK is sealed with the replicas' secret. A key is published before it signs, and until its last token has
-- expired.
CREATE TABLE signing_key (
    kid TEXT PRIMARY KEY,
    jwk TEXT NOT NULL,
    created BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    retires BIGINT
);

-- The values are sealed, too.
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE audit (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL
);

-- Each change has a number of its own, and what it touched bears that number: replicas read what is newer than they are.
-- The one row is locked by each change until its end, so that numbers become visible in their order.
CREATE TABLE version (
    n BIGINT NOT NULL
);
INSERT INTO version (n) VALUES (0);

CREATE TABLE touched (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX touched_version ON touched (version);
