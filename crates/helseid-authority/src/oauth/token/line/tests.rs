//! Takes a valid token request, breaks one property, expects that one fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ::http::{HeaderMap, HeaderValue, Method, header};
use helseid_admin_api::KeyOrigin;
use helseid_protocol::assertion::AssertionRequest;
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_protocol::dpop::{NonceKey, ProofRequest};
use helseid_protocol::endpoint::token::{ASSERTION_TYPE, CONTENT_TYPE};
use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::{ClientId, Issuer, JwtId};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::SystemRandom;
use helseid_protocol::rule::{Endpoint, Outcome as Found, Profile, Rule};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::{TOLERANCE, Timestamp};
use serde_json::{Value, json};

use super::{Outcome, TokenCall, When, answer};
use crate::domain::change::Change;
use crate::domain::model::{Client, Key};
use crate::issuer::{ConformanceMode, ServedIssuer};
use crate::keys::SigningKeys;
use crate::oauth::{Backend, IssuerSecrets, OAuthState};
use crate::registry::{Registry, bootstrap};
use crate::storage::ephemeral::Memory;
use crate::trace::Trace;
use crate::web::rate_limit::Limits;

const READ: &str = "norsk-helsenett:python-sample-api/read";
pub(super) const OTHER: &str = "nhn:test-public-sample-api-1/some-scope";

/// An issuer with one client, in memory, whose clock the test moves.
pub(super) struct World {
    state: OAuthState,
    pub(super) clock: Arc<AtomicI64>,
    pub(super) key: SigningKey,
    proof_key: SigningKey,
    jwt_ids: AtomicI64,
}

pub(super) fn new_key() -> SigningKey {
    SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap()
}

impl World {
    pub(super) fn new(profile: Profile) -> Self {
        let clock = Arc::new(AtomicI64::new(1_790_000_000));
        let told = clock.clone();
        let backend = Backend {
            registry: Arc::new(Registry::in_memory(bootstrap::changes().unwrap())),
            keys: Arc::new(SigningKeys::fixed()),
            store: Arc::new(Memory::default()),
            limits: Arc::new(Limits::new(1_000)),
            clock: Arc::new(move || Timestamp::from_seconds(told.load(Ordering::SeqCst))),
            random: Arc::new(SystemRandom),
        };
        let name = Issuer::parse("https://helseid.example").unwrap();
        let issuer = ServedIssuer::new(name, profile, TOLERANCE, ConformanceMode::Enforce);
        let secrets = IssuerSecrets { ids: Arc::new(MacKey::new(&[1; 32])), nonces: NonceKey::new(&[2; 32]) };
        let state = OAuthState::new(backend, issuer, secrets, Trace::new());
        let world = Self { state, clock, key: new_key(), proof_key: new_key(), jwt_ids: AtomicI64::new(0) };
        world.client(|_| ());
        world
    }

    /// Registers the client, with a change.
    fn client(&self, change: impl FnOnce(&mut Client)) {
        let key = Key { jwk: self.key.public().clone(), expires: None, origin: KeyOrigin::Gui };
        let mut client = Client {
            scopes: ScopeSet::parse(READ).unwrap(),
            keys: vec![key].try_into().unwrap(),
            ..Client::new(ClientId::parse("the-client").unwrap(), "the client".parse().unwrap())
        };
        change(&mut client);
        self.state.registry.put(Change::PutClient(Box::new(client)));
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.clock.load(Ordering::SeqCst))
    }

    fn jwt_id(&self) -> JwtId {
        JwtId::parse(&self.jwt_ids.fetch_add(1, Ordering::SeqCst).to_string()).unwrap()
    }

    pub(super) fn assertion(&self, details: Option<&Value>) -> Jwt {
        let request = AssertionRequest {
            client_id: &ClientId::parse("the-client").unwrap(),
            issuer: &self.state.issuer.name,
            jwt_id: &self.jwt_id(),
            now: self.now(),
            details,
        };
        forge::assertion(&self.key, request)
    }

    pub(super) fn proof(&self, nonce: bool) -> String {
        self.proof_claims(nonce).sign(&self.proof_key)
    }

    fn proof_claims(&self, nonce: bool) -> forge::Jwt {
        let issued = self.state.replay.nonces.issue(self.now());
        let request = ProofRequest {
            method: &Method::POST,
            target: &self.state.issuer.token_targets[0],
            nonce: nonce.then_some(&issued),
            access_token: None,
            jwt_id: &self.jwt_id(),
            now: self.now(),
        };
        forge::proof(&self.proof_key, request)
    }

    /// A valid request.
    pub(super) fn sent(&self) -> Sent {
        Sent {
            assertion: self.assertion(None).sign(&self.key),
            proof: Some(self.proof(true)),
            form: vec![("grant_type", "client_credentials".into())],
            basic: None,
        }
    }

    pub(super) async fn answer(&self, sent: &Sent) -> (Outcome, helseid_protocol::rule::Verdict) {
        self.answer_by_a_clock_ahead(0, sent).await
    }

    /// The answer where a fault on request has the clock so far ahead.
    pub(super) async fn answer_by_a_clock_ahead(
        &self,
        ahead: i64,
        sent: &Sent,
    ) -> (Outcome, helseid_protocol::rule::Verdict) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if let Some(proof) = &sent.proof {
            headers.insert("dpop", proof.parse().unwrap());
        }
        if let Some(pair) = sent.basic {
            headers.insert(header::AUTHORIZATION, format!("Basic {pair}").parse().unwrap());
        }
        let mut form = sent.form.clone();
        form.push(("client_assertion_type", ASSERTION_TYPE.into()));
        form.push(("client_assertion", sent.assertion.clone()));
        let pairs: Vec<_> = form
            .iter()
            .map(|(name, value)| {
                let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                format!("{name}={value}")
            })
            .collect();
        let body = pairs.join("&");
        let call =
            TokenCall { headers: &headers, body: body.as_bytes(), when: When { real: self.now(), ahead } };
        let answered = answer(&self.state, call).await;
        let verdict =
            answered.trail.verdict(Endpoint::Token(GrantType::ClientCredentials), answered.outcome.fault());
        (answered.outcome, verdict)
    }

    /// The claims of the token that a request gets.
    pub(super) async fn token(&self, sent: &Sent) -> Value {
        match self.answer(sent).await.0 {
            Outcome::Granted(granted) => {
                let token = granted.access_token.expose().to_owned();
                Value::Object(Unverified::parse(&token, 10_000).unwrap().unverified_claims().clone())
            }
            Outcome::Refused(fault) | Outcome::NonceWanted(fault, _) => panic!("{fault}"),
            Outcome::Unavailable(why) => panic!("{why}"),
            Outcome::TooMany => panic!("too many"),
        }
    }

    pub(super) async fn breaks(&self, rule: Rule, sent: &Sent) {
        match self.answer(sent).await {
            (Outcome::Refused(fault) | Outcome::NonceWanted(fault, _), verdict) => {
                assert_eq!(fault.rule(), rule, "{fault}");
                assert_eq!(verdict.failed().map(|finding| finding.rule), Some(rule));
            }
            (Outcome::Granted(_), _) => panic!("expected {}", rule.id()),
            (Outcome::Unavailable(why), _) => panic!("{why}"),
            (Outcome::TooMany, _) => panic!("too many"),
        }
    }

    async fn warns(&self, rule: Rule, sent: &Sent) {
        let (outcome, verdict) = self.answer(sent).await;
        assert!(matches!(outcome, Outcome::Granted(_)));
        assert_eq!(verdict.warned().map(|finding| finding.rule).collect::<Vec<_>>(), [rule]);
    }

    /// A request that acts for `organisation`.
    fn acting_for(&self, organisation: Organisation) -> Sent {
        let details = Details::new().for_organisation(organisation).to_claim();
        Sent { assertion: self.assertion(details.as_ref()).sign(&self.key), ..self.sent() }
    }
}

#[derive(Clone)]
pub(super) struct Sent {
    pub(super) assertion: String,
    pub(super) proof: Option<String>,
    pub(super) form: Vec<(&'static str, String)>,
    pub(super) basic: Option<&'static str>,
}

impl Sent {
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.form.push((name, value.to_owned()));
        self
    }
}

fn number(text: &str) -> OrganisationNumber {
    OrganisationNumber::parse(text).unwrap()
}

fn child(text: &str) -> Organisation {
    Organisation::Child(number(text))
}

fn parent(parent: &str, child: Option<&str>) -> Organisation {
    Organisation::Parent { parent: number(parent), child: child.map(number) }
}

#[tokio::test]
async fn a_valid_request_gets_helseids_claims() {
    let world = World::new(Profile::Helseid);
    let claims = world.token(&world.sent()).await;
    let thumbprint = world.proof_key.public().thumbprint();
    assert_eq!(claims["scope"], json!([READ]));
    assert_eq!(claims["aud"], "norsk-helsenett:python-sample-api");
    assert_eq!(claims["cnf"], json!({ "jkt": thumbprint }));
    assert_eq!(claims["exp"], json!(world.now().seconds() + 600));
    assert_eq!(claims["client_amr"], "private_key_jwt");
    assert_eq!(claims["helseid://claims/client/client_tenancy"], "none");
    assert!(claims.get("sub").is_none());
    assert_eq!(claims["jti"].as_str().map(str::len), Some(32));
}

#[tokio::test]
async fn assertion_client() {
    let world = World::new(Profile::Helseid);
    let stranger = world.assertion(None).claim("iss", "another").claim("sub", "another").sign(&world.key);
    world.breaks(Rule::AssertionClient, &Sent { assertion: stranger, ..world.sent() }).await;
    world.client(|client| client.enabled = false);
    world.breaks(Rule::AssertionClient, &world.sent()).await;
}

#[tokio::test]
async fn request_client_id_and_grant_type() {
    let world = World::new(Profile::Helseid);
    world.breaks(Rule::RequestClientId, &world.sent().with("client_id", "another")).await;
    world.token(&world.sent().with("client_id", "the-client")).await;
    let mut sent = world.sent();
    sent.form = vec![("grant_type", "password".into())];
    world.breaks(Rule::RequestGrantType, &sent).await;
}

#[tokio::test]
async fn request_grant_allowed() {
    let world = World::new(Profile::Helseid);
    world.client(|client| client.grant_types = [GrantType::AuthorizationCode].into_iter().collect());
    world.breaks(Rule::RequestGrantAllowed, &world.sent()).await;
}

#[tokio::test]
async fn assertion_jti_once() {
    let world = World::new(Profile::Helseid);
    let sent = world.sent();
    world.token(&sent).await;
    world.breaks(Rule::AssertionJtiOnce, &Sent { proof: Some(world.proof(true)), ..sent }).await;
}

#[tokio::test]
async fn an_assertion_may_be_sent_again_with_the_nonce_today_but_not_under_helseid_next() {
    for (profile, refused) in [(Profile::Helseid, false), (Profile::HelseidNext, true)] {
        let world = World::new(profile);
        let first = Sent { proof: Some(world.proof(false)), ..world.sent() };
        world.breaks(Rule::DpopNonce, &first).await;
        let again = Sent { proof: Some(world.proof(true)), ..first };
        match refused {
            true => world.breaks(Rule::AssertionJtiOnce, &again).await,
            false => {
                world.warns(Rule::AssertionJtiOnce, &again).await;
                let third = Sent { proof: Some(world.proof(true)), ..again };
                world.breaks(Rule::AssertionJtiOnce, &third).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_copies_at_once_one_gets_a_token() {
    for profile in [Profile::Helseid, Profile::HelseidNext] {
        let world = Arc::new(World::new(profile));
        let sent = Arc::new(world.sent());
        let copies: Vec<_> = (0..50)
            .map(|_| {
                let (world, sent) = (world.clone(), sent.clone());
                tokio::spawn(async move { world.answer(&sent).await.0 })
            })
            .collect();
        let mut granted = 0;
        for copy in copies {
            match copy.await.unwrap() {
                Outcome::Granted(_) => granted += 1,
                Outcome::Refused(fault) => assert_eq!(fault.rule(), Rule::AssertionJtiOnce),
                _ => panic!("neither granted nor refused"),
            }
        }
        assert_eq!(granted, 1, "{profile}");
    }
}

#[tokio::test]
async fn dpop_present_and_once() {
    let world = World::new(Profile::Helseid);
    world.breaks(Rule::DpopPresent, &Sent { proof: None, ..world.sent() }).await;
    let sent = world.sent();
    world.token(&sent).await;
    let again = Sent { assertion: world.assertion(None).sign(&world.key), ..sent };
    world.breaks(Rule::DpopJtiOnce, &again).await;
}

#[tokio::test]
async fn a_query_in_htu_is_ignored_with_a_warning() {
    let world = World::new(Profile::Fapi2);
    let endpoint = world.state.issuer.token_targets[0].as_str().to_owned();
    let sent = |htu: String| {
        let proof = world.proof_claims(true).claim("htu", htu).sign(&world.proof_key);
        Sent { proof: Some(proof), ..world.sent() }
    };
    world.warns(Rule::DpopHtu, &sent(format!("{endpoint}?a=b#c"))).await;
    world.breaks(Rule::DpopHtu, &sent(format!("{endpoint}/?a=b"))).await;
}

#[tokio::test]
async fn a_nonce_is_good_for_a_minute_and_for_several_proofs() {
    let world = World::new(Profile::Helseid);
    let old = world.proof(true);
    world.clock.fetch_add(61, Ordering::SeqCst);
    world.breaks(Rule::DpopNonce, &Sent { proof: Some(old), ..world.sent() }).await;
    world.token(&world.sent()).await;
    world.token(&world.sent()).await;
}

#[tokio::test]
async fn legacy_gives_bearer_tokens_and_asks_for_a_nonce_where_a_proof_comes() {
    let world = World::new(Profile::Legacy);
    let claims = world.token(&Sent { proof: None, ..world.sent() }).await;
    assert!(claims.get("cnf").is_none());
    world.breaks(Rule::DpopNonce, &Sent { proof: Some(world.proof(false)), ..world.sent() }).await;
    let bound = world.token(&Sent { proof: Some(world.proof(true)), ..world.sent() }).await;
    assert!(bound.get("cnf").is_some());
}

/// RFC 6749 section 2.3. `dGhlLWNsaWVudDo=` is `the-client:`.
#[tokio::test]
async fn basic_beside_an_assertion_is_a_second_way_but_with_the_clients_id_and_no_password() {
    let world = World::new(Profile::Helseid);
    world.token(&Sent { basic: Some("dGhlLWNsaWVudDo="), ..world.sent() }).await;
    for other in ["dGhlLWNsaWVudDpzZWNyZXQ=", "YW5vdGhlcjo=", "!"] {
        world.breaks(Rule::RequestAssertion, &Sent { basic: Some(other), ..world.sent() }).await;
    }
}

#[tokio::test]
async fn the_refused_scope_is_told_whole_and_the_apis_own_stand_first() {
    let world = World::new(Profile::Helseid);
    match world.answer(&world.sent().with("scope", "nhn:nowhere/read")).await.0 {
        Outcome::Refused(fault) => {
            let said = fault.description();
            assert!(said.starts_with("The scope 'nhn:nowhere/read' belongs to no registered API"), "{said}");
        }
        _ => panic!("not refused"),
    }
}

#[tokio::test]
async fn a_clients_profile_goes_before_the_authoritys() {
    let world = World::new(Profile::Helseid);
    world.client(|client| client.profile = Some(Profile::Legacy));
    world.token(&Sent { proof: None, ..world.sent() }).await;
}

#[tokio::test]
async fn request_scope_allowed() {
    let world = World::new(Profile::Helseid);
    for scope in [OTHER, "openid", "nhn:nowhere/read", "nhn:selvbetjening/client"] {
        world.breaks(Rule::RequestScopeAllowed, &world.sent().with("scope", scope)).await;
    }
    world.client(|client| client.scopes = ScopeSet::parse("nhn:selvbetjening/client").unwrap());
    world.breaks(Rule::RequestScopeAllowed, &world.sent()).await;
    let claims = world.token(&world.sent().with("scope", "nhn:selvbetjening/client")).await;
    assert_eq!(claims["aud"], "nhn:selvbetjening");
}

#[tokio::test]
async fn request_resource_and_single_audience() {
    let world = World::new(Profile::Helseid);
    world.client(|client| client.scopes = ScopeSet::parse(&format!("{READ} {OTHER}")).unwrap());
    world.warns(Rule::TokenSingleAudience, &world.sent()).await;
    let one = world.token(&world.sent().with("resource", "nhn:test-public-sample-api-1")).await;
    assert_eq!((&one["aud"], &one["scope"]), (&json!("nhn:test-public-sample-api-1"), &json!([OTHER])));
    world.breaks(Rule::RequestResource, &world.sent().with("resource", "nhn:elsewhere")).await;
    let two = world.sent().with("resource", "nhn:a").with("resource", "nhn:b");
    world.breaks(Rule::RequestResource, &two).await;
}

fn organisation(claims: &Value) -> [Option<&str>; 3] {
    ["parent", "child", "supplier"]
        .map(|which| claims[format!("helseid://claims/client/claims/orgnr_{which}")].as_str())
}

#[tokio::test]
async fn a_single_tenant_client_may_name_its_children() {
    let world = World::new(Profile::Helseid);
    world.breaks(Rule::DetailsSupported, &world.acting_for(child("999977776"))).await;
    world.client(|client| {
        client.tenancy = ClientTenancy::SingleTenant;
        client.org_parent = Some(number("999977774"));
    });
    world.breaks(Rule::DetailsChildEnabled, &world.acting_for(child("999977776"))).await;
    world.breaks(Rule::DetailsParentEnabled, &world.acting_for(parent("999977774", None))).await;
    assert_eq!(organisation(&world.token(&world.sent()).await), [Some("999977774"), None, None]);
    world.client(|client| {
        client.tenancy = ClientTenancy::SingleTenant;
        client.org_parent = Some(number("999977774"));
        client.org_children = vec![number("999977776")].try_into().unwrap();
    });
    let claims = world.token(&world.acting_for(child("999977776"))).await;
    assert_eq!(organisation(&claims), [Some("999977774"), Some("999977776"), None]);
    world.breaks(Rule::DetailsChildAllowed, &world.acting_for(child("999977775"))).await;
}

#[tokio::test]
async fn a_multi_tenant_client_may_act_for_those_that_delegated() {
    let world = World::new(Profile::Helseid);
    world.client(|client| {
        client.tenancy = ClientTenancy::MultiTenant;
        client.org_parent = Some(number("313745392"));
    });
    let claims = world.token(&world.acting_for(parent("312232324", Some("312232326")))).await;
    assert_eq!(organisation(&claims), [Some("312232324"), Some("312232326"), Some("313745392")]);
    let alone = world.token(&world.acting_for(parent("312232324", None))).await;
    assert_eq!(organisation(&alone), [Some("312232324"), None, Some("313745392")]);
    world.breaks(Rule::DetailsParentAllowed, &world.acting_for(parent("994919806", None))).await;
    world.breaks(Rule::DetailsChildOfParent, &world.acting_for(parent("312232324", Some("999977776")))).await;
    world.breaks(Rule::DetailsChildEnabled, &world.acting_for(child("312232326"))).await;
}

#[tokio::test]
async fn warnings_stand_in_the_verdict_with_what_was_expected() {
    let world = World::new(Profile::Helseid);
    let sent = world.sent();
    let (_, verdict) = world.answer(&sent).await;
    assert_eq!(verdict.warned().count(), 0);
    let reached = |rule| verdict.findings().iter().any(|f| f.rule == rule && f.outcome == Found::Passed);
    assert!(reached(Rule::AssertionSignature) && reached(Rule::DpopNonce) && reached(Rule::AssertionJtiOnce));
}
