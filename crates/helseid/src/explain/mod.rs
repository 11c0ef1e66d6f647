//! Explains a JWT: what each claim says in words, and what is missing or odd, by rule. Verifies no issuer's signature.

mod claims;
mod find;
mod odd;

use std::fmt::Write as _;

use helseid_protocol::assertion;
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
use helseid_protocol::rule::{Facts, Rule};
use helseid_protocol::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

pub(crate) use claims::{Explanation, lines};
pub(crate) use find::{Found, Place, jwts};
pub(crate) use odd::Odd;

/// What a JWT is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    AccessToken,
    Proof,
    Assertion,
    /// Something else, or nothing that can be read.
    Unknown,
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Self::AccessToken => "access token",
            Self::Proof => "DPoP proof",
            Self::Assertion => "client assertion",
            Self::Unknown => "JWT that HelseID does not issue",
        }
    }
}

/// A JWT, explained.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    pub(crate) kind: Kind,
    #[serde(skip_serializing_if = "Object::is_empty")]
    header: Object,
    claims: Vec<Explanation>,
    pub(crate) odd: Vec<Odd>,
}

/// Explains one JWT; `token` is the access token that stood beside a proof.
pub(crate) fn explain(found: Found<'_>, token: Option<&str>, now: Timestamp) -> Explained {
    let jwt = match Unverified::parse(found.text, MAX_BYTES) {
        Ok(jwt) => jwt,
        Err(why) => {
            let (kind, rule) = match found.place {
                Place::Proof => (Kind::Proof, Rule::DpopForm),
                Place::Assertion => (Kind::Assertion, Rule::AssertionForm),
                Place::Anywhere | Place::Authorization(_) => (Kind::Unknown, Rule::TokenForm),
            };
            let odd = vec![Odd::new(rule, &Facts::new("a compact JWS", why))];
            return Explained { kind, header: Object::new(), claims: Vec::new(), odd };
        }
    };
    let kind = kind(&jwt, found.place);
    let presented_as = match found.place {
        Place::Authorization(scheme) => scheme,
        Place::Anywhere | Place::Proof | Place::Assertion => TokenType::Dpop,
    };
    let odd = match kind {
        Kind::AccessToken => odd::of_token(&jwt, presented_as, now),
        Kind::Proof => odd::of_proof(found.text, &jwt, token, now),
        Kind::Assertion => odd::of_assertion(found.text, &jwt, now),
        Kind::Unknown => Vec::new(),
    };
    Explained {
        kind,
        header: header(&jwt),
        claims: claims::explained(jwt.unverified_claims(), kind, now),
        odd,
    }
}

/// Explains the claims of an access token that came in whole.
pub(crate) fn token_claims(claims: &Object, now: Timestamp) -> Vec<Explanation> {
    claims::explained(claims, Kind::AccessToken, now)
}

fn kind(jwt: &Unverified<'_>, place: Place) -> Kind {
    let claims = jwt.unverified_claims();
    let has = |names: &[&str]| names.iter().all(|name| claims.contains_key(*name));
    match () {
        () if jwt.header().is_typ("dpop+jwt") || place == Place::Proof => Kind::Proof,
        () if jwt.header().is_typ(assertion::TYP) || place == Place::Assertion => Kind::Assertion,
        () if jwt.header().is_typ("at+jwt") || matches!(place, Place::Authorization(_)) => Kind::AccessToken,
        () if has(&["htm", "htu"]) => Kind::Proof,
        () if has(&["iss", "sub", "aud"]) && claims.get("iss") == claims.get("sub") => Kind::Assertion,
        () if has(&["iss", "aud", "exp"]) => Kind::AccessToken,
        () => Kind::Unknown,
    }
}

fn header(jwt: &Unverified<'_>) -> Object {
    let header = jwt.header();
    let mut shown = Object::new();
    shown.insert("alg".into(), header.alg().into());
    let texts = [("typ", header.typ()), ("kid", header.kid().map(|kid| kid.as_str()))];
    for (name, value) in texts {
        if let Some(value) = value {
            shown.insert(name.into(), value.into());
        }
    }
    shown
}

impl Explained {
    /// As paragraphs for people.
    pub(crate) fn text(&self) -> String {
        let said = |name: &str| self.header.get(name).and_then(Value::as_str);
        let mut text =
            if self.header.is_empty() { "not a whole JWT".to_owned() } else { self.kind.words().to_owned() };
        if let Some(typ) = said("typ") {
            let _ = write!(text, " ({typ})");
        }
        if let Some(alg) = said("alg") {
            let _ = write!(text, ", signed with {alg}");
        }
        if let Some(kid) = said("kid") {
            let _ = write!(text, " by the key {kid}");
        }
        text.push('\n');
        text.push_str(&lines(&self.claims));
        for odd in &self.odd {
            let _ = write!(text, "{odd}");
        }
        text
    }
}
