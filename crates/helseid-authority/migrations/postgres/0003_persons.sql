-- Synthetic persons who log in. Their numbers are nobody's.
CREATE TABLE person (
    short_name TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    given_name TEXT NOT NULL,
    middle_name TEXT,
    family_name TEXT NOT NULL,
    level BIGINT NOT NULL,
    identity_providers TEXT NOT NULL,
    -- The registration in the register of health personnel, in JSON.
    health_personnel TEXT
);

-- What a client of persons must do, if that is not what its profile says, and where they may log in.
ALTER TABLE client ADD COLUMN require_par BIGINT;
ALTER TABLE client ADD COLUMN require_dpop BIGINT;
ALTER TABLE client ADD COLUMN require_signed_requests BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE client ADD COLUMN identity_providers TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN insecure_userinfo_by_bearer BOOLEAN NOT NULL DEFAULT FALSE;
