CREATE TABLE client (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    tenancy TEXT NOT NULL,
    org_parent TEXT,
    org_children TEXT NOT NULL,
    scopes TEXT NOT NULL,
    profile TEXT,
    token_lifetime INTEGER NOT NULL,
    enabled INTEGER NOT NULL
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
    scopes TEXT NOT NULL
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
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
