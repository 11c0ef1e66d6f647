//! What a route demands of the person who calls: one property of a good token broken, one rule.

use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::response::Response;
use axum::routing::get;
use helseid_api::protocol::claims::Pid;
use helseid_api::protocol::id::Issuer;
use helseid_api::protocol::person::Subject;
use helseid_api::test_util::{BrokenPerson, Jwt, TestPerson, TestRequest};
use helseid_api::{
    AtLevel, AttestationAge, Attested, Caller, ExpectedPerson, HealthWorker, Person, Refused, SecurityLevel,
};
use helseid_protocol::claims::name;
use helseid_protocol::details::attestation::ATTESTATION_TYPE;
use helseid_protocol::rule::Rule;
use http::{Method, StatusCode};
use serde_json::json;

use crate::world::{ISSUER, URL, World, answer, challenges, outcome, routes, rule};

const PID: &str = "15849197352";

fn doctor() -> TestPerson {
    TestPerson::new(PID).hpr_number("565550846").attested()
}

fn sent(world: &World) -> TestRequest {
    world.client.clone().person(&doctor()).request(&Method::GET, URL)
}

/// All demands, by a layer for those that a layer knows, and by the handler for the last.
fn by_layer(world: &World) -> Router {
    let layer = world.builder().build().unwrap().layer();
    let layer = layer.person().security_level(SecurityLevel::High).health_personnel();
    Router::new().route("/who", get(same_person)).layer(layer.attestation(AttestationAge::default()))
}

async fn same_person(caller: Caller) -> Result<(), Refused> {
    caller.require_same_person(ExpectedPerson::Pid(doctor().pid()))
}

/// The same by extractors.
fn by_extractors(world: &World) -> Router {
    let handler = |_: Person, _: AtLevel<4>, worker: HealthWorker, attested: Attested| async move {
        assert_eq!(attested.attestation().practitioner.authorization.as_ref().unwrap().code, "LE");
        same_person(worker.caller().clone()).await
    };
    Router::new().route("/who", get(handler)).layer(world.builder().build().unwrap().layer())
}

/// The same by the handler, and by who the person is at this issuer.
fn by_handler(world: &World) -> Router {
    let handler = |caller: Caller| async move {
        caller.require_person()?;
        caller.require_level(SecurityLevel::High)?;
        assert_eq!(caller.require_hpr()?.expose(), 565_550_846);
        caller.require_attestation(AttestationAge::default())?;
        let issuer = Issuer::parse(ISSUER).unwrap();
        caller.require_same_person(ExpectedPerson::Subject(&issuer, &doctor().subject()))
    };
    Router::new().route("/who", get(handler)).layer(world.builder().build().unwrap().layer())
}

/// What is refused, and that neither a person's number nor name leaves with it.
async fn refused(router: &Router, sent: &TestRequest) -> Response {
    let refusal = answer(router, sent).await;
    let told = format!("{:?} {:?}", refusal.headers(), refusal.extensions().get::<helseid_api::Rejection>());
    for secret in [PID, "06828399789", "565550846", "subject-of", "BEVER"] {
        assert!(!told.contains(secret), "{told}");
    }
    refusal
}

#[tokio::test]
async fn each_break_is_refused_by_its_rule_with_its_code_however_it_is_demanded() {
    let world = World::new();
    for router in [by_layer(&world), by_extractors(&world), by_handler(&world)] {
        assert_eq!(outcome(&router, &sent(&world)).await, None);
        for broken in BrokenPerson::ALL {
            let refusal = refused(&router, &sent(&world).broken_person(broken)).await;
            assert_eq!(rule(&refusal), Some(broken.rule()), "{broken:?}");
            let (status, error) = match broken.rule() {
                Rule::ApiPerson | Rule::ApiSecurityLevel => (401, "insufficient_user_authentication"),
                Rule::ApiAttestationAge => (403, "attestation_has_expired"),
                Rule::ApiHprNumber | Rule::ApiAttestation | Rule::ApiSamePerson => {
                    (403, "insufficient_scope")
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(refusal.status().as_u16(), status, "{broken:?}");
            let challenge = &challenges(&refusal)[0];
            assert_eq!(challenge.parameter("error"), Some(error), "{broken:?}");
            let acr = (broken.rule() == Rule::ApiSecurityLevel).then_some("Level4");
            assert_eq!(challenge.parameter("acr_values"), acr, "{broken:?}");
        }
    }
}

/// A route that demands nothing of persons lets the same tokens in: each is broken in that alone.
#[tokio::test]
async fn what_is_broken_of_a_person_breaks_nothing_else() {
    let world = World::new();
    let router = routes().layer(world.builder().build().unwrap().layer());
    for broken in BrokenPerson::ALL {
        assert_eq!(outcome(&router, &sent(&world).broken_person(broken)).await, None, "{broken:?}");
    }
}

fn aged(world: &World, age: AttestationAge) -> Router {
    routes().layer(world.builder().build().unwrap().layer().attestation(age))
}

fn stamped(world: &World, seconds_ago: i64) -> TestRequest {
    let time = crate::world::NOW - seconds_ago;
    // What the client says of the time is not asked for.
    let stamp = |token: Jwt| {
        let mut attestation = token.claim_of(ATTESTATION_TYPE).unwrap().clone();
        attestation["toa"] = json!(crate::world::NOW);
        token.claim(ATTESTATION_TYPE, attestation).claim(name::ATTESTED_AT, time)
    };
    sent(world).token(stamp)
}

#[tokio::test]
async fn an_attestation_is_good_for_an_hour_and_the_tolerance_of_clocks() {
    let world = World::new();
    let old = Some(Rule::ApiAttestationAge);
    let hour = aged(&world, AttestationAge::default());
    for (ago, expected) in [(0, None), (3600, None), (3610, None), (3611, old), (-10, None), (-11, old)] {
        assert_eq!(outcome(&hour, &stamped(&world, ago)).await, expected, "{ago}");
    }
    let minute = aged(&world, AttestationAge::at_most(Duration::from_secs(60)));
    for (ago, expected) in [(70, None), (71, old)] {
        assert_eq!(outcome(&minute, &stamped(&world, ago)).await, expected, "{ago}");
    }
}

#[tokio::test]
async fn without_a_time_of_the_authority_the_age_counts_from_the_login_unless_a_setting_says_otherwise() {
    let world = World::new();
    let old = Some(Rule::ApiAttestationAge);
    let (login, issue) = (AttestationAge::default(), AttestationAge::default().insecure_from_issue());
    let (by_login, by_issue) = (aged(&world, login), aged(&world, issue));
    let logged_in_hours_ago = || sent(&world).broken_person(BrokenPerson::LoginTooOld);
    assert_eq!(outcome(&by_login, &logged_in_hours_ago()).await, old);
    assert_eq!(outcome(&by_issue, &logged_in_hours_ago()).await, None);
    let issued_hours_ago = logged_in_hours_ago().token(|token| token.claim("iat", crate::world::NOW - 7200));
    assert_eq!(outcome(&by_issue, &issued_hours_ago).await, old);
    let never = logged_in_hours_ago().token(|token| token.without_claim("iat"));
    assert_eq!(outcome(&by_issue, &never).await, old);
    // A time of the authority's own decides, whatever the setting.
    assert_eq!(outcome(&by_issue, &sent(&world).broken_person(BrokenPerson::AttestationTooOld)).await, old);
}

#[tokio::test]
async fn a_subject_is_one_persons_at_one_issuer() {
    let world = World::new();
    let at = |issuer: &'static str, subject: &'static str| {
        let handler = move |caller: Caller| async move {
            let (issuer, subject) = (Issuer::parse(issuer).unwrap(), Subject::parse(subject).unwrap());
            caller.require_same_person(ExpectedPerson::Subject(&issuer, &subject))
        };
        Router::new().route("/who", get(handler)).layer(world.builder().build().unwrap().layer())
    };
    let own = "subject-of-15849197352";
    let other = Some(Rule::ApiSamePerson);
    for (issuer, subject, expected) in
        [(ISSUER, own, None), ("https://other.example", own, other), (ISSUER, "another", other)]
    {
        assert_eq!(outcome(&at(issuer, subject), &sent(&world)).await, expected, "{issuer} {subject}");
    }
}

#[tokio::test]
async fn a_person_is_typed_and_prints_nothing_that_leads_to_it() {
    let world = World::new();
    let handler = |person: Person| async move {
        assert_eq!(person.pid(), Some(Pid::parse(PID).unwrap()));
        assert_eq!(person.security_level(), Some(SecurityLevel::High));
        assert_eq!(person.hpr_number().unwrap().expose(), 565_550_846);
        assert_eq!(person.subject(), &doctor().subject());
        assert_eq!(person.authenticated().unwrap().seconds(), crate::world::NOW);
        assert!(person.attestation().is_some());
        let (pid, hpr) = (person.pid(), person.hpr_number());
        format!("{person:?} {pid:?} {hpr:?} {:?} {:?}", person.subject(), person.caller())
    };
    let router = Router::new().route("/who", get(handler)).layer(world.builder().build().unwrap().layer());
    let named = sent(&world).token(|token| token.claim("name", "LIVSTRETT BEVER"));
    let shown = answer(&router, &named).await;
    assert_eq!(shown.status(), StatusCode::OK);
    let shown = String::from_utf8(to_bytes(shown.into_body(), 4096).await.unwrap().to_vec()).unwrap();
    for secret in [PID, "565550846", "subject-of", "BEVER"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    // A number of another form is none: nobody is let in by it.
    let router = by_layer(&world);
    let odd = sent(&world).token(|token| token.claim(name::PID, "1584919735"));
    assert_eq!(outcome(&router, &odd).await, Some(Rule::ApiSamePerson));
}

#[tokio::test]
async fn of_those_who_act_the_outermost_decides() {
    let world = World::new();
    let handler = |caller: Caller| async move {
        let before: Vec<_> = caller.claims().actors().skip(1).filter_map(|actor| actor.client_id()).collect();
        format!("{:?} {before:?}", caller.actor().and_then(|actor| actor.client_id()))
    };
    let router = Router::new().route("/who", get(handler)).layer(world.builder().build().unwrap().layer());
    let ours = world.builder().build().unwrap().layer();
    let ours = routes().layer(ours.check("our own gateway", |claims| {
        claims.actor().is_some_and(|actor| actor.client_id() == Some("gateway"))
    }));
    let acting = |act: serde_json::Value| sent(&world).token(|token| token.claim("act", act));
    let chain = acting(json!({ "client_id": "stranger", "act": { "client_id": "gateway" } }));
    let said = to_bytes(answer(&router, &chain).await.into_body(), 200).await.unwrap();
    assert_eq!(said, r#"Some("stranger") ["gateway"]"#);
    assert_eq!(outcome(&ours, &chain).await, Some(Rule::ApiClaims));
    let chain = acting(json!({ "client_id": "gateway", "act": { "client_id": "stranger" } }));
    assert_eq!(outcome(&ours, &chain).await, None);
    // The same as the test issuer makes it.
    let chain = world.client.clone().person(&doctor()).exchanged_by("gateway").exchanged_by("next");
    let chain = chain.request(&Method::GET, URL);
    let said = to_bytes(answer(&router, &chain).await.into_body(), 200).await.unwrap();
    assert_eq!(said, r#"Some("next") ["gateway"]"#);
    let claims = |name: &str| chain.token.claim_of(name).cloned().unwrap();
    assert_eq!((claims("client_id"), claims(name::ORIGINAL_CLIENT_ID)), (json!("next"), json!("the-client")));
    assert_eq!(claims("act")["act"]["iss"], ISSUER);
    assert_eq!(outcome(&ours, &chain).await, Some(Rule::ApiClaims));
}

#[tokio::test]
async fn extractors_of_persons_let_nobody_in_without_a_layer() {
    let world = World::new();
    let open = Router::new()
        .route("/person", get(|_: Person| async {}))
        .route("/level", get(|_: AtLevel<2>| async {}))
        .route("/hpr", get(|_: HealthWorker| async {}))
        .route("/attested", get(|_: Attested| async {}));
    for path in ["person", "level", "hpr", "attested"] {
        let sent = world.client.clone().person(&doctor());
        let sent = sent.request(&Method::GET, &format!("https://api.example/{path}"));
        assert_eq!(answer(&open, &sent).await.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
    }
}
