//! No JWT passes for one of another kind, also where the same key signs them all (RFC 8725 section 3.11).

use std::sync::LazyLock;
use std::time::Duration;

use helseid_protocol::assertion::AssertionRequest;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::dpop::{ProofRequest, Target};
use helseid_protocol::forge::{self, TokenFacts};
use helseid_protocol::id::{Audience, ClientId, Issuer, JwtId, KeyId, SessionId};
use helseid_protocol::id_token::{self, Hint, IdTokenRequest, Occasion, PresentedIdToken, Requested};
use helseid_protocol::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use helseid_protocol::logout::{self, LogoutRequest, PresentedLogoutToken};
use helseid_protocol::person::{LoggedIn, Login, Network, Person, PersonName, PersonNumber, SyntheticMonth};
use helseid_protocol::resource::{Credentials, Policy, Scheme};
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::{TOLERANCE, Timestamp};
use http::{HeaderMap, Method, header};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

struct World {
    key: SigningKey,
    verify: VerifyKey,
    issuer: Issuer,
    client: ClientId,
    api: Audience,
    jwt_id: JwtId,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let kid = KeyId::parse("issuer").unwrap();
    let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, Some(kid))).unwrap();
    World {
        verify: VerifyKey::new(key.public().clone()).unwrap(),
        key,
        issuer: Issuer::parse("https://sts.example").unwrap(),
        client: ClientId::parse("the-client").unwrap(),
        api: Audience::parse("nhn:api").unwrap(),
        jwt_id: JwtId::parse("1").unwrap(),
    }
});

/// One valid JWT of each kind, all by the issuer's key.
fn kinds() -> Vec<(&'static str, String)> {
    let World { key, issuer, client, api, jwt_id, .. } = &*WORLD;
    let scope = ScopeSet::parse("openid nhn:api/read").unwrap();
    let access = TokenFacts {
        issuer,
        audience: api,
        client_id: client,
        scope: &scope,
        bound_to: None,
        jwt_id,
        now: NOW,
    };
    let person = Person {
        number: PersonNumber::parse("15849197352", SyntheticMonth::Plus80).unwrap(),
        name: PersonName::new("LIVSTRETT", None, "BEVER").unwrap(),
        health_personnel: None,
    };
    let login = Login {
        session: "CC2462C2",
        authenticated: NOW,
        level: SecurityLevel::High,
        identity_provider: "testidp-oidc",
        methods: &["pwd"],
        network: Network::Internet,
    };
    let identity = IdTokenRequest {
        issuer,
        client_id: client,
        logged_in: LoggedIn { person: &person, login },
        scopes: &scope,
        nonce: None,
        access_token: None,
        algorithm: Algorithm::ES256,
        lifetime: Duration::from_secs(300),
        now: NOW,
    };
    let logout = LogoutRequest {
        issuer,
        client_id: client,
        subject: Some(&person.subject()),
        session_id: &SessionId::parse("CC2462C2").unwrap(),
        jwt_id,
        lifetime: Duration::from_secs(120),
        now: NOW,
    };
    let assertion = AssertionRequest { client_id: client, issuer, jwt_id, now: NOW, details: None };
    let target = Target::parse("https://sts.example/connect/token").unwrap();
    let proof = ProofRequest {
        method: &Method::POST,
        target: &target,
        nonce: None,
        access_token: None,
        jwt_id,
        now: NOW,
    };
    vec![
        ("access token", forge::access_token(key, access).claim("sub", "a").claim("sid", "b").sign(key)),
        ("ID token", forge::id_token(key, identity).sign(key)),
        ("logout token", forge::logout_token(key, logout).sign(key)),
        ("assertion", forge::assertion(key, assertion).sign(key)),
        ("proof", forge::proof(key, proof).claim("iss", issuer.as_str()).header("kid", "issuer").sign(key)),
    ]
}

fn verified_by(text: &str, at_its_issuer: bool) -> bool {
    let world = &*WORLD;
    let policy = Policy { scheme: Scheme::Bearer, ..Policy::new(world.issuer.clone(), world.api.clone()) };
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, format!("Bearer {text}").parse().unwrap());
    let trail = &mut Trail::new();
    let credentials = Credentials::read(&headers, policy.scheme, trail).unwrap().unwrap();
    let Ok(token) = credentials.token(&policy, trail) else { return false };
    match at_its_issuer {
        true => token.check_at_its_issuer(Some(&world.verify), &policy, NOW, trail).is_ok(),
        false => token.check(Some(&world.verify), &policy, NOW, trail).is_ok(),
    }
}

fn as_id_token(text: &str) -> bool {
    let world = &*WORLD;
    let expectations = id_token::Expectations {
        issuer: &world.issuer,
        client_id: &world.client,
        algorithms: AlgorithmSet::HELSEID,
        access_token: None,
        occasion: Occasion::Login(Requested::default()),
        tolerance: TOLERANCE,
        now: NOW,
    };
    let trail = &mut Trail::new();
    let presented = PresentedIdToken::read(text, &expectations, trail);
    presented.is_ok_and(|token| token.check(Some(&world.verify), &expectations, trail).is_ok())
}

fn as_logout_token(text: &str) -> bool {
    let world = &*WORLD;
    let expectations = logout::Expectations {
        issuer: &world.issuer,
        client_id: &world.client,
        algorithms: AlgorithmSet::HELSEID,
        tolerance: TOLERANCE,
        now: NOW,
    };
    let trail = &mut Trail::new();
    let presented = PresentedLogoutToken::read(text, &expectations, trail);
    presented.is_ok_and(|token| token.check(Some(&world.verify), &expectations, trail).is_ok())
}

#[test]
fn each_kind_of_jwt_passes_for_itself_alone() {
    let world = &*WORLD;
    let hint = |text: &str| {
        Hint::read(text, &world.issuer, AlgorithmSet::HELSEID, |_, _| Some(&world.verify)).is_ok()
    };
    for (kind, text) in kinds() {
        let is = |own: &str| kind == own;
        assert_eq!(verified_by(&text, false), is("access token"), "{kind} at an API");
        assert_eq!(verified_by(&text, true), is("access token"), "{kind} at userinfo or introspection");
        assert_eq!(as_id_token(&text), is("ID token"), "{kind} as an ID token");
        assert_eq!(hint(&text), is("ID token"), "{kind} as a hint");
        assert_eq!(as_logout_token(&text), is("logout token"), "{kind} as a logout token");
    }
}

#[test]
fn an_id_token_for_a_client_that_is_named_like_an_api_is_still_none_of_the_issuers_access_tokens() {
    let world = &*WORLD;
    let (_, text) = kinds().into_iter().find(|(kind, _)| *kind == "ID token").unwrap();
    let policy = Policy {
        scheme: Scheme::Bearer,
        ..Policy::new(world.issuer.clone(), Audience::parse(world.client.as_str()).unwrap())
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, format!("Bearer {text}").parse().unwrap());
    let trail = &mut Trail::new();
    let token =
        Credentials::read(&headers, policy.scheme, trail).unwrap().unwrap().token(&policy, trail).unwrap();
    let fault = token.check_at_its_issuer(Some(&world.verify), &policy, NOW, trail).unwrap_err();
    assert_eq!(fault.rule().id(), "token.typ");
}
