//! ID tokens and logout tokens as an authority makes them.

use super::Jwt;
use crate::id_token::{self, IdTokenRequest};
use crate::jose::SigningKey;
use crate::jose::json::Object;
use crate::logout::{self, LogoutRequest};
use crate::person::Subject;

/// A valid ID token signed by the issuer's `key`; the request's algorithm must be the key's.
#[must_use]
pub fn id_token(key: &SigningKey, request: IdTokenRequest<'_>) -> Jwt {
    Jwt { header: header(key, id_token::TYP), claims: id_token::claims(request) }
}

/// A valid logout token signed by the issuer's `key`.
#[must_use]
pub fn logout_token(key: &SigningKey, request: LogoutRequest<'_>) -> Jwt {
    Jwt { header: header(key, logout::TYP), claims: logout::claims(request) }
}

/// Any token signed by the issuer's `key`, with this `typ` and these claims: for what none of the others is.
#[must_use]
pub fn token(key: &SigningKey, typ: &str, claims: Object) -> Jwt {
    Jwt { header: header(key, typ), claims }
}

/// Who the person with this number is in tokens ([`Subject::of`]), whether the text is such a number or not.
#[must_use]
pub fn subject_of(number: &str) -> Subject {
    Subject::of_text(number)
}

pub(super) fn header(key: &SigningKey, typ: &str) -> Object {
    let mut header = Object::new();
    header.insert("alg".into(), key.algorithm().name().into());
    header.insert("typ".into(), typ.into());
    if let Some(key_id) = key.public().key_id() {
        header.insert("kid".into(), key_id.as_str().into());
    }
    header
}
