//! The columns of each table, by name.
//!
//! No statement reads `*`: where a table gets another column while a replica of the version before goes on, PostgreSQL refuses
//! every prepared statement whose result has changed (SQLSTATE 0A000).

/// The columns of a table, as a literal that `concat!` takes.
macro_rules! columns {
    (client) => {
        "id, name, tenancy, org_parent, org_children, scopes, profile, token_lifetime, enabled, approved, pending_scopes, \
         api_claims, grant_types, redirect_uris, post_logout_redirect_uris, frontchannel_logout_uri, \
         backchannel_logout_uri, id_token_lifetime, refresh_token_lifetime, session_lifetime, refresh_token_usage, \
         refresh_grace, own_audiences, may_be_exchanged_by, require_par, require_dpop, require_signed_requests, \
         identity_providers, insecure_userinfo_by_bearer"
    };
    (client_key) => {
        "client, place, jwk, expires, origin"
    };
    (api) => {
        "audience, scopes, claims, approval"
    };
    (organisation) => {
        "number, name, children"
    };
    (delegation) => {
        "parent, supplier"
    };
    (person) => {
        "short_name, number, given_name, middle_name, family_name, level, identity_providers, health_personnel"
    };
    (access_key) => {
        "id, purpose, name, hash, created"
    };
    (managed) => {
        "kind, id"
    };
    (signing_key) => {
        "kid, jwk, created, active_from, retires"
    };
    (audit) => {
        "seq, at, actor, action, kind, id"
    };
    (login_session) => {
        "id, cookie, subject, data, authenticated, used, expires, version"
    };
    (refresh_family) => {
        "id, session, client, subject, data, token, presented, expires, ended, version"
    };
}

/// `SELECT`, the columns of a table, `FROM` it, and what follows.
macro_rules! select {
    ($table:ident $($rest:literal)?) => {
        concat!("SELECT ", $crate::storage::registry::columns::columns!($table), " FROM ", stringify!($table) $(, " ", $rest)?)
    };
}

pub(in crate::storage) use {columns, select};
