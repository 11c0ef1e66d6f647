//! Logins at the real authority, over HTTP.

use std::net::Ipv4Addr;
use std::ops::Deref;

use helseid_admin_api::ClientRegistration;
use helseid_authority::{Authority, Running, TestAuthority};
use helseid_client::protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_client::{Client, Config, KeyLocation};
use helseid_http::Outbound;
use helseid_login::flow::{
    Found, LoggedIn, LoginClient, LoginError, LoginErrorKind, LoginRequest, RefreshAsk, Returned,
};
use helseid_login::test_util::TestClock;
use helseid_protocol::authorize::TestPerson;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::attestation::{ATTESTATION_TYPE, Attestation, Coded, Identified, Purpose};
use helseid_protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::Audience;
use helseid_protocol::person::{PersonNumber, Subject, SyntheticMonth};
use helseid_protocol::rule::{Profile, Rule};
use helseid_protocol::scope::ScopeSet;
use serde_json::{Value, json};
use url::Url;

use super::world::CALLBACK;

/// A doctor whom every authority knows.
const DOCTOR: &str = "06828399789";

const APIS: [&str; 2] = ["norsk-helsenett:python-sample-api", "nhn:test-public-sample-api-1"];

const SCOPES: &str = "openid profile offline_access helseid://scopes/identity/security_level \
    norsk-helsenett:python-sample-api/read nhn:test-public-sample-api-1/some-scope";

pub(super) struct Real<A = TestAuthority> {
    authority: A,
    login: LoginClient,
    browser: Outbound,
}

impl Real {
    async fn start(profile: Profile) -> Self {
        Self::at(TestAuthority::start_with(profile).await.unwrap(), |_| ()).await
    }

    /// With changes to the client.
    pub(super) async fn at(authority: TestAuthority, change: impl FnOnce(&mut ClientRegistration)) -> Self {
        let clock = authority.clock().clone();
        Self::by(clock, authority, change).await
    }
}

impl<A: Deref<Target = Running>> Real<A> {
    /// At any authority, which goes by this clock.
    async fn by(clock: TestClock, authority: A, change: impl FnOnce(&mut ClientRegistration)) -> Self {
        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let mut client = ClientRegistration::new(
            "a login".to_owned(),
            ScopeSet::parse(SCOPES.trim_start_matches("openid ").replace("offline_access ", "").as_str())
                .unwrap(),
            vec![Value::Object(key.public().members().clone())],
        );
        client.grant_types = [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect();
        client.login = serde_json::from_value(json!({ "redirect_uris": [CALLBACK] })).unwrap();
        change(&mut client);
        let registered = authority.register(client).await.unwrap();
        let key = KeyLocation::Text(key.to_json());
        let config = Config::new(authority.issuer().clone(), registered.client_id, key);
        let client = Client::builder(config).clock(clock).build().unwrap();
        let login = LoginClient::new(client, CALLBACK).unwrap();
        Self { authority, login, browser: Outbound::builder().build().unwrap() }
    }

    /// The query with which a browser comes back.
    async fn visit(&self, authorize: &Url) -> String {
        let answer = self.browser.get(authorize.as_str()).await.unwrap();
        assert_eq!(answer.status(), 303, "{}", String::from_utf8_lossy(answer.body()));
        let location = answer.headers()["location"].to_str().unwrap();
        location.strip_prefix(&format!("{CALLBACK}?")).unwrap().to_owned()
    }

    pub(super) async fn log_in(&self, request: &LoginRequest) -> Result<LoggedIn, LoginError> {
        let pushed = self.login.begin(request).await?;
        let query = self.visit(&pushed.authorize).await;
        let returned = Returned::read(query.as_bytes())?;
        returned.recognise(Found::Pending(pushed.pending), &self.login)?.complete(&self.login).await
    }
}

fn doctor() -> PersonNumber {
    PersonNumber::parse(DOCTOR, SyntheticMonth::Plus80).unwrap()
}

pub(super) fn request() -> LoginRequest {
    let request = LoginRequest::default()
        .scope(ScopeSet::parse(SCOPES).unwrap())
        .level(SecurityLevel::High)
        .identity_provider("testidp-oidc")
        .expect_person(Subject::of(&doctor()))
        .test_person(TestPerson { number: doctor(), level: None, hpr_number: None });
    APIS.iter().fold(request, |request, api| request.resource(Audience::parse(api).unwrap()))
}

fn ask<'a>(person: &'a LoggedIn, resource: Option<&'a Audience>, scope: &'a ScopeSet) -> RefreshAsk<'a> {
    let refresh_token = &person.refresh.as_ref().unwrap().token;
    RefreshAsk { refresh_token, key: &person.key, resource, scope, details: Details::new() }
}

pub(super) fn claims(token: &str) -> Value {
    let jws = helseid_protocol::jose::jws::Unverified::parse(token, 20_000).unwrap();
    Value::Object(jws.unverified_claims().clone())
}

#[tokio::test]
async fn a_person_logs_in_and_stays_so_at_every_profile() {
    for profile in Profile::ALL {
        let real = Real::start(profile).await;
        let person = real.log_in(&request()).await.unwrap_or_else(|error| panic!("{profile:?}: {error}"));
        assert_eq!(*person.claims.subject(), Subject::of(&doctor()));
        assert_eq!(person.claims.security_level(), Some(SecurityLevel::High));
        assert!(person.userinfo.as_ref().unwrap().health_personnel().is_some());
        let [one, other] = APIS.map(|name| Audience::parse(name).unwrap());
        let token = claims(person.access.token.expose());
        assert_eq!(token["aud"], json!(one.as_str()), "{profile:?}");
        assert_eq!(token["cnf"]["jkt"], json!(person.key.thumbprint().as_str()));

        let all = ScopeSet::none();
        let answer = real.login.refresh(ask(&person, Some(&other), &all)).await.unwrap();
        let refreshed = answer.verify(&real.login, &person.claims).await.unwrap();
        let token = claims(refreshed.access.token.expose());
        assert_eq!(token["aud"], json!(other.as_str()), "{profile:?}");
        assert!(refreshed.identity.is_some(), "{profile:?}");

        let newest = refreshed.refresh.or(person.refresh.clone()).unwrap();
        real.login.revoke(&newest.token).await.unwrap();
        let mut person = person;
        person.refresh = Some(newest);
        let error = real.login.refresh(ask(&person, None, &all)).await.unwrap_err();
        assert_eq!(error.kind(), LoginErrorKind::GrantEnded, "{profile:?}: {error}");
    }
}

#[tokio::test]
async fn an_id_token_by_rs256_is_refused_where_the_app_takes_fapis_algorithms_alone() {
    let clock = TestClock::new();
    let config = helseid_authority::Config::in_memory().listen([(Ipv4Addr::LOCALHOST, 0).into()]);
    let config = config.algorithm(Algorithm::RS256).rsa_size(RsaSize::Bits2048).clock(clock.clone());
    let authority = Authority::start(config).await.unwrap();
    authority.ready().await;
    let mut real = Real::by(clock, Box::new(authority), |_| ()).await;
    real.log_in(&request()).await.unwrap();
    real.login = real.login.algorithms(Profile::Fapi2.switches().algorithms);
    let error = real.log_in(&request()).await.err().and_then(|error| error.rule());
    assert_eq!(error, Some(Rule::IdTokenAlg));
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_by_its_login_alone() {
    let real = Real::start(Profile::Helseid).await;
    let (one, other) =
        (real.login.begin(&request()).await.unwrap(), real.login.begin(&request()).await.unwrap());
    let query = real.visit(&one.authorize).await;
    let swapped = query.replace(&one.pending.state(), &other.pending.state());
    let finish = async |query: &str, pending| {
        let recognised = Returned::read(query.as_bytes())?.recognise(Found::Pending(pending), &real.login)?;
        recognised.complete(&real.login).await
    };
    assert_eq!(finish(&swapped, other.pending).await.unwrap_err().kind(), LoginErrorKind::GrantEnded);
    finish(&query, one.pending.clone()).await.unwrap();
    assert_eq!(finish(&query, one.pending).await.unwrap_err().kind(), LoginErrorKind::GrantEnded);
}

#[tokio::test]
async fn another_person_than_the_expected_one_is_refused() {
    let real = Real::start(Profile::Helseid).await;
    let other = PersonNumber::parse("15849197352", SyntheticMonth::Plus80).unwrap();
    let error = real.log_in(&request().expect_person(Subject::of(&other))).await.unwrap_err();
    assert_eq!(error.kind(), LoginErrorKind::OtherPerson);
}

#[tokio::test]
async fn what_the_authority_refuses_when_it_is_pushed_sends_nobody_there() {
    let real = Real::start(Profile::Helseid).await;
    let scope = ScopeSet::parse("openid nhn:no-such-api/read").unwrap();
    let error = real.login.begin(&request().scope(scope)).await.unwrap_err();
    assert_eq!(error.kind(), LoginErrorKind::Refused);
    assert_eq!(error.oauth().map(|error| &*error.code), Some("invalid_scope"));
    drop(real.authority);
}

/// An attestation by this authorization.
fn attestation(authorization: &str) -> Attestation {
    let place = Identified::organisation(&OrganisationNumber::parse("994598759").unwrap());
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    Attestation::new(place.clone(), place, service, Purpose::Treatment).with_authorization(authorization)
}

/// The request object is signed for each attempt, and a login has it at every profile.
#[tokio::test]
async fn an_attestation_of_the_login_is_in_each_of_its_tokens_at_every_profile() {
    for profile in Profile::ALL {
        let real = Real::start(profile).await;
        let request = request().attestation(attestation("LE")).max_age(std::time::Duration::from_secs(600));
        let person = real.log_in(&request).await.unwrap_or_else(|error| panic!("{profile:?}: {error}"));
        let first = claims(person.access.token.expose());
        assert_eq!(first[ATTESTATION_TYPE]["practitioner"]["authorization"]["code"], "LE", "{profile:?}");
        assert_eq!(first["aud"], APIS[0], "{profile:?}: the parameters of the object count");
        let all = ScopeSet::none();
        let refreshed = real.login.refresh(ask(&person, None, &all)).await.unwrap();
        let refreshed = refreshed.verify(&real.login, &person.claims).await.unwrap();
        let second = claims(refreshed.access.token.expose());
        assert_eq!(second[ATTESTATION_TYPE], first[ATTESTATION_TYPE], "{profile:?}");
        // Nothing is asked of a login without one.
        let bare = real.log_in(&self::request()).await.unwrap();
        assert_eq!(claims(bare.access.token.expose())[ATTESTATION_TYPE], Value::Null);
    }
}

#[tokio::test]
async fn an_attestation_that_the_person_cannot_give_ends_the_login_and_one_more_is_refused() {
    let real = Real::start(Profile::Helseid).await;
    let error = real.log_in(&request().attestation(attestation("SP"))).await.unwrap_err();
    assert_eq!(error.oauth().unwrap().code, "invalid_authorization_details", "{error}");
    // Of codes that are none, the request is refused before a browser is sent away.
    let place = Identified::organisation(&OrganisationNumber::parse("994598759").unwrap());
    let service = Coded::new("S03", "urn:oid:1.2.3");
    let odd = Attestation::new(place.clone(), place, service, Purpose::Treatment);
    let error = real.login.begin(&request().attestation(odd)).await.unwrap_err();
    assert_eq!(error.oauth().unwrap().code, "invalid_authorization_details", "{error}");

    let person = real.log_in(&request().attestation(attestation("LE"))).await.unwrap();
    let all = ScopeSet::none();
    let details = Details::new().with_attestation(attestation("LE"));
    let twice = RefreshAsk { details, ..ask(&person, None, &all) };
    let error = real.login.refresh(twice).await.unwrap_err();
    assert_eq!(error.oauth().unwrap().code, "access_denied", "{error}");
    assert!(error.to_string().contains("HID-DOUBLE-STRUCTURE"), "{error}");
}

/// What an object says counts, and what an assertion says of another thing does not stand in its way.
#[tokio::test]
async fn an_organisation_in_the_assertion_goes_with_an_attestation_in_the_object() {
    let real = Real::start(Profile::Helseid).await;
    let organisation = Organisation::Child(OrganisationNumber::parse("999977776").unwrap());
    let request = request().attestation(attestation("LE")).organisation(organisation);
    let error = real.log_in(&request).await.unwrap_err();
    // The client has no organisations: that it is asked about one shows that both were read.
    assert!(error.to_string().contains("details."), "{error}");
    assert_ne!(error.oauth().unwrap().code, "access_denied", "{error}");
}
