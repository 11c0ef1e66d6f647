//! What tokens and userinfo say of a person who is logged in.

use serde_json::{Value, json};

use super::{Login, Person};
use crate::claims::{SecurityLevel, name};
use crate::jose::json::Object;
use crate::scope::{Scope, ScopeSet};
use crate::time::Timestamp;

/// A person and the login that a token is issued for.
///
/// ```
/// use helseid_protocol::claims::SecurityLevel;
/// use helseid_protocol::person::{LoggedIn, Login, Network, Person, PersonNumber, SyntheticMonth};
/// use helseid_protocol::{scope::ScopeSet, time::Timestamp};
///
/// let person = Person::made_up(PersonNumber::parse("15849197352", SyntheticMonth::Plus80)?);
/// let (session, authenticated) = ("5F2C0D1B", Timestamp::from_seconds(1_790_000_000));
/// let (level, identity_provider, network) = (SecurityLevel::High, "testidp-oidc", Network::Internet);
/// let login = Login { session, authenticated, level, identity_provider, methods: &["pwd"], network };
/// // The client asked for the name, and for no number.
/// let claims = LoggedIn { person: &person, login }.id_token_claims(&ScopeSet::parse("openid profile")?);
/// assert_eq!(claims["name"], "SYNTETISK PERSON");
/// assert_eq!(claims["acr"], "Level4");
/// assert!(!claims.contains_key("helseid://claims/identity/pid"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LoggedIn<'a> {
    /// Who.
    pub person: &'a Person,
    /// How and when.
    pub login: Login<'a>,
}

/// The scope that stands for every identity claim.
const ALL: &str = "helseid://scopes/identity/all";

/// The scopes of the register of health personnel, the newer one first.
const HPR: [&str; 2] = ["helseid://scopes/hpr/hpr_number", "helseid://scopes/hpr"];

impl LoggedIn<'_> {
    /// What an access token says of the person beyond `sub`: the login, and of the identity what its APIs want. Which those
    /// are is up to the APIs, whatever the client's identity scopes are (HelseID: claims).
    pub fn access_token_claims(
        &self,
        wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&'static str, Value)> {
        let identity = self.identity_claims().into_iter().filter(move |(name, _)| wanted(name));
        self.login_claims().into_iter().chain(identity)
    }

    /// What an ID token says of the person: who, the login, and of the identity what the scopes ask for (OpenID Connect Core
    /// 1.0 sections 2 and 5.4; HelseID: scopes).
    #[must_use]
    pub fn id_token_claims(&self, scopes: &ScopeSet) -> Object {
        let mut claims = Object::new();
        claims.insert("sub".into(), self.person.subject().as_str().into());
        claims.extend(self.login_claims().map(|(name, value)| (name.to_owned(), value)));
        claims.insert("acr".into(), self.login.level.acr().into());
        claims.extend(self.asked_for(scopes));
        claims
    }

    /// What userinfo answers: the identity claims of the scopes, and the registration as health personnel, for which `openid`
    /// is enough (HelseID: userinfo endpoint). A person without one has no `hpr_details`.
    #[must_use]
    pub fn userinfo_claims(&self, scopes: &ScopeSet, now: Timestamp) -> Object {
        let mut claims = Object::new();
        claims.insert("sub".into(), self.person.subject().as_str().into());
        claims.extend(self.asked_for(scopes));
        if let Some(registered) = &self.person.health_personnel {
            claims.insert(name::HPR_DETAILS.into(), json!(registered));
        }
        claims.insert("userinfo_issued_at".into(), now.seconds().into());
        claims
    }

    fn login_claims(&self) -> [(&'static str, Value); 4] {
        [
            ("sid", self.login.session.into()),
            ("auth_time", self.login.authenticated.seconds().into()),
            ("idp", self.login.identity_provider.into()),
            ("amr", self.login.methods.into()),
        ]
    }

    fn asked_for(&self, scopes: &ScopeSet) -> impl Iterator<Item = (String, Value)> {
        let asked = |name: &str| scopes.iter().any(|scope| asks_for(scope, name));
        self.identity_claims()
            .into_iter()
            .filter(move |(name, _)| asked(name))
            .map(|(name, value)| (name.to_owned(), value))
    }

    fn identity_claims(&self) -> Vec<(&'static str, Value)> {
        let Person { number, name, health_personnel } = self.person;
        let mut claims: Vec<(&'static str, Value)> = vec![
            ("name", name.full().into()),
            ("given_name", name.given().into()),
            ("family_name", name.family().into()),
            (name::PID, number.expose().into()),
            (name::PID_PSEUDONYM, self.person.subject().as_str().into()),
            (name::SECURITY_LEVEL, self.login.level.name().into()),
            (name::ASSURANCE_LEVEL, assurance(self.login.level).into()),
            (name::NETWORK, self.login.network.name().into()),
        ];
        if let Some(middle) = name.middle() {
            claims.push(("middle_name", middle.into()));
        }
        if let Some(registered) = health_personnel {
            claims.push((name::HPR_NUMBER, registered.hpr_number.expose().to_string().into()));
        }
        claims
    }
}

/// HelseID: scopes.
fn asks_for(scope: &Scope, claim: &str) -> bool {
    let scope = scope.as_str();
    if claim == name::HPR_NUMBER {
        return HPR.contains(&scope);
    }
    match claim.strip_prefix("helseid://claims/identity/") {
        Some(name) => scope == ALL || scope.strip_prefix("helseid://scopes/identity/") == Some(name),
        None => scope == "profile",
    }
}

const fn assurance(level: SecurityLevel) -> &'static str {
    match level {
        SecurityLevel::Low => "low",
        SecurityLevel::Substantial => "substantial",
        SecurityLevel::High => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounded::Bounded;
    use crate::person::{HealthPersonnel, HprNumber, Network, PersonName, PersonNumber, SyntheticMonth};

    fn person() -> Person {
        let number = PersonNumber::parse("15849197352", SyntheticMonth::Plus80).expect("a number");
        let name = PersonName::new("LIVSTRETT", Some("AV"), "BEVER").expect("a name");
        let hpr_number = HprNumber::parse("565550846").expect("a number");
        let health_personnel = Some(HealthPersonnel { hpr_number, approvals: Bounded::default() });
        Person { number, name, health_personnel }
    }

    const LOGIN: Login<'static> = Login {
        session: "CC2462C2",
        authenticated: Timestamp::from_seconds(1_790_000_000),
        level: SecurityLevel::High,
        identity_provider: "testidp-oidc",
        methods: &["pwd"],
        network: Network::Internet,
    };

    fn id_token(person: &Person, scope: &str) -> Vec<String> {
        let logged_in = LoggedIn { person, login: LOGIN };
        logged_in
            .id_token_claims(&ScopeSet::parse(scope).expect("scopes"))
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn an_id_token_has_the_login_and_of_the_identity_what_the_scopes_ask_for() {
        const ALWAYS: [&str; 6] = ["acr", "amr", "auth_time", "idp", "sid", "sub"];
        for (scope, expected) in [
            ("openid", vec![]),
            ("openid nhn:api/read offline_access", vec![]),
            ("openid profile", vec!["family_name", "given_name", "middle_name", "name"]),
            ("openid helseid://scopes/identity/pid", vec![name::PID]),
            ("openid helseid://scopes/identity/security_level", vec![name::SECURITY_LEVEL]),
            ("openid helseid://scopes/hpr/hpr_number", vec![name::HPR_NUMBER]),
            ("openid helseid://scopes/hpr", vec![name::HPR_NUMBER]),
            (
                "openid helseid://scopes/identity/all",
                vec![
                    name::ASSURANCE_LEVEL,
                    name::NETWORK,
                    name::PID,
                    name::PID_PSEUDONYM,
                    name::SECURITY_LEVEL,
                ],
            ),
        ] {
            let mut names = id_token(&person(), scope);
            names.sort_unstable();
            let mut expected: Vec<_> = ALWAYS.into_iter().chain(expected).collect();
            expected.sort_unstable();
            assert_eq!(names, expected, "{scope}");
        }
    }

    #[test]
    fn an_access_token_has_the_login_and_of_the_identity_what_its_apis_want() {
        let person = person();
        let logged_in = LoggedIn { person: &person, login: LOGIN };
        let of = |wanted: fn(&str) -> bool| logged_in.access_token_claims(wanted).collect::<Vec<_>>();
        let names =
            |claims: Vec<(&'static str, Value)>| claims.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(of(|_| false)), ["sid", "auth_time", "idp", "amr"]);
        assert_eq!(names(of(|name| name == name::PID)), ["sid", "auth_time", "idp", "amr", name::PID]);
        let all: Object = of(|_| true).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let expected = json!({
            "sid": "CC2462C2", "auth_time": 1_790_000_000, "idp": "testidp-oidc", "amr": ["pwd"],
            "name": "LIVSTRETT AV BEVER", "given_name": "LIVSTRETT", "middle_name": "AV", "family_name": "BEVER",
            (name::PID): "15849197352", (name::PID_PSEUDONYM): person.subject().as_str(),
            (name::SECURITY_LEVEL): "4", (name::ASSURANCE_LEVEL): "high", (name::NETWORK): "internett",
            (name::HPR_NUMBER): "565550846",
        });
        assert_eq!(Value::Object(all), expected);
    }

    #[test]
    fn userinfo_has_the_details_of_health_personnel_whatever_the_scopes() {
        let person = person();
        let now = Timestamp::from_seconds(1_790_000_100);
        let openid = ScopeSet::parse("openid").expect("a scope");
        let of = |person: &Person| LoggedIn { person, login: LOGIN }.userinfo_claims(&openid, now);
        let expected = json!({
            "sub": person.subject().as_str(), "userinfo_issued_at": 1_790_000_100,
            (name::HPR_DETAILS): { "hpr_number": 565_550_846, "approvals": [] },
        });
        assert_eq!(Value::Object(of(&person)), expected);
        let without = Person { health_personnel: None, ..person };
        assert!(!of(&without).contains_key(name::HPR_DETAILS));
        assert!(!id_token(&without, "helseid://scopes/hpr").contains(&name::HPR_NUMBER.to_owned()));
    }
}
