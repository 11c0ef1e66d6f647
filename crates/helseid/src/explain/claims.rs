//! Each claim in words (RFC 7519, RFC 9068, RFC 9449; HelseID: claims).

use helseid_protocol::claims::{ACT, name};
use helseid_protocol::details::attestation::ATTESTATION_TYPE;
use helseid_protocol::details::{Attestation, CLAIM, OLD_CLAIM};
use helseid_protocol::jose::json::Object;
use helseid_protocol::logout;
use helseid_protocol::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Kind;
use crate::output::printable;
use crate::words::relative;

/// One claim, and what it says.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    pub(crate) claim: String,
    value: Value,
    words: String,
}

/// In the order in which people ask: who, for what, until when, and then the rest as it stands.
const ORDER: [&str; 14] = [
    "iss",
    "aud",
    "client_id",
    "sub",
    "scope",
    "htm",
    "htu",
    "exp",
    "nbf",
    "iat",
    "cnf",
    "ath",
    "nonce",
    "jti",
];

/// What is about a person, and goes into no support ticket.
const PERSONAL: [&str; 11] = [
    "sub",
    "sid",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    name::PID,
    name::PID_PSEUDONYM,
    name::HPR_NUMBER,
    name::HPR_DETAILS,
    ATTESTATION_TYPE,
];

impl Explanation {
    pub(super) fn new(claim: &str, value: Value, words: String) -> Self {
        Self { claim: claim.to_owned(), value, words }
    }

    /// Without what is about a person.
    pub(crate) fn without_person(mut self) -> Self {
        if PERSONAL.contains(&self.claim.as_str()) {
            (self.value, self.words) = ("hidden".into(), "about a person: hidden".to_owned());
        }
        self
    }
}

/// Every claim, explained.
pub(super) fn explained(claims: &Object, kind: Kind, now: Timestamp) -> Vec<Explanation> {
    let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    let mut all: Vec<_> = claims.iter().collect();
    all.sort_by_key(|(name, _)| place(name));
    let words = |name: &str, value: &Value| {
        let said = match value {
            Value::Number(_) => time(name, value, now),
            Value::Object(members) => structure(name, members).or_else(|| text(name, &plain(value), kind)),
            _ => text(name, &plain(value), kind),
        };
        said.unwrap_or_else(|| plain(value))
    };
    all.into_iter().map(|(name, value)| Explanation::new(name, value.clone(), words(name, value))).collect()
}

/// Two columns, as wide as the names need.
pub(crate) fn lines(claims: &[Explanation]) -> String {
    let width = claims.iter().map(|claim| claim.claim.chars().count()).max().unwrap_or_default().min(48);
    claims
        .iter()
        .map(|line| format!("  {:<width$}  {}\n", printable(&line.claim), printable(&line.words)))
        .collect()
}

/// A value as it is read aloud: an array of texts without its brackets.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Value::Object(members) => match (members.len(), members.get("jkt").and_then(Value::as_str)) {
            (1, Some(thumbprint)) => thumbprint.to_owned(),
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}

/// RFC 8693 section 4.1: who acts, and who did so before. The claims of strangers may be nested as deep as they like.
fn actors(newest: &Object) -> String {
    const SHOWN: usize = 5;
    let inside = |actor: &Object| actor.get(ACT).and_then(Value::as_object).cloned();
    let all = std::iter::successors(Some(newest.clone()), inside).take(SHOWN);
    let told = all.map(|actor| {
        let text = |name: &str| actor.get(name).and_then(Value::as_str).map(str::to_owned);
        let client = text("client_id").unwrap_or_else(|| "of no name".to_owned());
        match text(name::ORGNR_PARENT) {
            Some(parent) => format!("the client {client} for the organisation {parent}"),
            None => format!("the client {client}"),
        }
    });
    format!("exchanged by {}", told.collect::<Vec<_>>().join(", and before it by "))
}

fn time(name: &str, value: &Value, now: Timestamp) -> Option<String> {
    let at = Timestamp::from_seconds(value.as_i64()?);
    let (is_past, told) = (at <= now, relative(at, now));
    let words = match (name, is_past) {
        ("exp", false) => format!("expires {told}"),
        ("exp", true) => format!("expired {told}"),
        ("nbf", true) => format!("valid from {told}"),
        ("nbf", false) => format!("not valid yet: it is valid from {told}"),
        ("iat", _) => format!("made {told}"),
        ("auth_time", _) => format!("the user logged in {told}"),
        (name::ATTESTED_AT, _) => format!("the authority accepted the attestation {told}"),
        _ => return None,
    };
    Some(format!("{words} ({})", at.rfc3339()))
}

/// Of a claim that is an object, what people ask for first.
fn structure(name: &str, members: &Object) -> Option<String> {
    match name {
        ACT => Some(actors(members)),
        CLAIM | OLD_CLAIM if members.get("type").and_then(Value::as_str) == Some(ATTESTATION_TYPE) => {
            structure(ATTESTATION_TYPE, members)
        }
        "events" => members.contains_key(logout::EVENT).then(|| "the session has ended".to_owned()),
        ATTESTATION_TYPE => Attestation::read(members).ok().map(|attestation| attested(&attestation)),
        _ => None,
    }
}

/// HelseID: profile for the trust framework. The claim itself has the rest.
fn attested(attestation: &Attestation) -> String {
    let Attestation { practitioner, care_relationship, .. } = attestation;
    let by = practitioner.authorization.as_ref();
    let by = by.map_or_else(String::new, |authorization| format!(", authorized as {}", authorization.code));
    format!(
        "the client attests: the user works for {} at {}{by}, in the service {}, for the purpose {}",
        practitioner.legal_entity.id,
        practitioner.point_of_care.id,
        care_relationship.healthcare_service.code,
        care_relationship.purpose_of_use.code
    )
}

fn text(name: &str, value: &str, kind: Kind) -> Option<String> {
    standard(name, value, kind).or_else(|| of_helseid(name, value)).or_else(|| of_an_api(name, value))
}

fn standard(name: &str, value: &str, kind: Kind) -> Option<String> {
    Some(match (name, kind) {
        ("iss", Kind::Assertion) => format!("made by the client {value}"),
        ("sub", Kind::Assertion) => format!("about the client {value}"),
        ("iss", Kind::RequestObject) => format!("signed by the client {value}"),
        ("aud", Kind::RequestObject) => format!("for the authority {value}"),
        ("client_id", Kind::RequestObject) => format!("of the client {value}"),
        ("scope", Kind::RequestObject) => format!("asks for {value}"),
        ("aud", Kind::IdToken | Kind::LogoutToken) => format!("only for the client {value}"),
        ("sid", Kind::LogoutToken) => format!("the user's session {value} has ended"),
        ("nonce", Kind::IdToken) => format!("answers the login that sent the nonce {value}"),
        ("nonce", Kind::RequestObject) => format!("the ID token must have the nonce {value}"),
        ("at_hash", _) => format!("came with the access token whose hash is {value}"),
        ("acr", Kind::IdToken) => format!("the user reached {value}"),
        ("iss", _) => format!("issued by {value}{}", environment(value)),
        ("aud", Kind::Assertion) => format!("for the authority {value}"),
        ("aud", _) if value.contains(", ") => format!("for several APIs: {value}"),
        ("aud", _) => format!("only for the API {value}"),
        ("client_id", _) => format!("given to the client {value}"),
        ("sub", _) => format!("about the user {value}"),
        ("scope", _) => format!("lets its holder do {value}"),
        ("cnf", _) => format!("bound to the key {value}: usable only with a proof by that key"),
        ("htm", _) => format!("for a request with {value}"),
        ("htu", _) => format!("to {value}"),
        ("ath", _) => format!("together with the token whose hash is {value}"),
        ("nonce", _) => "with a nonce that the server gave".to_owned(),
        ("jti", _) => format!("its own id, {value}"),
        ("client_amr", _) => format!("the client authenticated with {value}"),
        ("idp", _) => format!("the user logged in with {value}"),
        ("amr", _) => format!("the user logged in by {value}"),
        ("sid", _) => format!("in the user's session {value}"),
        ("name", _) => format!("the user is {value}"),
        ("assertion_details" | "authorization_details", _) => format!("structured claims: {value}"),
        _ => return None,
    })
}

fn of_helseid(claim: &str, value: &str) -> Option<String> {
    Some(match claim {
        name::CLIENT_NAME => format!("the client's name is {value}"),
        name::CLIENT_TENANCY => match value {
            "single-tenant" => "the client acts for its own organisation (single-tenant)".to_owned(),
            "multi-tenant" => {
                "the client acts for others that have delegated to it (multi-tenant)".to_owned()
            }
            "none" => "the client names no organisation (none)".to_owned(),
            other => format!("the client's tenancy is {other}"),
        },
        name::ORGNR_PARENT => format!("it acts for the organisation {value}"),
        name::ORGNR_CHILD => format!("it acts for the unit {value}"),
        name::ORGNR_SUPPLIER => format!("the supplier {value} acts"),
        name::SFM_JOURNAL_ID => format!("it acts for the journal {value} at SFM"),
        name::PID => format!("the user's national identity number is {value}"),
        name::PID_PSEUDONYM => format!("the user's pseudonym is {value}"),
        name::SECURITY_LEVEL => format!("the user is logged in at level {value} of 4"),
        name::ASSURANCE_LEVEL => format!("the user is logged in with assurance {value}"),
        name::HPR_NUMBER => format!("the user's number in the register of health personnel is {value}"),
        name::NETWORK => format!("the user logged in from {value}"),
        name::ON_BEHALF_OF => format!("the user acts for {value}"),
        name::ORIGINAL_CLIENT_ID => format!("exchanged from a token of the client {value}"),
        name::CLIENT_AMR => format!("the client authenticated with {value}"),
        _ => return None,
    })
}

/// HelseID: audience-specific client claims.
fn of_an_api(claim: &str, value: &str) -> Option<String> {
    let (api, name) = claim.split_once("/client/claims/")?;
    Some(format!("what the API {api} knows of the client as {name}: {value}"))
}

fn environment(issuer: &str) -> &'static str {
    use helseid_client::Environment;
    match issuer {
        own if own == Environment::Production.issuer() => ", HelseID itself",
        own if own == Environment::Test.issuer() => ", HelseID's test environment",
        _ => "",
    }
}
