//! Explains JWTs, and the answers that they come in: what each claim says in words, and what is missing or odd, by rule. Verifies no issuer's signature.

mod answer;
mod claims;
mod find;
mod kind;
mod odd;

use std::fmt::Write as _;

use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
use helseid_protocol::rule::Facts;
use helseid_protocol::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

pub(crate) use answer::answers;
pub(crate) use claims::{Explanation, lines};
pub(crate) use find::{Found, Place, jwts};
pub(crate) use kind::Kind;
pub(crate) use odd::Odd;

/// A JWT, explained.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    pub(crate) kind: Kind,
    #[serde(skip_serializing_if = "Object::is_empty")]
    header: Object,
    claims: Vec<Explanation>,
    pub(crate) odd: Vec<Odd>,
}

/// What came in the same text as a JWT.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Beside<'a> {
    /// The access token that was sent, with which a proof must belong.
    pub(crate) sent: Option<&'a str>,
    /// Answers of the token endpoint, for the ID tokens in them.
    pub(crate) answers: &'a [Object],
}

/// Explains one JWT.
pub(crate) fn explain(found: Found<'_>, beside: Beside<'_>, now: Timestamp) -> Explained {
    let jwt = match Unverified::parse(found.text, MAX_BYTES) {
        Ok(jwt) => jwt,
        Err(why) => {
            let (kind, rule) = Kind::of_no_jwt(found.place);
            let odd = vec![Odd::new(rule, &Facts::new("a compact JWS", why))];
            return Explained { kind, header: Object::new(), claims: Vec::new(), odd };
        }
    };
    let kind = Kind::of(&jwt, found.place);
    let presented_as = match found.place {
        Place::Authorization(scheme) => scheme,
        _ => TokenType::Dpop,
    };
    let odd = match kind {
        Kind::AccessToken => odd::of_token(&jwt, presented_as, now),
        Kind::IdToken => odd::of_id_token(&jwt, answer::access_token_with(beside.answers, found.text), now),
        Kind::LogoutToken => odd::of_logout_token(&jwt, now),
        Kind::Proof => odd::of_proof(found.text, &jwt, beside.sent, now),
        Kind::Assertion => odd::of_assertion(found.text, &jwt, now),
        Kind::RequestObject | Kind::TokenAnswer | Kind::Unknown => Vec::new(),
    };
    Explained {
        kind,
        header: header(&jwt),
        claims: claims::explained(jwt.unverified_claims(), kind, now),
        odd,
    }
}

/// Explains an answer of the token endpoint, without its tokens.
pub(crate) fn explain_answer(answer: &Object) -> Explained {
    let claims = answer::explained(answer);
    Explained { kind: Kind::TokenAnswer, header: Object::new(), claims, odd: Vec::new() }
}

/// Explains the claims of an access token that came in whole.
pub(crate) fn token_claims(claims: &Object, now: Timestamp) -> Vec<Explanation> {
    claims::explained(claims, Kind::AccessToken, now)
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
        let is_whole = self.kind == Kind::TokenAnswer || !self.header.is_empty();
        let mut text = if is_whole { self.kind.words() } else { "not a whole JWT" }.to_owned();
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
