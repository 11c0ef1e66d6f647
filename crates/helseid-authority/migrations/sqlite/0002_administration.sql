-- Drafts wait for an approval, and so do scopes and claims that a client asks for itself.
ALTER TABLE client ADD COLUMN approved INTEGER NOT NULL DEFAULT 1;
ALTER TABLE client ADD COLUMN pending_scopes TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN api_claims TEXT NOT NULL DEFAULT '{}';

ALTER TABLE api ADD COLUMN claims TEXT NOT NULL DEFAULT '';
ALTER TABLE api ADD COLUMN approval INTEGER NOT NULL DEFAULT 0;

-- A key is published before it signs, and until its last token has expired.
ALTER TABLE signing_key ADD COLUMN active_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN retires INTEGER;

-- What a seed file put there, and nobody else may change.
CREATE TABLE managed (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

-- Keys for the doubles of NHN's services; only their hashes.
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
