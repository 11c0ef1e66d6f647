//! Takes a valid request to an API, breaks one property, expects that one fault.

mod person;

use std::sync::{Arc, LazyLock};

use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::json;

use super::*;
use crate::claims::{ClientTenancy, SecurityLevel};
use crate::dpop::{CachedKeys, ExpectedNonce, FirstUse, NonceKey, ProofRequest, Target};
use crate::forge::{self, Jwt, TokenFacts};
use crate::id::{ClientId, JwtId, KeyId};
use crate::jose::jws::{MAX_BYTES, Unverified};
use crate::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use crate::key_cache::IssuerKeys;
use crate::rule::{Rule, Trail};
use crate::scope::ScopeSet;
use crate::secret::AccessToken;
use crate::time::{TOLERANCE, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

static ISSUER_KEY: LazyLock<SigningKey> = LazyLock::new(|| new_key(Algorithm::PS256, "issuer"));
static CLIENT_KEY: LazyLock<SigningKey> = LazyLock::new(|| new_key(Algorithm::ES256, "client"));
static OTHER_KEY: LazyLock<SigningKey> = LazyLock::new(|| new_key(Algorithm::ES256, "other"));
static TARGET: LazyLock<Target> = LazyLock::new(|| Target::parse("https://api.example/patients").unwrap());

fn new_key(algorithm: Algorithm, kid: &str) -> SigningKey {
    let kid = KeyId::parse(kid).unwrap();
    SigningKey::new(&PrivateJwk::generate(algorithm, RsaSize::Bits2048, Some(kid))).unwrap()
}

fn policy() -> Policy {
    Policy::new(Issuer::parse("https://sts.example").unwrap(), Audience::parse("nhn:api").unwrap())
}

/// A request of which each part can be changed before it is sent.
struct Sent {
    policy: Policy,
    scheme: &'static str,
    token: Jwt,
    token_text: Option<String>,
    proof: Option<Jwt>,
    proof_key: &'static SigningKey,
    nonces: Option<NonceKey>,
    headers: HeaderMap,
}

impl Sent {
    fn bound() -> Self {
        Self::new(true, "DPoP")
    }

    fn bearer(scheme: Scheme) -> Self {
        let mut sent = Self::new(false, "Bearer");
        sent.policy.scheme = scheme;
        sent.proof = None;
        sent
    }

    fn new(bound: bool, scheme: &'static str) -> Self {
        let policy = policy();
        let thumbprint = CLIENT_KEY.public().thumbprint();
        let jwt_id = JwtId::parse("1").unwrap();
        let facts = TokenFacts {
            issuer: &policy.issuers[0],
            audience: &policy.audiences[0],
            client_id: &ClientId::parse("the-client").unwrap(),
            scope: &ScopeSet::parse("nhn:api/read").unwrap(),
            bound_to: bound.then_some(&thumbprint),
            jwt_id: &jwt_id,
            now: NOW,
        };
        let token = forge::access_token(&ISSUER_KEY, facts);
        let request = ProofRequest {
            method: &Method::GET,
            target: &TARGET,
            nonce: None,
            access_token: None,
            jwt_id: &jwt_id,
            now: NOW,
        };
        let proof = Some(forge::proof(&CLIENT_KEY, request));
        Self {
            policy,
            scheme,
            token,
            token_text: None,
            proof,
            proof_key: &CLIENT_KEY,
            nonces: None,
            headers: HeaderMap::new(),
        }
    }

    fn token(mut self, change: impl FnOnce(Jwt) -> Jwt) -> Self {
        self.token = change(self.token);
        self
    }

    fn proof(mut self, change: impl FnOnce(Jwt) -> Jwt) -> Self {
        self.proof = self.proof.map(change);
        self
    }

    fn result(self) -> Result<Option<Caller>, Fault> {
        let mut headers = self.headers;
        let token = self.token_text.unwrap_or_else(|| self.token.sign(&ISSUER_KEY));
        if let Some(proof) = self.proof {
            let hash = crate::dpop::token_hash(AccessToken::new(token.clone()).expose());
            let with_hash = if proof.has_claim("ath") { proof } else { proof.claim("ath", hash) };
            headers.append("dpop", with_hash.sign(self.proof_key).parse().unwrap());
        }
        if !self.scheme.is_empty() {
            headers.append(header::AUTHORIZATION, format!("{} {token}", self.scheme).parse().unwrap());
        }
        let nonce = self.nonces.as_ref().map_or(ExpectedNonce::None, ExpectedNonce::Of);
        run(&self.policy, &headers, nonce)
    }

    #[track_caller]
    fn breaks(self, rule: Rule) {
        assert_eq!(self.result().expect_err("a fault").rule(), rule);
    }

    #[track_caller]
    fn passes(self) -> Caller {
        self.result().expect("no fault").expect("credentials")
    }
}

fn run(policy: &Policy, headers: &HeaderMap, nonce: ExpectedNonce<'_>) -> Result<Option<Caller>, Fault> {
    let trail = &mut Trail::new();
    let Some(credentials) = Credentials::read(headers, policy.scheme, trail)? else { return Ok(None) };
    let keys = IssuerKeys::new(&JwkSet::new(vec![ISSUER_KEY.public().clone()]));
    let token = credentials.token(policy, trail)?;
    let key = token.kid().and_then(|kid| keys.find(kid, token.algorithm())).cloned();
    let token = token.check(key.as_deref(), policy, NOW, trail)?;
    let request = Request {
        method: &Method::GET,
        targets: std::slice::from_ref(&*TARGET),
        headers,
        nonce,
        cached_keys: CachedKeys::NONE,
        now: NOW,
    };
    token.bind(request, policy, trail)?.admit(FirstUse::Yes, trail).map(Some)
}

#[test]
fn a_bound_token_with_its_proof_passes() {
    let caller = Sent::bound().passes();
    assert_eq!(caller.claims().client_id().map(ClientId::as_str), Some("the-client"));
    let mut small = Sent::bound();
    small.scheme = "dpop";
    small.passes();
}

#[test]
fn without_an_authorization_header_there_are_no_credentials() {
    let mut sent = Sent::bound();
    sent.scheme = "";
    assert!(sent.result().expect("no fault").is_none());
}

#[test]
fn api_authorization() {
    for value in ["DPoP", "DPoP ", "DPoP a,b", "DPoP a b", "DPoP \"a\"", ""] {
        let mut sent = Sent::bound();
        sent.scheme = "";
        sent.headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        sent.breaks(Rule::ApiAuthorization);
    }
    let mut twice = Sent::bound();
    twice.headers.insert(header::AUTHORIZATION, HeaderValue::from_static("DPoP a"));
    twice.breaks(Rule::ApiAuthorization);
    let long = |bytes: usize| {
        let mut sent = Sent::bound();
        sent.token_text = Some("a".repeat(bytes - "DPoP ".len()));
        sent
    };
    // The longest that is read, which has another fault, and one byte more.
    long(MAX_AUTHORIZATION_BYTES).breaks(Rule::TokenForm);
    long(MAX_AUTHORIZATION_BYTES + 1).breaks(Rule::ApiAuthorization);
    for (token, told) in [("a,b", "several, joined by a comma"), ("a b", "characters that no token has")] {
        let mut sent = Sent::bound();
        sent.token_text = Some(token.to_owned());
        assert_eq!(sent.result().expect_err(token).facts().got, told);
    }
}

#[test]
fn api_scheme() {
    for (policy, scheme) in
        [(Scheme::Dpop, "Bearer"), (Scheme::Bearer, "DPoP"), (Scheme::Transition, "Basic")]
    {
        let mut sent = Sent::bound();
        (sent.policy.scheme, sent.scheme) = (policy, scheme);
        sent.breaks(Rule::ApiScheme);
    }
}

#[test]
fn each_name_leads_back_to_its_scheme_and_no_other_text_does() {
    for scheme in [Scheme::Dpop, Scheme::Bearer, Scheme::Transition] {
        assert_eq!(scheme.name().parse(), Ok(scheme));
    }
    let why = "DPoP".parse::<Scheme>().expect_err("another text");
    assert_eq!(why, "expected dpop, bearer or transition, got \"DPoP\"");
}

#[test]
fn api_bound_token() {
    for scheme in [Scheme::Bearer, Scheme::Transition] {
        let mut sent = Sent::bound();
        (sent.policy.scheme, sent.scheme, sent.proof) = (scheme, "Bearer", None);
        sent.breaks(Rule::ApiBoundToken);
        Sent::bearer(scheme).passes();
    }
}

#[test]
fn api_single_audience() {
    let several = |token: Jwt| token.claim("aud", json!(["nhn:api", "nhn:other"]));
    Sent::bound().token(several).breaks(Rule::ApiSingleAudience);
    let mut among_others = Sent::bound().token(several);
    among_others.policy.audience_rule = AudienceRule::AmongOthers;
    among_others.passes();
    Sent::bound().token(|token| token.claim("aud", json!(["nhn:api"]))).passes();
}

#[test]
fn api_scope() {
    let trail = &mut Trail::new();
    let caller = Sent::bound().passes();
    let scopes = |text| ScopeSet::parse(text).unwrap();
    caller.require_scopes_all(&scopes("nhn:api/read"), trail).expect("has it");
    caller.require_scopes_any(&scopes("nhn:api/read nhn:api/write"), trail).expect("has one");
    let fault =
        caller.require_scopes_all(&scopes("nhn:api/read nhn:api/write"), trail).expect_err("lacks one");
    assert_eq!((fault.rule(), status(fault.code())), (Rule::ApiScope, StatusCode::FORBIDDEN));
    assert_eq!(fault.facts().got, "'nhn:api/read'");
    let fault = caller.require_scopes_any(&scopes("nhn:api/write"), trail).expect_err("lacks it");
    assert_eq!(fault.rule(), Rule::ApiScope);
    let without = Sent::bound().token(|token| token.without_claim("scope")).passes();
    let fault = without.require_scopes_all(&scopes("nhn:api/read"), trail).expect_err("lacks all");
    assert_eq!(fault.facts().got, "a token without scopes");
}

#[test]
fn token_form() {
    let mut sent = Sent::bound();
    sent.token_text = Some("a.b".into());
    sent.breaks(Rule::TokenForm);
}

#[test]
fn token_typ() {
    Sent::bound().token(|token| token.header("typ", "dpop+jwt")).breaks(Rule::TokenTyp);
    Sent::bound().token(|token| token.without_header("typ")).breaks(Rule::TokenTyp);
    Sent::bound().token(|token| token.header("typ", "JWT")).passes();
    Sent::bound().token(|token| token.header("typ", "application/at+jwt")).passes();
}

#[test]
fn token_alg() {
    for alg in ["none", "NONE", "HS256", "EdDSA"] {
        Sent::bound().token(|token| token.header("alg", alg)).breaks(Rule::TokenAlg);
    }
}

#[test]
fn token_kid() {
    Sent::bound().token(|token| token.header("kid", "another")).breaks(Rule::TokenKid);
    Sent::bound().token(|token| token.without_header("kid")).breaks(Rule::TokenKid);
    Sent::bound().token(|token| token.header("alg", "RS256")).breaks(Rule::TokenKid);
}

#[test]
fn token_signature() {
    let mut sent = Sent::bound();
    sent.token_text = Some(sent.token.sign_then_claim(&ISSUER_KEY, "client_id", "another"));
    sent.breaks(Rule::TokenSignature);
}

#[test]
fn token_iss() {
    Sent::bound().token(|token| token.claim("iss", "https://sts.example/")).breaks(Rule::TokenIss);
    Sent::bound().token(|token| token.without_claim("iss")).breaks(Rule::TokenIss);
    let with_slash = || {
        let mut sent = Sent::bound().token(|token| token.claim("iss", "https://sts.example/"));
        sent.policy.issuers = vec![Issuer::parse("https://sts.example/").unwrap()];
        sent
    };
    with_slash().passes();
    with_slash().token(|token| token.claim("iss", "https://sts.example")).breaks(Rule::TokenIss);
}

#[test]
fn token_aud() {
    Sent::bound().token(|token| token.claim("aud", "nhn:other")).breaks(Rule::TokenAud);
    Sent::bound().token(|token| token.without_claim("aud")).breaks(Rule::TokenAud);
}

#[test]
fn token_claims() {
    Sent::bound().token(|token| token.claim("scope", 1)).breaks(Rule::TokenClaims);
}

#[test]
fn token_exp() {
    let at = |seconds: i64| move |token: Jwt| token.claim("exp", NOW.seconds() + seconds);
    Sent::bound().token(at(-10)).breaks(Rule::TokenExp);
    Sent::bound().token(at(-9)).passes();
}

#[test]
fn token_nbf() {
    let at = |seconds: i64| move |token: Jwt| token.claim("nbf", NOW.seconds() + seconds);
    Sent::bound().token(at(11)).breaks(Rule::TokenNbf);
    Sent::bound().token(at(10)).passes();
    Sent::bound().token(|token| token.without_claim("nbf")).passes();
}

#[test]
fn token_cnf() {
    Sent::bound().token(|token| token.without_claim("cnf")).breaks(Rule::TokenCnf);
}

#[test]
fn api_proof() {
    let mut sent = Sent::bound();
    sent.proof = None;
    sent.breaks(Rule::ApiProof);
}

#[test]
fn dpop_once() {
    let mut sent = Sent::bound();
    sent.headers.insert("dpop", HeaderValue::from_static("a.b.c"));
    sent.breaks(Rule::DpopOnce);
}

#[test]
fn dpop_ath_and_jkt() {
    Sent::bound().proof(|proof| proof.claim("ath", "another")).breaks(Rule::DpopAth);
    let mut sent = Sent::bound();
    sent.proof_key = &OTHER_KEY;
    let jwk = serde_json::Value::Object(OTHER_KEY.public().bare());
    sent.proof(|proof| proof.header("jwk", jwk)).breaks(Rule::DpopJkt);
}

#[test]
fn dpop_nonce() {
    let nonces = || NonceKey::new(&[7; 32]);
    let with = |nonce: Option<String>| {
        let mut sent = Sent::bound();
        sent.nonces = Some(nonces());
        match nonce {
            Some(nonce) => sent.proof(|proof| proof.claim("nonce", nonce)),
            None => sent,
        }
    };
    with(None).breaks(Rule::DpopNonce);
    with(Some(nonces().issue(NOW.minus(Duration::from_secs(61))).to_string())).breaks(Rule::DpopNonce);
    with(Some(nonces().issue(NOW).to_string())).passes();
}

#[test]
fn dpop_jti_once() {
    let nonces = NonceKey::new(&[7; 32]);
    let headers = {
        let mut sent = Sent::bound();
        let token = sent.token.sign(&ISSUER_KEY);
        let proof = sent
            .proof
            .take()
            .unwrap()
            .claim("nonce", nonces.issue(NOW).as_str())
            .claim("ath", crate::dpop::token_hash(&token))
            .sign(&CLIENT_KEY);
        sent.headers.insert("dpop", proof.parse().unwrap());
        sent.headers.insert(header::AUTHORIZATION, format!("DPoP {token}").parse().unwrap());
        sent.headers
    };
    let (policy, trail) = (policy(), &mut Trail::new());
    let credentials = Credentials::read(&headers, policy.scheme, trail).unwrap().unwrap();
    let key = crate::jose::VerifyKey::new(ISSUER_KEY.public().clone()).unwrap();
    let presented = credentials.token(&policy, trail).unwrap();
    assert!(format!("{presented:?}").starts_with("PresentedToken { header: "), "{presented:?}");
    let token = presented.check(Some(&key), &policy, NOW, trail).unwrap();
    let request = Request {
        method: &Method::GET,
        targets: std::slice::from_ref(&*TARGET),
        headers: &headers,
        nonce: ExpectedNonce::Of(&nonces),
        cached_keys: CachedKeys::NONE,
        now: NOW,
    };
    let shown = [format!("{credentials:?}"), format!("{token:?}"), format!("{request:?}")];
    for (shown, begin) in shown.iter().zip(["Credentials { ", "VerifiedToken { ", "Request { method: GET, "])
    {
        assert!(shown.starts_with(begin) && !shown.contains("eyJ"), "{shown}");
    }
    let bound = token.bind(request, &policy, trail).unwrap();
    assert_eq!(bound.proof_key().map(|key| key.thumbprint().clone()), Some(CLIENT_KEY.public().thumbprint()));
    assert_eq!(bound.nonce_issued(), Some(NOW));
    let (_, until) = bound.replay_id(&crate::jose::crypto::MacKey::new(&[1; 32])).expect("a proof");
    assert_eq!(until, NOW.plus(Duration::from_secs(10 + 2 * 10)));
    assert_eq!(bound.admit(FirstUse::No, trail).expect_err("a replay").rule(), Rule::DpopJtiOnce);
}

#[test]
fn what_can_be_seen_of_a_token_by_itself_is_told() {
    let seen = |jwt: Jwt, presented_as| {
        let text = jwt.sign(&OTHER_KEY);
        let token = Unverified::parse(&text, MAX_BYTES).unwrap();
        breaches(&token, presented_as, TOLERANCE, NOW).iter().map(Fault::rule).collect::<Vec<_>>()
    };
    let valid = || Sent::bound().token;
    assert_eq!(seen(valid(), TokenType::Dpop), []);
    assert_eq!(seen(valid(), TokenType::Bearer), [Rule::ApiBoundToken]);
    assert_eq!(seen(valid().without_claim("cnf"), TokenType::Bearer), []);
    for (jwt, rule) in [
        (valid().header("typ", "logout+jwt"), Rule::TokenTyp),
        (valid().header("alg", "EdDSA"), Rule::TokenAlg),
        (valid().without_header("kid"), Rule::TokenKid),
        (valid().without_claim("cnf"), Rule::TokenCnf),
        (valid().claim("exp", 1), Rule::TokenExp),
        (valid().claim("nbf", NOW.seconds() + 11), Rule::TokenNbf),
        (valid().claim("aud", json!(["nhn:api", "nhn:other"])), Rule::ApiSingleAudience),
        (valid().claim("scope", 1), Rule::TokenClaims),
    ] {
        assert_eq!(seen(jwt, TokenType::Dpop), [rule]);
    }
}

#[test]
fn the_halves_of_a_hash_are_its_first_bytes() {
    // SHA-256 of "abc" begins so (FIPS 180-2 appendix B.1).
    let hash = TokenHash::of("abc");
    assert_eq!(hash.halves(), [0xba78_16bf_8f01_cfea, 0x4141_40de_5dae_2223].map(u64::swap_bytes));
}

#[test]
fn challenges_name_what_the_api_takes() {
    let mut policy = policy();
    let schemes = |policy: &Policy| {
        policy.challenges(None).iter().map(|c| c.scheme().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(schemes(&policy), "DPoP");
    assert!(policy.challenges(None).iter().all(|challenge| challenge.parameter("error").is_none()));
    policy.scheme = Scheme::Transition;
    assert_eq!(schemes(&policy), "DPoP Bearer");
    policy.scheme = Scheme::Bearer;
    assert_eq!(schemes(&policy), "Bearer");
}

#[test]
fn one_of_several_issuers_and_audiences_will_do() {
    let with = |change: &dyn Fn(Jwt) -> Jwt| {
        let mut sent = Sent::bound().token(change);
        sent.policy.issuers.push(Issuer::parse("https://other.example").unwrap());
        sent.policy.audiences.push(Audience::parse("nhn:second").unwrap());
        sent
    };
    with(&|token| token).passes();
    with(&|token| token.claim("iss", "https://other.example")).passes();
    with(&|token| token.claim("aud", "nhn:second")).passes();
    with(&|token| token.claim("iss", "https://third.example")).breaks(Rule::TokenIss);
    let third = with(&|token| token.claim("iss", "https://third.example")).result().expect_err("another");
    assert_eq!(third.facts().expected, "https://sts.example or https://other.example");
    with(&|token| token.claim("aud", "nhn:third")).breaks(Rule::TokenAud);
    // Alone is alone, also among our own names.
    with(&|token| token.claim("aud", json!(["nhn:api", "nhn:second"]))).breaks(Rule::ApiSingleAudience);
}

#[test]
fn what_is_demanded_of_a_caller() {
    let caller = |claims: &[(&str, serde_json::Value)]| {
        let add = |token: Jwt, (name, value): &(&str, serde_json::Value)| token.claim(name, value.clone());
        Sent::bound().token(|token| claims.iter().fold(token, add)).passes()
    };
    let (plain, trail) = (caller(&[]), &mut Trail::new());
    let person = caller(&[
        ("helseid://claims/identity/security_level", "3".into()),
        ("helseid://claims/client/client_tenancy", "multi-tenant".into()),
        ("helseid://claims/client/claims/orgnr_parent", "312232324".into()),
    ]);
    let rule = |outcome: Result<(), Fault>| outcome.err().map(|fault| fault.rule());
    assert_eq!(rule(person.require_security_level(SecurityLevel::Substantial, trail)), None);
    assert_eq!(rule(person.require_security_level(SecurityLevel::High, trail)), Some(Rule::ApiSecurityLevel));
    assert_eq!(rule(plain.require_security_level(SecurityLevel::Low, trail)), Some(Rule::ApiSecurityLevel));
    let multi = [ClientTenancy::MultiTenant];
    assert_eq!(rule(person.require_tenancy(&multi, trail)), None);
    assert_eq!(rule(person.require_tenancy(&[ClientTenancy::SingleTenant], trail)), Some(Rule::ApiTenancy));
    assert_eq!(rule(plain.require_tenancy(&multi, trail)), Some(Rule::ApiTenancy));
    assert_eq!(rule(person.require_organisation(trail)), None);
    assert_eq!(rule(plain.require_organisation(trail)), Some(Rule::ApiOrganisation));
    assert_eq!(rule(plain.require_claims("a client", |claims| claims.client_id().is_some(), trail)), None);
    assert_eq!(
        rule(plain.require_claims("a user", |claims| claims.pid().is_some(), trail)),
        Some(Rule::ApiClaims)
    );
}

/// The line up to a verified token, by the long way or, with something cached, by the short one.
fn verified<'a>(
    headers: &'a HeaderMap,
    policy: &'a Policy,
    key: &Arc<VerifyKey>,
    cached: Option<&CachedToken>,
    now: Timestamp,
) -> Result<Option<VerifiedToken<'a>>, Fault> {
    let trail = &mut Trail::new();
    let credentials = Credentials::read(headers, policy.scheme, trail)?.unwrap();
    match cached {
        Some(cached) => credentials.again(cached, key, policy, now, trail),
        None => credentials.token(policy, trail)?.check(Some(key), policy, now, trail).map(Some),
    }
}

#[test]
fn a_token_that_was_seen_is_known_by_its_text_and_key_and_its_times_are_looked_at() {
    let authorization = |token: &Jwt| {
        let mut headers = HeaderMap::new();
        let value = format!("DPoP {}", token.sign(&ISSUER_KEY)).parse().unwrap();
        headers.insert(header::AUTHORIZATION, value);
        headers
    };
    let (sent, policy) = (Sent::bound(), policy());
    let (headers, other) = (authorization(&sent.token), authorization(&sent.token.claim("jti", "other")));
    let key = Arc::new(VerifyKey::new(ISSUER_KEY.public().clone()).unwrap());
    let first = verified(&headers, &policy, &key, None, NOW).unwrap().unwrap();
    let cached = first.remember(key.clone(), policy.issuers[0].clone());
    assert_eq!((cached.issuer(), cached.kid()), (&policy.issuers[0], key.key_id()));

    let again = |headers, key: &Arc<VerifyKey>, now| verified(headers, &policy, key, Some(&cached), now);
    let token = again(&headers, &key, NOW).unwrap().expect("the same token");
    assert_eq!(token.claims(), first.claims());
    assert!(again(&other, &key, NOW).unwrap().is_none());
    let same_key_of_a_newer_set = Arc::new(VerifyKey::new(ISSUER_KEY.public().clone()).unwrap());
    assert!(again(&headers, &same_key_of_a_newer_set, NOW).unwrap().is_none());
    let at = |seconds: i64| Timestamp::from_seconds(NOW.seconds() + seconds);
    assert_eq!(again(&headers, &key, at(610)).expect_err("expired").rule(), Rule::TokenExp);
    assert_eq!(again(&headers, &key, at(-11)).expect_err("too early").rule(), Rule::TokenNbf);
}
