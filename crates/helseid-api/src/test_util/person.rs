//! Persons who log in, and tokens of theirs with exactly one thing wrong.

use std::time::Duration;

use helseid_protocol::claims::{Pid, SecurityLevel, name};
use helseid_protocol::details::attestation::{ATTESTATION_TYPE, Attestation, Coded, Identified, Purpose};
use helseid_protocol::forge::Jwt;
use helseid_protocol::person::{HprNumber, Subject};
use helseid_protocol::resource::AttestationAge;
use helseid_protocol::rule::Rule;
use serde_json::{Value, json};

use super::{TestClient, TestRequest};

/// A person whose token a [`TestClient`] sends: [`TestClient::person`].
///
/// ```
/// # use helseid_api::test_util::{BrokenPerson, TestIssuer, TestPerson}; use http::Method;
/// # let issuer = TestIssuer::new("https://sts.example");
/// let doctor = TestPerson::new("15849197352").hpr_number("565550846").attested();
/// let client = issuer.client("nhn:my-api").scope("nhn:my-api/read").person(&doctor);
///
/// let valid = client.request(&Method::GET, "https://api.example/prescriptions");
/// let hours_ago = valid.clone().broken_person(BrokenPerson::AttestationTooOld);
/// ```
#[derive(Debug, Clone)]
pub struct TestPerson {
    pid: Pid,
    level: SecurityLevel,
    hpr_number: Option<HprNumber>,
    attested: bool,
}

/// What is wrong with a person's token. Each of [`BrokenPerson::ALL`] is refused where its rule is demanded, and by nothing else:
/// the token and its proof are good.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
/// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
/// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
/// use helseid_api::{RequestFacts, SecurityLevel, test_util::{BrokenPerson, TestPerson}};
/// use http::Method;
///
/// let demands = protection.layer().security_level(SecurityLevel::High).into_verifier();
/// let client = issuer.client("nhn:my-api").person(&TestPerson::new("15849197352"));
/// let request = client.request(&Method::GET, "https://api.example/me").broken_person(BrokenPerson::LevelTooLow);
/// let refused = demands.verify(RequestFacts::new(&Method::GET, "/me", &request.headers())).await;
/// let rule = refused.err().and_then(|refused| refused.rejection().rule());
/// assert_eq!(rule, Some(BrokenPerson::LevelTooLow.rule()));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BrokenPerson {
    /// It is a machine's: there is no person.
    NoPerson,
    /// `sub` is the client itself, as machines' tokens of other authorities have it.
    SubjectIsClient,
    /// The person is logged in at level 3.
    LevelTooLow,
    /// It does not tell the level.
    NoLevel,
    /// It has no HPR number.
    NoHprNumber,
    /// Its HPR number is none.
    HprNumberMalformed,
    /// It has no attestation.
    NoAttestation,
    /// Its attestation lacks the purpose.
    AttestationMalformed,
    /// Its attestation is two hours old by the authority's time.
    AttestationTooOld,
    /// Its attestation has no time, and the login was two hours ago.
    LoginTooOld,
    /// Its attestation has no time, and neither has the login.
    NoTime,
    /// Its attestation was given after the token was issued.
    AttestationAhead,
    /// The time of its attestation is no number.
    TimeMalformed,
    /// It is of another person, by number and by `sub`.
    AnotherPerson,
    /// It has no number, and another `sub`.
    NoPid,
}

impl TestPerson {
    /// A person with this number, logged in now at level 4.
    ///
    /// # Panics
    /// If it is not eleven digits.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test that names no person has a mistake to tell")]
    pub fn new(pid: &str) -> Self {
        let pid = Pid::parse(pid).expect("eleven digits");
        Self { pid, level: SecurityLevel::High, hpr_number: None, attested: false }
    }

    /// Logged in at this level.
    #[must_use]
    pub const fn level(mut self, level: SecurityLevel) -> Self {
        self.level = level;
        self
    }

    /// With this number in HPR.
    ///
    /// # Panics
    /// If it is no such number.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test that names no number has a mistake to tell")]
    pub fn hpr_number(mut self, number: &str) -> Self {
        self.hpr_number = Some(HprNumber::parse(number).expect("an HPR number"));
        self
    }

    /// With an attestation of the trust framework, given now.
    #[must_use]
    pub const fn attested(mut self) -> Self {
        self.attested = true;
        self
    }

    /// The number, for [`ExpectedPerson`](crate::ExpectedPerson).
    #[must_use]
    pub const fn pid(&self) -> &Pid {
        &self.pid
    }

    /// Who it is in tokens.
    #[must_use]
    #[expect(clippy::expect_used, reason = "letters and digits are a subject")]
    pub fn subject(&self) -> Subject {
        Subject::parse(&format!("subject-of-{}", self.pid.expose())).expect("a subject")
    }

    /// The token's claims of the person; `now` is its `iat`.
    pub(super) fn claims(&self, token: Jwt) -> Jwt {
        let now = issued(&token);
        let token = token
            .claim("sub", self.subject().as_str())
            .claim("sid", "CC2462C2")
            .claim("auth_time", now)
            .claim("idp", "testidp-oidc")
            .claim("amr", json!(["pwd"]))
            .claim(name::PID, self.pid.expose())
            .claim(name::SECURITY_LEVEL, self.level.name());
        let token = match self.hpr_number {
            Some(number) => token.claim(name::HPR_NUMBER, number.expose().to_string()),
            None => token,
        };
        if self.attested {
            token.claim(ATTESTATION_TYPE, attestation()).claim(name::ATTESTED_AT, now)
        } else {
            token
        }
    }
}

impl TestClient {
    /// With tokens of this person.
    #[must_use]
    pub fn person(mut self, person: &TestPerson) -> Self {
        self.person = Some(person.clone());
        self
    }
}

impl TestRequest {
    /// With exactly this wrong with the token's person.
    #[must_use]
    pub fn broken_person(self, broken: BrokenPerson) -> Self {
        self.token(|token| broken.applied(token))
    }
}

impl BrokenPerson {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::NoPerson,
        Self::SubjectIsClient,
        Self::LevelTooLow,
        Self::NoLevel,
        Self::NoHprNumber,
        Self::HprNumberMalformed,
        Self::NoAttestation,
        Self::AttestationMalformed,
        Self::AttestationTooOld,
        Self::LoginTooOld,
        Self::NoTime,
        Self::AttestationAhead,
        Self::TimeMalformed,
        Self::AnotherPerson,
        Self::NoPid,
    ];

    /// The rule that is broken, where it is demanded.
    #[must_use]
    pub const fn rule(self) -> Rule {
        match self {
            Self::NoPerson | Self::SubjectIsClient => Rule::ApiPerson,
            Self::LevelTooLow | Self::NoLevel => Rule::ApiSecurityLevel,
            Self::NoHprNumber | Self::HprNumberMalformed => Rule::ApiHprNumber,
            Self::NoAttestation | Self::AttestationMalformed => Rule::ApiAttestation,
            Self::AttestationTooOld
            | Self::LoginTooOld
            | Self::NoTime
            | Self::AttestationAhead
            | Self::TimeMalformed => Rule::ApiAttestationAge,
            Self::AnotherPerson | Self::NoPid => Rule::ApiSamePerson,
        }
    }

    fn applied(self, token: Jwt) -> Jwt {
        let now = issued(&token);
        let hours_ago = now - 2 * seconds(AttestationAge::LONGEST);
        match self {
            Self::NoPerson => token.without_claim("sub"),
            Self::SubjectIsClient => {
                let client = token.claim_of("client_id").cloned().unwrap_or_default();
                token.claim("sub", client)
            }
            Self::LevelTooLow => token.claim(name::SECURITY_LEVEL, "3"),
            Self::NoLevel => token.without_claim(name::SECURITY_LEVEL),
            Self::NoHprNumber => token.without_claim(name::HPR_NUMBER),
            Self::HprNumberMalformed => token.claim(name::HPR_NUMBER, "0"),
            Self::NoAttestation => token.without_claim(ATTESTATION_TYPE),
            Self::AttestationMalformed => {
                token.claim(ATTESTATION_TYPE, json!({ "practitioner": {}, "care_relationship": {} }))
            }
            Self::AttestationTooOld => token.claim(name::ATTESTED_AT, hours_ago),
            Self::LoginTooOld => token.without_claim(name::ATTESTED_AT).claim("auth_time", hours_ago),
            Self::NoTime => token.without_claim(name::ATTESTED_AT).without_claim("auth_time"),
            Self::AttestationAhead => token.claim(name::ATTESTED_AT, now + 3600),
            Self::TimeMalformed => token.claim(name::ATTESTED_AT, "now"),
            Self::AnotherPerson => token.claim("sub", "another").claim(name::PID, "06828399789"),
            Self::NoPid => token.without_claim(name::PID).claim("sub", "another"),
        }
    }
}

fn attestation() -> Value {
    let place = || Identified::new("994598759", "urn:oid:2.16.578.1.12.4.1.4.101");
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    let attestation =
        Attestation::new(place(), place(), service, Purpose::Treatment).with_authorization("LE");
    attestation.to_structure()
}

fn issued(token: &Jwt) -> i64 {
    token.claim_of("iat").and_then(Value::as_i64).unwrap_or(0)
}

fn seconds(duration: Duration) -> i64 {
    duration.as_secs().try_into().unwrap_or(i64::MAX)
}
