//! Takes a valid token request, breaks one property, expects that one fault.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::attestation::{Attestation, Coded, Identified, Purpose};
use helseid_protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::grant::GrantType;
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::rule::{Outcome as Found, Profile, Rule, Verdict};
use helseid_protocol::scope::ScopeSet;
use serde_json::{Value, json};

use super::TokenLine;
use crate::oauth::signed_post;
pub(super) use crate::oauth::tests::world::{READ, Sent, World, new_key};

pub(super) const OTHER: &str = "nhn:test-public-sample-api-1/some-scope";

/// What became of a token request.
pub(super) type Outcome = signed_post::Outcome<TokenGranted>;

impl World {
    pub(super) async fn answer(&self, sent: &Sent) -> (Outcome, Verdict) {
        self.post::<TokenLine>(sent).await
    }

    /// The answer where a fault on request has the clock so far ahead.
    pub(super) async fn answer_by_a_clock_ahead(&self, ahead: i64, sent: &Sent) -> (Outcome, Verdict) {
        self.post_by_a_clock_ahead::<TokenLine>(ahead, sent).await
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
async fn nobody_attests_in_a_clients_own_name() {
    let (world, own) = (World::new(Profile::Helseid), number("994598759"));
    let attestation = Attestation::new(
        Identified::organisation(&own),
        Identified::organisation(&own),
        Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655"),
        Purpose::Treatment,
    );
    let details = Details::new().with_attestation(attestation).to_claim();
    let attests = Sent { assertion: world.assertion(details.as_ref()).sign(&world.key), ..world.sent() };
    world.breaks(Rule::DetailsAttestationPerson, &attests).await;
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
    for (profile, refused) in
        [(Profile::Helseid, false), (Profile::Fapi2, true), (Profile::HelseidNext, true)]
    {
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
    world.client(|client| client.scopes = ScopeSet::parse(&format!("{READ} {OTHER}")).unwrap());
    for (scope, first, second) in [
        ("nhn:nowhere/read", OTHER, READ),
        ("nhn:test-public-sample-api-1/nothing", OTHER, READ),
        ("norsk-helsenett:python-sample-api/nothing", READ, OTHER),
    ] {
        let Outcome::Refused(fault) = world.answer(&world.sent().with("scope", scope)).await.0 else {
            panic!("not refused");
        };
        let why = format!("belongs to no registered API; the client may request {first} {second}");
        let said = fault.description();
        assert!(said.starts_with(&format!("The scope '{scope}' {why}")), "{said}");
    }
}

#[tokio::test]
async fn a_clients_profile_goes_before_the_authoritys() {
    for profile in [Profile::Helseid, Profile::Fapi2] {
        let world = World::new(profile);
        world.breaks(Rule::DpopPresent, &Sent { proof: None, ..world.sent() }).await;
        world.client(|client| client.profile = Some(Profile::Legacy));
        let unbound = world.token(&Sent { proof: None, ..world.sent() }).await;
        assert!(unbound.get("cnf").is_none(), "{unbound}");
    }
}

#[tokio::test]
async fn a_client_under_fapi2_signs_with_fapis_algorithms_alone_at_any_authority() {
    let rs256 = || SigningKey::new(&PrivateJwk::generate(Algorithm::RS256, RsaSize::Bits2048, None)).unwrap();
    let (mut asserts, mut proves) = (World::new(Profile::Helseid), World::new(Profile::Helseid));
    (asserts.key, proves.proof_key) = (rs256(), rs256());
    for (world, rule) in [(asserts, Rule::AssertionAlg), (proves, Rule::DpopAlg)] {
        world.client(|_| ());
        world.token(&world.sent()).await;
        world.client(|client| client.profile = Some(Profile::Fapi2));
        world.breaks(rule, &world.sent()).await;
    }
}

#[tokio::test]
async fn a_client_sends_a_proof_or_not_as_it_is_registered_where_its_profile_lets_it() {
    for (profile, registered, required) in [
        (Profile::Helseid, None, true),
        (Profile::Helseid, Some(false), false),
        (Profile::Legacy, None, false),
        (Profile::Legacy, Some(true), true),
        // Nothing registers these two; what the profile demands holds all the same.
        (Profile::HelseidNext, Some(false), true),
        (Profile::Fapi2, Some(false), true),
    ] {
        let world = World::new(profile);
        world.client(|client| client.login.require_dpop = registered);
        let without = Sent { proof: None, ..world.sent() };
        match required {
            true => world.breaks(Rule::DpopPresent, &without).await,
            false => drop(world.token(&without).await),
        }
    }
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
