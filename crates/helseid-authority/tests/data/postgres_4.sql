INSERT INTO client (id, name, tenancy, org_parent, org_children, scopes, profile, token_lifetime, enabled, approved,
    pending_scopes, api_claims, grant_types, redirect_uris, post_logout_redirect_uris, frontchannel_logout_uri,
    backchannel_logout_uri, id_token_lifetime, refresh_token_lifetime, session_lifetime, refresh_token_usage, refresh_grace,
    own_audiences, may_be_exchanged_by, require_par, require_dpop, require_signed_requests, identity_providers,
    insecure_userinfo_by_bearer)
VALUES ('old', 'Bjørn', 'single-tenant', '999977774', '999977775', 'my:api/read', 'legacy', 600, TRUE, TRUE, 'my:api/write',
    '{"my:api/client/claims/a":{"active":"1","pending":null}}', 'authorization_code refresh_token',
    'https://app.example/callback com.example.app:/callback', 'http://localhost:3000/', NULL, 'https://app.example/logout',
    300, 28800, NULL, 'reusable', 0, '["my:api"]', '["a client"]', 0, 1, TRUE, 'testidp-oidc', FALSE);
INSERT INTO api (audience, scopes, claims, approval) VALUES ('my:api', 'my:api/read my:api/write', '', TRUE);
INSERT INTO signing_key (kid, jwk, created, active_from, retires) VALUES ('K', 'K3L4FVvJIRPmxsd36HRSnmTzYpVqCKFx9qN-I2yC', 1790000000, 1790000000, NULL);
INSERT INTO managed (kind, id) VALUES ('client', 'old');
INSERT INTO access_key (id, purpose, name, hash, created) VALUES ('i', 'test-tokens', 'n', 'h', 1790000000);
INSERT INTO audit (at, actor, action, kind, id) VALUES (1790000000, 'admin', 'put', 'client', 'old');
INSERT INTO client_key (client, thumbprint, place, jwk, expires, origin) VALUES ('old', 't', 0,
    '{"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}',
    1790000000, 'Gui');
INSERT INTO organisation (number, name, children) VALUES ('999977774', 'Granfjelldal', '999977775 999977776');
INSERT INTO delegation (parent, supplier) VALUES ('999977774', '313745392');
INSERT INTO setting (name, value) VALUES ('filled', '4Xov9JYJxMyc_1R4NZfnbpGBNnnxWkUWqvfwW8KbMA');
UPDATE version SET n = 1;
INSERT INTO touched (kind, id, version) VALUES ('client', 'old', 1);
INSERT INTO login_session (id, cookie, subject, data, authenticated, used, expires, ended, version)
VALUES ('s', 'c', 'p', 't4k5HCa1-vn34YmoghkQU3Hgjn3dYr3k9T9PTxKG23NYtaPoR4wx6A', 1790000000, 1790000000, 1790028800, NULL, 1);
INSERT INTO refresh_family (id, session, client, subject, data, token, presented, expires, ended, version)
VALUES ('f', 's', 'old', 'p', 'PdvaV7Nu2MHFVwBIZOGRj1eDO3WRwAZksXk5j4zBuGABVUo1SpRL', 't', 1790000000, 1790028800, NULL, 1);
INSERT INTO refresh_family (id, session, client, subject, data, token, presented, expires, ended, version)
VALUES ('g', NULL, NULL, NULL, NULL, NULL, NULL, 1790028800, 1790000000, 1);
INSERT INTO refresh_successor (family, token) VALUES ('f', 'n');
INSERT INTO person (short_name, number, given_name, middle_name, family_name, level, identity_providers, health_personnel)
VALUES ('pharmacist', '21897520084', 'Åse', NULL, 'Nordhøy', 4, 'testidp-oidc', '{"hpr_number":9144897,"approvals":[]}');
INSERT INTO login_ending (kind, owner, times, ended) VALUES ('client', 'old', 1, 1790000000);
