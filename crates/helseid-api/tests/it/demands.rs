//! What a route asks beyond a valid token, over the layer and by extractors.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use helseid_api::protocol::secret::AccessToken;
use helseid_api::test_util::TestRequest;
use helseid_api::{
    ApiProtection, Caller, CallerToken, Claims, ClientTenancy, ProtectionLayer, SecurityLevel,
};
use helseid_protocol::claims::name;
use helseid_protocol::details::attestation::ATTESTATION_TYPE;
use helseid_protocol::rule::Rule;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer, ask, challenges, outcome, routes, rule};

fn protection(world: &World) -> ApiProtection {
    world.builder().build().unwrap()
}

fn guarded(world: &World, demand: impl FnOnce(ProtectionLayer) -> ProtectionLayer) -> Router {
    routes().layer(demand(protection(world).layer()))
}

fn with(world: &World, claims: &[(&str, Value)]) -> TestRequest {
    let add =
        |token: helseid_api::test_util::Jwt, (name, value): &(&str, Value)| token.claim(name, value.clone());
    world.sent().token(|token| claims.iter().fold(token, add))
}

#[tokio::test]
async fn each_demand_has_its_rule() {
    let world = World::new();
    let level = |level: &str| with(&world, &[(name::SECURITY_LEVEL, json!(level))]);
    let tenancy = |tenancy: &str| with(&world, &[(name::CLIENT_TENANCY, json!(tenancy))]);
    let organisation = with(&world, &[(name::ORGNR_PARENT, json!("999977774"))]);
    let personnel = with(&world, &[("sub", json!("a-person")), (name::HPR_NUMBER, json!("565550846"))]);
    let high = guarded(&world, |layer| layer.security_level(SecurityLevel::High));
    let single = guarded(&world, |layer| layer.tenancy([ClientTenancy::SingleTenant]));
    let one = guarded(&world, ProtectionLayer::organisation);
    let health = guarded(&world, ProtectionLayer::health_personnel);
    let client = guarded(&world, |layer| {
        layer.check("our own client", |claims| claims.client_id().is_some_and(|id| id.as_str() == "ours"))
    });
    let ours = world.sent().token(|token| token.claim("client_id", "ours"));
    for (router, sent, expected) in [
        (&high, level("4"), None),
        (&high, level("3"), Some(Rule::ApiSecurityLevel)),
        (&high, world.sent(), Some(Rule::ApiSecurityLevel)),
        (&single, tenancy("single-tenant"), None),
        (&single, tenancy("multi-tenant"), Some(Rule::ApiTenancy)),
        (&single, tenancy("another"), Some(Rule::ApiTenancy)),
        (&one, organisation, None),
        (&one, world.sent(), Some(Rule::ApiOrganisation)),
        (&health, personnel, None),
        (&health, world.sent(), Some(Rule::ApiPerson)),
        (&client, ours, None),
        (&client, world.sent(), Some(Rule::ApiClaims)),
    ] {
        let answer = answer(router, &sent).await;
        assert_eq!(rule(&answer), expected);
        let status = match expected {
            None => StatusCode::OK,
            Some(Rule::ApiSecurityLevel | Rule::ApiPerson) => StatusCode::UNAUTHORIZED,
            Some(_) => StatusCode::FORBIDDEN,
        };
        assert_eq!(answer.status(), status, "{expected:?}");
    }
}

#[tokio::test]
async fn the_challenge_says_what_would_do() {
    let world = World::new();
    let high = guarded(&world, |layer| layer.security_level(SecurityLevel::High));
    let refusal = answer(&high, &world.sent()).await;
    let challenge = &challenges(&refusal)[0];
    assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(challenge.parameter("error"), Some("insufficient_user_authentication"));
    assert_eq!(challenge.parameter("acr_values"), Some("Level4"));

    let both = protection(&world).require_scopes_all(["nhn:api/read", "nhn:api/write"]).unwrap();
    let refusal = answer(&routes().layer(both.organisation()), &world.sent()).await;
    let challenge = &challenges(&refusal)[0];
    assert_eq!(refusal.status(), StatusCode::FORBIDDEN);
    assert_eq!(challenge.parameter("error"), Some("insufficient_scope"));
    assert_eq!(challenge.parameter("scope"), Some("nhn:api/read nhn:api/write"));
}

#[tokio::test]
async fn a_proof_is_used_up_where_a_demand_is_not_met() {
    let world = World::new();
    let router = guarded(&world, ProtectionLayer::organisation);
    let request = world.sent();
    let once = Request::get("/who");
    let (mut first, mut second) =
        (once.body(Body::empty()).unwrap(), Request::get("/who").body(Body::empty()).unwrap());
    *first.headers_mut() = request.headers();
    *second.headers_mut() = first.headers().clone();
    assert_eq!(rule(&ask(&router, first).await), Some(Rule::ApiOrganisation));
    assert_eq!(rule(&ask(&router, second).await), Some(Rule::DpopJtiOnce));
}

helseid_api::scoped_caller!(Reader: any ["nhn:api/read", "nhn:api/write"]);
helseid_api::scoped_caller!(Writer: all ["nhn:api/write"]);

#[derive(serde::Deserialize)]
struct Mine {
    #[serde(rename = "nhn:api/client/claims/department")]
    department: String,
}

/// Routes whose handlers say themselves what they need.
fn by_handler(protection: &ApiProtection) -> Router {
    Router::new()
        .route("/who", get(|caller: Reader| async move { caller.claims().client_id().unwrap().to_string() }))
        .route("/write", get(|_: Writer| async {}))
        .route("/mine", get(|Claims(mine): Claims<Mine>| async { mine.department }))
        .layer(protection.layer())
}

#[tokio::test]
async fn an_extractor_asks_for_scopes_and_for_claims_as_a_type() {
    let world = World::new();
    let router = by_handler(&protection(&world));
    assert_eq!(outcome(&router, &world.sent()).await, None);
    let refusal = answer(&router, &world.sent_to("https://api.example/write")).await;
    assert_eq!((refusal.status(), rule(&refusal)), (StatusCode::FORBIDDEN, Some(Rule::ApiScope)));
    assert_eq!(challenges(&refusal)[0].parameter("scope"), Some("nhn:api/write"));

    let mine = || world.sent_to("https://api.example/mine");
    let department = "nhn:api/client/claims/department";
    let good = answer(&router, &mine().token(|token| token.claim(department, "surgery"))).await;
    assert_eq!(to_bytes(good.into_body(), 100).await.unwrap(), "surgery");
    for wrong in [mine(), mine().token(|token| token.claim(department, 15849197352_u64))] {
        let refusal = answer(&router, &wrong).await;
        assert_eq!((refusal.status(), rule(&refusal)), (StatusCode::FORBIDDEN, Some(Rule::ApiClaims)));
        assert!(!format!("{:?}", refusal.headers()).contains("15849197352"));
    }
}

#[tokio::test]
async fn extractors_without_a_layer_let_nobody_in() {
    let world = World::new();
    let open = Router::new()
        .route("/who", get(|_: Reader| async {}))
        .route("/mine", get(|_: Claims<Value>| async {}))
        .route("/maybe", get(|_: Option<Caller>| async {}));
    for path in ["/who", "/mine", "/maybe"] {
        let sent = world.sent_to(&format!("https://api.example{path}"));
        assert_eq!(answer(&open, &sent).await.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
    }
}

#[tokio::test]
async fn optional_protection_knows_some_and_serves_all_but_the_wrong() {
    let world = World::new();
    let protection = protection(&world);
    let maybe = |caller: Option<Caller>| async move {
        caller.map_or("nobody".to_owned(), |caller| caller.claims().client_id().unwrap().to_string())
    };
    let closed = Router::new().route("/closed", get(|_: Caller| async {}));
    let inner = Router::new()
        .route("/inner", get(|_: Caller| async {}))
        .layer(protection.require_scopes_all(["nhn:api/read"]).unwrap());
    let router =
        Router::new().route("/who", get(maybe)).merge(closed).merge(inner).layer(protection.optional());
    let open = |path: &str| Request::get(path).body(Body::empty()).unwrap();

    let nobody = ask(&router, open("/who")).await;
    assert_eq!(to_bytes(nobody.into_body(), 100).await.unwrap(), "nobody");
    let known = answer(&router, &world.sent()).await;
    assert_eq!(to_bytes(known.into_body(), 100).await.unwrap(), "the-client");
    let broken = world.sent().broken(helseid_api::test_util::Broken::TokenExpired);
    assert_eq!(outcome(&router, &broken).await, Some(Rule::TokenExp));
    for path in ["/closed", "/inner"] {
        let refusal = ask(&router, open(path)).await;
        assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(challenges(&refusal).len(), 1);
        let sent = world.sent_to(&format!("https://api.example{path}"));
        assert_eq!(answer(&router, &sent).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn what_helseid_says_of_a_caller_is_typed() {
    let world = World::new();
    let attestation = json!({ "type": ATTESTATION_TYPE });
    let claims = [
        (name::CLIENT_TENANCY, json!("multi-tenant")),
        (name::ORGNR_PARENT, json!("999977774")),
        (name::ORGNR_CHILD, json!("999977776")),
        (name::ORGNR_SUPPLIER, json!("313745392")),
        (name::SECURITY_LEVEL, json!("4")),
        (name::HPR_NUMBER, json!("565550846")),
        (ATTESTATION_TYPE, attestation),
    ];
    let handler = |caller: Caller| async move {
        let claims = caller.claims();
        assert_eq!(claims.client_id().unwrap().as_str(), "the-client");
        assert_eq!(claims.client_tenancy(), Some(ClientTenancy::MultiTenant));
        assert_eq!(claims.orgnr_parent(), Some("999977774"));
        assert_eq!(claims.orgnr_child(), Some("999977776"));
        assert_eq!(claims.orgnr_supplier(), Some("313745392"));
        assert_eq!(claims.security_level(), Some(SecurityLevel::High));
        assert_eq!(claims.hpr_number(), Some("565550846"));
        assert_eq!(claims.issuer(), crate::world::ISSUER);
        assert_eq!(claims.scopes().to_string(), "nhn:api/read");
        claims.attestation().map_or("none", |_| "attested")
    };
    let router = Router::new().route("/who", get(handler)).layer(protection(&world).layer());
    let known = answer(&router, &with(&world, &claims)).await;
    assert_eq!(known.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_handler_that_calls_on_has_the_token_that_was_verified_and_nobody_elses() {
    let world = World::new();
    let route = || {
        Router::new().route("/who", get(async |CallerToken(token): CallerToken| token.expose().to_owned()))
    };
    let sent = world.sent().build(Body::empty());
    let token = sent.headers()["authorization"].to_str().unwrap().split_once(' ').unwrap().1.to_owned();
    let protected = route().layer(protection(&world).layer());
    let answered = ask(&protected, sent).await;
    assert_eq!(to_bytes(answered.into_body(), 8_192).await.unwrap(), token);
    assert!(!format!("{:?}", CallerToken(AccessToken::new(token))).contains("eyJ"));

    let broken = world.sent().broken(helseid_api::test_util::Broken::TokenExpired);
    assert_eq!(outcome(&protected, &broken).await, Some(Rule::TokenExp));
    let nobody = Request::get("/who").body(Body::empty()).unwrap();
    let optional = route().layer(protection(&world).optional());
    assert_eq!(ask(&optional, nobody).await.status(), StatusCode::UNAUTHORIZED);
    // Where no layer is, nobody was verified.
    assert_eq!(answer(&route(), &world.sent()).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
}
