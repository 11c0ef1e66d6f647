//! Who calls on behalf of whom, in tokens that were exchanged (RFC 8693 section 4.1; HelseID: profile for token exchange).

use serde_json::{Value, json};

use super::{AccessTokenClaims, name};
use crate::details::attestation::ATTESTATION_TYPE;
use crate::id::{ClientId, Issuer};
use crate::jose::json::Object;

/// The claim that names the client that exchanged a token, and inside it those that did so before.
pub const ACT: &str = "act";

/// A client that exchanged a token to call on.
///
/// ```
/// use helseid_protocol::claims::AccessTokenClaims;
///
/// /// For a log: through whom a call came, the last one first.
/// fn through(claims: &AccessTokenClaims) -> Vec<&str> {
///     claims.actors().filter_map(|actor| actor.client_id()).collect()
/// }
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Actor<'a> {
    members: &'a Object,
}

impl<'a> Actor<'a> {
    /// The authority that knows it.
    #[must_use]
    pub fn issuer(self) -> Option<&'a str> {
        self.text("iss")
    }

    /// The client.
    #[must_use]
    pub fn client_id(self) -> Option<&'a str> {
        self.text("client_id")
    }

    /// The number of the organisation that it acts for.
    #[must_use]
    pub fn orgnr_parent(self) -> Option<&'a str> {
        self.text(name::ORGNR_PARENT)
    }

    /// The number of the unit below it.
    #[must_use]
    pub fn orgnr_child(self) -> Option<&'a str> {
        self.text(name::ORGNR_CHILD)
    }

    /// The number of the supplier that acts for the organisation.
    #[must_use]
    pub fn orgnr_supplier(self) -> Option<&'a str> {
        self.text(name::ORGNR_SUPPLIER)
    }

    fn text(self, name: &str) -> Option<&'a str> {
        self.members.get(name).and_then(Value::as_str)
    }
}

/// Shows who acts, and nothing else that a token may hold there.
impl std::fmt::Debug for Actor<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("Actor");
        shown.field("issuer", &self.issuer()).field("client_id", &self.client_id()).finish_non_exhaustive()
    }
}

impl AccessTokenClaims {
    /// Who acts now: the client that exchanged the token last. The only one that access may be decided by; none in a token that was
    /// not exchanged.
    #[must_use]
    pub fn actor(&self) -> Option<Actor<'_>> {
        self.actors().next()
    }

    /// All that have acted, the newest first. Those after the first are for logs alone (RFC 8693 section 4.1).
    pub fn actors(&self) -> impl Iterator<Item = Actor<'_>> {
        std::iter::successors(inside(self.all()), |members| inside(members)).map(|members| Actor { members })
    }
}

fn inside(members: &Object) -> Option<&Object> {
    members.get(ACT).and_then(Value::as_object)
}

/// A client that exchanges a token, as `act` will name it.
///
/// ```
/// use helseid_protocol::claims::{AccessTokenClaims, NewActor, exchanged, name};
/// use helseid_protocol::{id::{ClientId, Issuer}, jose::json};
///
/// // In a program: the claims of a token that was verified.
/// let claims = br#"{"iss": "https://helseid.example", "aud": "nhn:journal", "exp": 1790000600}"#;
/// let subject = AccessTokenClaims::read(json::read_object(claims)?)?;
/// let issuer = Issuer::parse("https://helseid.example")?;
/// let client = ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?;
/// let actor = NewActor::new(&issuer, &client).with(name::ORGNR_PARENT, "994598759");
/// // The token that the client gets names it in `act`.
/// let act = exchanged(&subject, actor, |_| false).find(|(name, _)| name == "act");
/// assert!(act.is_some_and(|(_, act)| act["client_id"] == client.as_str()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NewActor(Object);

impl NewActor {
    /// This client of this authority.
    #[must_use]
    pub fn new(issuer: &Issuer, client_id: &ClientId) -> Self {
        let mut members = Object::new();
        members.insert("iss".into(), issuer.as_str().into());
        members.insert("client_id".into(), client_id.as_str().into());
        Self(members)
    }

    /// One more claim about the client, such as its organisation's number.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// `act`: this client, around those that have acted before.
    fn around(self, subject: &AccessTokenClaims) -> Value {
        let mut members = self.0;
        if let Some(before) = subject.all().get(ACT) {
            members.insert(ACT.to_owned(), before.clone());
        }
        Value::Object(members)
    }
}

/// What is copied whatever the new token's APIs want: who the person is to them all, and the login.
const ALWAYS_COPIED: [&str; 5] = ["sub", "sid", "auth_time", "idp", "amr"];

/// What is copied beside HelseID's own claims where the new token's APIs want it.
const ALSO_COPIED: [&str; 6] =
    ["name", "given_name", "middle_name", "family_name", name::SFM_JOURNAL_ID, ATTESTATION_TYPE];

/// What an exchanged token says that the `subject` token said, and who exchanged it. It says no more of a person than that token
/// did, and of that what its own APIs want.
pub fn exchanged(
    subject: &AccessTokenClaims,
    actor: NewActor,
    wanted: impl Fn(&str) -> bool,
) -> impl Iterator<Item = (String, Value)> {
    let is_copied = move |name: &str| {
        let is_of_helseid =
            name.starts_with("helseid://") && ![name::ORIGINAL_CLIENT_ID, name::CLIENT_AMR].contains(&name);
        ALWAYS_COPIED.contains(&name)
            || (wanted(name) && (is_of_helseid || ALSO_COPIED.contains(&name)))
            // An attestation is as old as it was.
            || (name == name::ATTESTED_AT && wanted(ATTESTATION_TYPE))
    };
    let copied = subject.all().iter().filter(move |(name, _)| is_copied(name));
    let first = subject.original_client_id().or_else(|| subject.client_id().map(ClientId::as_str));
    let first = first.map(|first| (name::ORIGINAL_CLIENT_ID.to_owned(), json!(first)));
    let act = (ACT.to_owned(), actor.around(subject));
    copied.map(|(name, value)| (name.clone(), value.clone())).chain(first).chain([act])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(value: Value) -> AccessTokenClaims {
        let Value::Object(claims) = value else { unreachable!("an object") };
        AccessTokenClaims::read(claims).expect("claims")
    }

    fn subject() -> Value {
        json!({
            "iss": "https://sts.example", "aud": "nhn:a", "exp": 1_790_000_600, "nbf": 1_790_000_000, "jti": "1",
            "scope": ["openid", "nhn:a/read"], "client_id": "web", "client_amr": "private_key_jwt",
            "cnf": { "jkt": "aoezvIe32RdFpTP4FIxwBYb6VGX0dp3ecvoVjFkdXQk" }, "sub": "the-person", "sid": "S",
            "auth_time": 1_790_000_000, "idp": "testidp-oidc", "amr": ["pwd"], "name": "LIVSTRETT BEVER",
            (name::PID): "15849197352", (name::ORGNR_PARENT): "999977774", (name::CLIENT_NAME): "a web app",
            (name::SFM_JOURNAL_ID): "J", "nhn:a/client/claims/own": "x", "unknown": "y",
        })
    }

    fn exchange(subject: &AccessTokenClaims, actor: &str, wanted: fn(&str) -> bool) -> Object {
        let issuer = Issuer::parse("https://sts.example").expect("an issuer");
        let actor = NewActor::new(&issuer, &ClientId::parse(actor).expect("an id"))
            .with(name::ORGNR_PARENT, "994598759");
        exchanged(subject, actor, wanted).collect()
    }

    #[test]
    fn an_exchanged_token_says_what_its_subject_said_of_person_and_organisation_and_who_acts() {
        let act =
            json!({ "iss": "https://sts.example", "client_id": "api", (name::ORGNR_PARENT): "994598759" });
        let login = json!({ "sub": "the-person", "sid": "S", "auth_time": 1_790_000_000, "idp": "testidp-oidc",
            "amr": ["pwd"], (name::ORIGINAL_CLIENT_ID): "web", "act": act });
        let with = |more: Value| {
            let (mut all, Value::Object(more)) = (login.clone(), more) else { unreachable!("an object") };
            all.as_object_mut().expect("an object").extend(more);
            all
        };
        let all = exchange(&claims(subject()), "api", |_| true);
        let said = json!({ "name": "LIVSTRETT BEVER", (name::PID): "15849197352", (name::ORGNR_PARENT): "999977774",
            (name::CLIENT_NAME): "a web app", (name::SFM_JOURNAL_ID): "J" });
        assert_eq!(Value::Object(all), with(said));
        let pid = exchange(&claims(subject()), "api", |name| name == name::PID);
        assert_eq!(Value::Object(pid), with(json!({ (name::PID): "15849197352" })));
        assert_eq!(Value::Object(exchange(&claims(subject()), "api", |_| false)), login);
    }

    #[test]
    fn of_several_actors_the_newest_is_outermost_and_the_first_client_stays_the_original() {
        let mut chain = subject();
        for actor in ["one", "two", "three"] {
            let exchanged = exchange(&claims(chain.clone()), actor, |_| true);
            let members = chain.as_object_mut().expect("an object");
            members.extend(exchanged);
            members.insert("client_id".into(), actor.into());
        }
        let chain = claims(chain);
        let ids: Vec<_> = chain.actors().filter_map(Actor::client_id).collect();
        assert_eq!((ids, chain.original_client_id()), (vec!["three", "two", "one"], Some("web")));
        let newest = chain.actor().expect("an actor");
        assert_eq!(
            (newest.issuer(), newest.orgnr_parent()),
            (Some("https://sts.example"), Some("994598759"))
        );
        assert_eq!((newest.orgnr_child(), newest.orgnr_supplier()), (None, None));
        assert_eq!(
            format!("{newest:?}"),
            r#"Actor { issuer: Some("https://sts.example"), client_id: Some("three"), .. }"#
        );
    }

    #[test]
    fn a_token_that_was_not_exchanged_has_no_actor() {
        for act in [None, Some(json!("api")), Some(json!(["api"])), Some(Value::Null)] {
            let mut token = subject();
            act.into_iter().for_each(|act| token["act"] = act);
            assert_eq!(claims(token).actors().count(), 0);
        }
    }
}
