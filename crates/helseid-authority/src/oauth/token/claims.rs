//! What a machine-to-machine token says (HelseID: claims; RFC 9068 section 2.2).

use helseid_protocol::claims::name;
use helseid_protocol::jose::json::Object;
use helseid_protocol::random::capital_hexadecimal;
use helseid_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::{AuthenticatedClient, Binding, Grant};
use crate::app::App;

/// The claims, in the order in which HelseID writes them. There is no `sub`.
pub(super) fn of(
    app: &App,
    client: &AuthenticatedClient,
    binding: &Binding,
    grant: &Grant,
    now: Timestamp,
) -> Object {
    let registered = &client.known.client;
    let mut claims = Object::new();
    let mut claim = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    claim("iss", app.issuer.as_str().into());
    claim("nbf", now.seconds().into());
    claim("iat", now.seconds().into());
    claim("exp", now.plus(registered.token_lifetime).seconds().into());
    claim(
        "aud",
        match grant.audiences.as_slice() {
            [one] => one.as_str().into(),
            several => several.iter().map(|audience| audience.as_str()).collect(),
        },
    );
    if let Some(proof) = &binding.proof {
        claim("cnf", json!({ "jkt": proof.thumbprint() }));
    }
    claim("scope", grant.scopes.iter().map(|scope| scope.as_str()).collect());
    claim("client_id", registered.id.as_str().into());
    claim("client_amr", "private_key_jwt".into());
    // Which of the others a token has is up to its APIs.
    let mut claim = |name: &str, value: Value| {
        if grant.wants.as_ref().is_none_or(|wants| wants.contains(name)) {
            claim(name, value);
        }
    };
    claim(name::CLIENT_NAME, registered.name.as_str().into());
    claim(name::CLIENT_TENANCY, registered.tenancy.name().into());
    let numbers = [
        (name::ORGNR_PARENT, &grant.acts_for.parent),
        (name::ORGNR_CHILD, &grant.acts_for.child),
        (name::ORGNR_SUPPLIER, &grant.acts_for.supplier),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            claim(name, number.as_str().into());
        }
    }
    if let Some(journal) = &grant.sfm_journal_id {
        claim(name::SFM_JOURNAL_ID, journal.as_str().into());
    }
    for (name, value) in &grant.api_claims {
        claims.insert(name.clone(), value.as_str().into());
    }
    claims.insert("jti".to_owned(), capital_hexadecimal(&*app.random).into());
    claims
}
