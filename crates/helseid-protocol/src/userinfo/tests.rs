//! Takes a valid request to userinfo, breaks one property, expects that one fault.

use std::sync::LazyLock;

use http::{HeaderMap, Method, StatusCode, header};
use serde_json::json;

use super::*;
use crate::dpop::{CachedKeys, ExpectedNonce, FirstUse, ProofRequest, Target};
use crate::forge::{self, Jwt, TokenFacts};
use crate::id::{Audience, ClientId, Issuer, JwtId, KeyId};
use crate::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use crate::person::Subject;
use crate::resource::Request;
use crate::rule::{BoundAsBearer, Fault, Rule, Switches, Trail};
use crate::scope::ScopeSet;
use crate::secret::AccessToken;
use crate::time::{TOLERANCE, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

struct World {
    key: SigningKey,
    verify: VerifyKey,
    client_key: SigningKey,
    issuer: Issuer,
    target: Target,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let new = |kid| {
        let kid = KeyId::parse(kid).unwrap();
        SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, Some(kid))).unwrap()
    };
    let key = new("issuer");
    World {
        verify: VerifyKey::new(key.public().clone()).unwrap(),
        key,
        client_key: new("client"),
        issuer: Issuer::parse("https://sts.example").unwrap(),
        target: Target::parse("https://sts.example/connect/userinfo").unwrap(),
    }
});

fn token() -> Jwt {
    let facts = TokenFacts {
        issuer: &WORLD.issuer,
        audience: &Audience::parse("nhn:api").unwrap(),
        client_id: &ClientId::parse("the-client").unwrap(),
        scope: &ScopeSet::parse("openid nhn:api/read").unwrap(),
        bound_to: Some(&WORLD.client_key.public().thumbprint()),
        jwt_id: &JwtId::parse("1").unwrap(),
        now: NOW,
    };
    forge::access_token(&WORLD.key, facts).claim("sub", "the-person").claim("sid", "CC2462C2")
}

struct Sent {
    method: Method,
    query: Option<&'static str>,
    form: &'static [u8],
    scheme: &'static str,
    proof: bool,
    bearer: BoundAsBearer,
    token: String,
}

fn valid() -> Sent {
    Sent {
        method: Method::GET,
        query: Some("a=b"),
        form: b"",
        scheme: "DPoP",
        proof: true,
        bearer: BoundAsBearer::Refused,
        token: token().sign(&WORLD.key),
    }
}

impl Sent {
    fn with(token: &Jwt) -> Self {
        Self { token: token.sign(&WORLD.key), ..valid() }
    }

    fn check(&self, trail: &mut Trail) -> Result<PersonsToken, Fault> {
        let world = &*WORLD;
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, format!("{} {}", self.scheme, self.token).parse().unwrap());
        if self.proof {
            let proof = ProofRequest {
                method: &self.method,
                target: &world.target,
                nonce: None,
                access_token: Some(&AccessToken::new(self.token.clone())),
                jwt_id: &JwtId::parse("1").unwrap(),
                now: NOW,
            };
            headers.insert(
                "dpop",
                forge::proof(&world.client_key, proof).sign(&world.client_key).parse().unwrap(),
            );
        }
        let policy = policy(&world.issuer, Switches::HELSEID, TOLERANCE);
        let request =
            UserInfoRequest { method: &self.method, query: self.query, headers: &headers, form: self.form };
        let credentials = credentials(request, &policy, trail)?.expect("credentials");
        let token = credentials.token(&policy, trail)?;
        let key = token.kid().is_some().then_some(&world.verify);
        let token = token.check_at_its_issuer(key, &policy, NOW, trail)?;
        let request = Request {
            method: &self.method,
            targets: std::slice::from_ref(&world.target),
            headers: &headers,
            nonce: ExpectedNonce::None,
            cached_keys: CachedKeys::NONE,
            now: NOW,
        };
        let bound = bind(token, request, &policy, self.bearer, trail)?;
        let token = PersonsToken::of(&bound.admit(FirstUse::Yes, trail)?, trail)?;
        token.require_live_login(true, trail)?;
        Ok(token)
    }

    #[track_caller]
    fn breaks(&self, rule: Rule) {
        assert_eq!(self.check(&mut Trail::new()).expect_err("a fault").rule(), rule);
    }
}

#[test]
fn a_persons_bound_token_with_its_proof_passes_every_rule() {
    for method in [Method::GET, Method::POST] {
        let mut trail = Trail::new();
        let token = Sent { method, form: b"a=b", ..valid() }.check(&mut trail).unwrap();
        assert_eq!((token.subject().as_str(), token.session_id().as_str()), ("the-person", "CC2462C2"));
        assert_eq!(token.claims().client_id().map(ClientId::as_str), Some("the-client"));
        let rules = Rule::ALL.iter().filter(|rule| rule.id().starts_with("userinfo."));
        for rule in rules.filter(|rule| **rule != Rule::UserInfoSub) {
            assert!(trail.has(*rule), "{}", rule.id());
        }
    }
}

#[test]
fn each_breach_has_its_rule() {
    for method in [Method::PUT, Method::HEAD] {
        Sent { method, ..valid() }.breaks(Rule::UserInfoMethod);
    }
    for query in ["access_token=a.b.c", "a=b&access%5Ftoken=", "access_token"] {
        Sent { query: Some(query), ..valid() }.breaks(Rule::UserInfoToken);
    }
    Sent { method: Method::POST, form: b"access_token=a.b.c", ..valid() }.breaks(Rule::UserInfoToken);
    Sent { proof: false, ..valid() }.breaks(Rule::ApiProof);
    Sent { scheme: "Basic", ..valid() }.breaks(Rule::ApiScheme);
    for (token, rule) in [
        (token().header("typ", "JWT"), Rule::TokenTyp),
        (token().header("typ", "logout+jwt"), Rule::TokenTyp),
        (token().without_header("typ"), Rule::TokenTyp),
        (token().claim("iss", "https://another.example"), Rule::TokenIss),
        (token().claim("exp", NOW.minus(TOLERANCE).seconds()), Rule::TokenExp),
        (token().without_claim("sub"), Rule::UserInfoAccessToken),
        (token().without_claim("sid"), Rule::UserInfoAccessToken),
        (token().claim("sid", "a\nb"), Rule::UserInfoAccessToken),
        (token().claim("scope", json!(["profile", "nhn:api/openid"])), Rule::UserInfoScope),
        (token().without_claim("scope"), Rule::UserInfoScope),
    ] {
        Sent::with(&token).breaks(rule);
    }
    assert_eq!(Rule::UserInfoScope.code().as_str(), "insufficient_scope");
    let mut trail = Trail::new();
    let ended = valid().check(&mut trail).unwrap().require_live_login(false, &mut trail).unwrap_err();
    assert_eq!(ended.rule(), Rule::UserInfoAccessToken);
}

#[test]
fn a_bound_token_as_bearer_passes_only_where_that_is_let_pass_and_with_a_warning() {
    Sent { scheme: "Bearer", proof: false, ..valid() }.breaks(Rule::UserInfoDpop);
    Sent { scheme: "Bearer", ..valid() }.breaks(Rule::UserInfoDpop);
    for proof in [true, false] {
        let mut trail = Trail::new();
        let sent = Sent { scheme: "Bearer", bearer: BoundAsBearer::Warned, proof, ..valid() };
        sent.check(&mut trail).unwrap();
        assert_eq!(trail.warnings().map(|(rule, _)| rule).collect::<Vec<_>>(), [Rule::UserInfoDpop]);
    }
    // One that is bound to no key is sent so.
    let unbound = Sent { scheme: "Bearer", proof: false, ..Sent::with(&token().without_claim("cnf")) };
    assert!(unbound.check(&mut Trail::new()).is_ok());
}

#[test]
fn a_request_without_credentials_has_none_and_is_not_shown() {
    let headers = HeaderMap::new();
    let request =
        UserInfoRequest { method: &Method::GET, query: Some("secret"), headers: &headers, form: b"" };
    let policy = policy(&WORLD.issuer, Switches::HELSEID, TOLERANCE);
    assert!(credentials(request, &policy, &mut Trail::new()).unwrap().is_none());
    assert!(!format!("{request:?}").contains("secret"));
}

fn answer(body: &str) -> Result<UserInfo, UnreadableUserInfo> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
    let person = Subject::parse("the-person").unwrap();
    UserInfo::read(StatusCode::OK, &headers, body.as_bytes(), &person, &mut Trail::new())
}

#[test]
fn an_answer_is_about_the_person_of_the_id_token() {
    let body = json!({
        "sub": "the-person", "name": "A B", "userinfo_issued_at": 1,
        "helseid://claims/hpr/hpr_details": { "hpr_number": 565_505_933, "approvals": [{ "profession": "LE" }] },
    });
    let read = answer(&body.to_string()).unwrap();
    let approvals = &read.health_personnel().unwrap().approvals;
    assert_eq!(approvals.iter().map(|approval| approval.profession.as_str()).collect::<Vec<_>>(), ["LE"]);
    assert_eq!((read.all().len(), format!("{read:?}").as_str()), (4, "UserInfo(hidden)"));
    for other in [json!({ "sub": "another" }), json!({ "sub": ["the-person"] }), json!({})] {
        let Err(UnreadableUserInfo::Fault(fault)) = answer(&other.to_string()) else { panic!("{other}") };
        assert_eq!(fault.rule(), Rule::UserInfoSub);
    }
}

#[test]
fn a_person_without_a_registration_has_none_and_what_cannot_be_read_is_refused() {
    for none in
        [json!(null), json!({}), json!({ "hpr_number": null, "approvals": [], "no_hpr_number": true })]
    {
        let body = json!({ "sub": "the-person", "helseid://claims/hpr/hpr_details": none });
        assert_eq!(answer(&body.to_string()).unwrap().health_personnel(), None);
    }
    let bad = json!({ "sub": "the-person", "helseid://claims/hpr/hpr_details": { "hpr_number": 1_234_567_890_123_u64 } });
    assert_eq!(answer(&bad.to_string()), Err(UnreadableUserInfo::HprDetails));
    assert!(matches!(answer("[]"), Err(UnreadableUserInfo::Json(_))));
    assert_eq!(answer(&"x".repeat(MAX_BYTES + 1)), Err(UnreadableUserInfo::TooLong));
    let person = Subject::parse("the-person").unwrap();
    let read =
        |status, headers: &HeaderMap| UserInfo::read(status, headers, b"{}", &person, &mut Trail::new());
    let headers = HeaderMap::new();
    assert_eq!(read(StatusCode::OK, &headers), Err(UnreadableUserInfo::ContentType));
    let refused = read(StatusCode::UNAUTHORIZED, &headers);
    assert_eq!(refused, Err(UnreadableUserInfo::Status(StatusCode::UNAUTHORIZED)));
}
