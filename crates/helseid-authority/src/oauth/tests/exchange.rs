//! Exchanges of tokens: APIs that call each other, for a person and for a machine. Takes a valid exchange, breaks one property,
//! expects that one fault.

use std::sync::atomic::Ordering;

use helseid_admin_api::KeyOrigin;
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::attestation::{Attestation, Coded, Identified, Purpose};
use helseid_protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_protocol::endpoint::token::ACCESS_TOKEN_TYPE;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use serde_json::{Value, json};

use super::login::Answered;
use super::world::{READ, Sent, World};
use crate::domain::change::Change;
use crate::domain::model::{Client, Key};
use crate::keys::JwtKind;
use crate::oauth::test_mark::MARK;

/// The APIs of a chain, each with its client: the first is called by the app, and calls the next.
const CHAIN: [(&str, &str, &str); 4] = [
    ("one", "norsk-helsenett:python-sample-api", READ),
    ("two", "nhn:test-public-sample-api-1", "nhn:test-public-sample-api-1/some-scope"),
    ("three", "nhn:test-public-sample-api-2", "nhn:test-public-sample-api-2/some-scope"),
    ("four", "nhn:bff-sample", "nhn:bff-sample/api"),
];

/// What the first API asks for to call the second.
pub(super) const NEXT: &str = CHAIN[1].2;

/// An app that logs people in, and a chain of four APIs behind it. Each client lets the next exchange its tokens.
pub(super) async fn chain() -> World {
    let world = World::with_login(Profile::Helseid, 60).await;
    world.app(|_| ());
    for (place, (id, own, _)) in CHAIN.into_iter().enumerate() {
        world.api(id, own, |client| {
            let next = CHAIN.get(place + 1).into_iter();
            client.may_be_exchanged_by = list(next.map(|(id, ..)| ClientId::parse(id).unwrap()));
        });
    }
    world
}

fn list<T: std::fmt::Debug, const MAX: usize>(
    items: impl IntoIterator<Item = T>,
) -> helseid_protocol::bounded::Bounded<T, MAX> {
    helseid_protocol::bounded::Bounded::of(items).unwrap()
}

pub(super) fn claims(token: &str) -> Value {
    Value::Object(Unverified::parse(token, 20_000).unwrap().unverified_claims().clone())
}

pub(super) fn access(answer: &Answered) -> String {
    assert!(answer.is_granted(), "{answer:?}");
    answer.text("access_token")
}

impl World {
    /// The app, with a change: the client whose logins these are.
    fn app(&self, change: impl FnOnce(&mut Client)) {
        self.client(|client| {
            client.scopes = ScopeSet::parse(&format!("profile {READ}")).unwrap();
            client.grant_types =
                GrantType::ALL.into_iter().filter(|grant| *grant != GrantType::TokenExchange).collect();
            client.login =
                serde_json::from_value(json!({ "redirect_uris": [super::login::CALLBACK] })).unwrap();
            client.may_be_exchanged_by = list([ClientId::parse("one").unwrap()]);
            change(client);
        });
    }

    /// Registers the client of an API, which has the same key as the app.
    fn api(&self, id: &str, own: &str, change: impl FnOnce(&mut Client)) {
        let key = Key { jwk: self.key.public().clone(), expires: None, origin: KeyOrigin::Gui };
        let scopes = CHAIN.map(|(.., scope)| scope).join(" ");
        let mut client = Client {
            scopes: ScopeSet::parse(&scopes).unwrap(),
            keys: vec![key].try_into().unwrap(),
            grant_types: [GrantType::ClientCredentials, GrantType::TokenExchange].into_iter().collect(),
            own_audiences: list([Audience::parse(own).unwrap()]),
            ..Client::new(ClientId::parse(id).unwrap(), id.parse().unwrap())
        };
        change(&mut client);
        self.state.registry.put(Change::PutClient(Box::new(client)));
    }

    /// An exchange by a client, which acts for an organisation or not.
    fn exchange_for(&self, actor: &str, token: &str, scope: &str, details: Option<&Value>) -> Sent {
        let assertion = self.assertion(details).claim("iss", actor).claim("sub", actor).sign(&self.key);
        let form = [
            ("grant_type", GrantType::TokenExchange.name()),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN_TYPE),
            ("scope", scope),
        ];
        let form = form.map(|(name, value)| (name, value.to_owned())).into();
        Sent { assertion, proof: Some(self.proof(true)), form, basic: None }
    }

    pub(super) fn exchange(&self, actor: &str, token: &str, scope: &str) -> Sent {
        self.exchange_for(actor, token, scope, None)
    }

    pub(super) async fn at_token(&self, sent: &Sent) -> Answered {
        self.answer_at(&self.state, "/connect/token", sent).await
    }

    /// The tokens of a login of the doctor, for the first API.
    async fn of_doctor(&self) -> (String, Answered) {
        let code = self.code().await;
        let answer = self.redeem(&self.state, &code).await;
        (access(&answer), answer)
    }

    pub(super) async fn refuses(&self, rule: &str, error: &str, sent: &Sent) {
        let answer = self.at_token(sent).await;
        assert_eq!((&*answer.broken(), &*answer.text("error")), (rule, error), "{answer:?}");
        assert!(!answer.text("error_description").contains("eyJ"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_persons_token_is_exchanged_along_a_chain_and_names_who_acts_the_newest_outermost() {
    let world = chain().await;
    let (first, _) = world.of_doctor().await;
    let said = claims(&first);
    world.clock.fetch_add(60, Ordering::SeqCst);
    let mut tokens = vec![first];
    for (api, next) in CHAIN.iter().zip(&CHAIN[1..]) {
        let answer = world.at_token(&world.exchange(api.0, tokens.last().unwrap(), next.2)).await;
        tokens.push(access(&answer));
        assert_eq!(answer.json["issued_token_type"], ACCESS_TOKEN_TYPE);
        assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("DPoP"), &json!(540)));
        assert!(answer.json.get("refresh_token").is_none() && answer.json.get("id_token").is_none());
        let token = claims(tokens.last().unwrap());
        assert_eq!((&token["aud"], &token["scope"]), (&json!(next.1), &json!([next.2])));
        assert_eq!(
            (&token["client_id"], &token["exp"]),
            (&json!(api.0), &said["exp"]),
            "no later than the first"
        );
        assert_eq!(token["cnf"]["jkt"], world.proof_key.public().thumbprint().as_str());
        for name in ["sub", "sid", "auth_time", "idp", "amr", "name", "helseid://claims/identity/pid"] {
            assert!(said[name] != Value::Null && token[name] == said[name], "{name}");
        }
        assert_ne!(token["jti"], said["jti"]);
        assert_eq!(token["helseid://claims/client/original_client_id"], "the-client");
        assert_eq!(token["helseid://claims/client/client_name"], "the client");
    }
    let iss = world.state.issuer.name.as_str();
    let expected = json!({ "iss": iss, "client_id": "three",
        "act": { "iss": iss, "client_id": "two", "act": { "iss": iss, "client_id": "one" } } });
    assert_eq!(claims(tokens.last().unwrap())["act"], expected);
    // Three times is the most.
    world.api("three", CHAIN[2].1, |client| {
        client.may_be_exchanged_by = list([ClientId::parse("four").unwrap()])
    });
    world
        .refuses("exchange.count", "invalid_request", &world.exchange("four", tokens.last().unwrap(), READ))
        .await;
}

#[tokio::test]
async fn a_machines_token_is_exchanged_and_has_no_person() {
    let world = chain().await;
    let machine = access(&world.at_token(&world.sent()).await);
    let token = claims(&access(&world.at_token(&world.exchange("one", &machine, NEXT)).await));
    assert_eq!((&token["client_id"], &token["act"]["client_id"]), (&json!("one"), &json!("one")));
    assert!(token.get("sub").is_none() && token.get("sid").is_none());
    world.app(|client| client.may_be_exchanged_by = list([]));
    world.refuses("exchange.permitted", "invalid_request", &world.exchange("one", &machine, NEXT)).await;
}

#[tokio::test]
async fn the_organisation_is_that_of_the_subject_token_and_the_actors_own_stands_in_act() {
    let number = |text: &str| OrganisationNumber::parse(text).unwrap();
    let world = chain().await;
    world.app(|client| {
        client.tenancy = ClientTenancy::SingleTenant;
        client.org_parent = Some(number("999977774"));
    });
    world.api("one", CHAIN[0].1, |client| {
        client.tenancy = ClientTenancy::MultiTenant;
        client.org_parent = Some(number("313745392"));
    });
    let (first, _) = world.of_doctor().await;
    let organisation = Organisation::Parent { parent: number("312232324"), child: Some(number("312232326")) };
    let details = Details::new().for_organisation(organisation).to_claim();
    let sent = world.exchange_for("one", &first, NEXT, details.as_ref());
    let token = claims(&access(&world.at_token(&sent).await));
    let of =
        |claims: &Value, which: &str| claims[format!("helseid://claims/client/claims/orgnr_{which}")].clone();
    let [of_token, of_actor] =
        [&token, &token["act"]].map(|claims| ["parent", "child", "supplier"].map(|w| of(claims, w)));
    assert_eq!(of_token, [json!("999977774"), Value::Null, Value::Null]);
    assert_eq!(of_actor, [json!("312232324"), json!("312232326"), json!("313745392")]);
    let foreign = Organisation::Parent { parent: number("994919806"), child: None };
    let details = Details::new().for_organisation(foreign).to_claim();
    let sent = world.exchange_for("one", &first, NEXT, details.as_ref());
    world.refuses("details.parent_allowed", "invalid_request", &sent).await;
}

#[tokio::test]
async fn whoever_exchanges_a_token_attests_nothing() {
    let world = chain().await;
    let (first, _) = world.of_doctor().await;
    let own = OrganisationNumber::parse("994598759").unwrap();
    let attestation = Attestation::new(
        Identified::organisation(&own),
        Identified::organisation(&own),
        Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655"),
        Purpose::Treatment,
    );
    let details = Details::new().with_attestation(attestation).to_claim();
    let sent = world.exchange_for("one", &first, NEXT, details.as_ref());
    world.refuses("details.attestation_person", "invalid_authorization_details", &sent).await;
}

#[tokio::test]
async fn only_a_good_access_token_of_this_authoritys_own_is_exchanged() {
    let world = chain().await;
    let (first, answer) = world.of_doctor().await;
    let said = claims(&first).as_object().unwrap().clone();
    let keys = world.state.keys.current().unwrap();
    let signed = |name: &str, value: Value| {
        let mut claims = said.clone();
        claims.insert(name.to_owned(), value);
        keys.sign(JwtKind::Access, &claims, world.state.keys.algorithm(), world.now()).unwrap()
    };
    let (head, _) = first.rsplit_once('.').unwrap();
    let by_another_key = answer.text("id_token").rsplit_once('.').unwrap().1.to_owned();
    for other in [
        "not a token".to_owned(),
        "æ".to_owned(),
        format!("{head}.{by_another_key}"),
        // As the double of NHN's test token service signs them: by the authority's key, for a real login.
        signed(MARK, json!(true)),
        signed("iss", json!("https://helseid.example/a-session")),
        signed("exp", json!(world.now().seconds())),
        answer.text("id_token"),
        answer.text("refresh_token"),
    ] {
        world
            .refuses("exchange.subject_token", "invalid_request", &world.exchange("one", &other, NEXT))
            .await;
    }
    // Nor a token that names no login of ours.
    for jwt_id in ["A".repeat(32), "another".to_owned()] {
        let other = signed("jti", json!(jwt_id));
        world.refuses("exchange.session", "invalid_request", &world.exchange("one", &other, NEXT)).await;
    }
    access(&world.at_token(&world.exchange("one", &first, NEXT)).await);
    world.clock.fetch_add(600, Ordering::SeqCst);
    world.refuses("exchange.subject_token", "invalid_request", &world.exchange("one", &first, NEXT)).await;
}

#[tokio::test]
async fn who_is_not_the_api_or_not_listed_or_not_enabled_exchanges_nothing() {
    let world = chain().await;
    let (first, _) = world.of_doctor().await;
    let exchange = || world.exchange("one", &first, NEXT);
    world.api("one", CHAIN[1].1, |_| ());
    world.refuses("exchange.audience", "invalid_request", &exchange()).await;
    world.api("one", CHAIN[0].1, |client| client.own_audiences = list([]));
    world.refuses("exchange.audience", "invalid_request", &exchange()).await;
    world.api("one", CHAIN[0].1, |client| {
        client.grant_types = [GrantType::ClientCredentials].into_iter().collect()
    });
    world.refuses("request.grant_allowed", "unauthorized_client", &exchange()).await;
    world.api("one", CHAIN[0].1, |client| {
        client.may_be_exchanged_by = list([ClientId::parse("two").unwrap()])
    });
    world.app(|client| client.may_be_exchanged_by = list([ClientId::parse("two").unwrap()]));
    world.refuses("exchange.permitted", "invalid_request", &exchange()).await;
    world.app(|_| ());
    let second = access(&world.at_token(&exchange()).await);
    // The app lists the second API, too; only the client of the token itself is asked.
    world.app(|client| {
        client.may_be_exchanged_by = list(["one", "two"].map(|id| ClientId::parse(id).unwrap()))
    });
    world.api("one", CHAIN[0].1, |client| client.may_be_exchanged_by = list([]));
    world.refuses("exchange.permitted", "invalid_request", &world.exchange("two", &second, CHAIN[2].2)).await;
    world.api("one", CHAIN[0].1, |client| {
        client.may_be_exchanged_by = list([ClientId::parse("two").unwrap()])
    });
    world.app(|client| client.enabled = false);
    world.refuses("exchange.subject_token", "invalid_request", &exchange()).await;
    // The first client counts, however many have acted since.
    world
        .refuses("exchange.subject_token", "invalid_request", &world.exchange("two", &second, CHAIN[2].2))
        .await;
    world.app(|_| ());
    access(&world.at_token(&world.exchange("two", &second, CHAIN[2].2)).await);
}

#[tokio::test]
async fn a_person_who_logged_out_is_called_for_by_no_api_any_more() {
    let world = chain().await;
    let (first, answer) = world.of_doctor().await;
    let second = access(&world.at_token(&world.exchange("one", &first, NEXT)).await);
    let mut revocation = world.signed(vec![("token", answer.text("refresh_token"))]);
    revocation.proof = None;
    assert!(world.ends(&revocation).await);
    world.refuses("exchange.session", "invalid_request", &world.exchange("one", &first, NEXT)).await;
    world.refuses("exchange.session", "invalid_request", &world.exchange("two", &second, CHAIN[2].2)).await;
}

#[tokio::test]
async fn a_session_that_was_ended_at_the_authority_ends_the_chain_of_its_tokens() {
    let world = chain().await;
    let cookie = world.sign_in(None).await;
    let code = world.code_of(world.asking_of_a_session(), Some(&cookie)).await;
    let answer = world.redeem(&world.state, &code).await;
    let first = access(&answer);
    let second = access(&world.at_token(&world.exchange("one", &first, NEXT)).await);
    world.log_out(&world.state, &cookie, &answer.text("id_token")).await;
    assert!(!world.is_signed_in(&cookie).await);
    world.refuses("exchange.session", "invalid_request", &world.exchange("one", &first, NEXT)).await;
    world.refuses("exchange.session", "invalid_request", &world.exchange("two", &second, CHAIN[2].2)).await;
}

#[tokio::test]
async fn an_exchange_is_for_scopes_of_the_actor_and_says_which() {
    let world = chain().await;
    let (first, _) = world.of_doctor().await;
    world
        .api("one", CHAIN[0].1, |client| client.scopes = ScopeSet::parse(&format!("{READ} {NEXT}")).unwrap());
    world.refuses("request.scope_allowed", "invalid_scope", &world.exchange("one", &first, CHAIN[2].2)).await;
    world.refuses("request.scope_allowed", "invalid_scope", &world.exchange("one", &first, "openid")).await;
    world.refuses("exchange.scope", "invalid_scope", &world.exchange("one", &first, "")).await;
    let named = world.exchange("one", &first, &format!("{READ} {NEXT}")).with("resource", CHAIN[1].1);
    let token = claims(&access(&world.at_token(&named).await));
    assert_eq!((&token["aud"], &token["scope"]), (&json!(CHAIN[1].1), &json!([NEXT])));
    let elsewhere = world.exchange("one", &first, NEXT).with("resource", CHAIN[2].1);
    world.refuses("request.resource", "invalid_target", &elsewhere).await;
}

#[tokio::test]
async fn the_new_token_is_bound_as_the_actor_is_set_up() {
    let world = chain().await;
    let (first, _) = world.of_doctor().await;
    let without = Sent { proof: None, ..world.exchange("one", &first, NEXT) };
    world.refuses("dpop.present", "invalid_request", &without).await;
    world.api("one", CHAIN[0].1, |client| client.login.require_dpop = Some(false));
    let answer = world.at_token(&Sent { proof: None, ..world.exchange("one", &first, NEXT) }).await;
    assert!(claims(&access(&answer)).get("cnf").is_none() && answer.json["token_type"] == "Bearer");
    // The same exchange again is another token; the same request is not.
    let sent = world.exchange("one", &first, NEXT);
    let tokens = [
        access(&world.at_token(&sent).await),
        access(&world.at_token(&world.exchange("one", &first, NEXT)).await),
    ];
    assert_ne!(tokens[0], tokens[1]);
    world.refuses("assertion.jti_once", "invalid_client", &sent).await;
}

#[tokio::test]
async fn a_token_has_of_what_its_subject_said_what_its_own_api_wants() {
    let world = chain().await;
    let (first, _) = world.of_doctor().await;
    world.state.registry.put(Change::PutApi(helseid_admin_api::ApiResource {
        audience: Audience::parse(CHAIN[1].1).unwrap(),
        scopes: ScopeSet::parse(NEXT).unwrap(),
        claims: list(["helseid://claims/identity/security_level".parse().unwrap()]),
        approval: false,
    }));
    let token = claims(&access(&world.at_token(&world.exchange("one", &first, NEXT)).await));
    assert_eq!(token["helseid://claims/identity/security_level"], "4");
    assert_eq!((token.get("name"), token.get("helseid://claims/identity/pid")), (None, None));
    assert!(token["sub"].is_string() && token["act"].is_object());
}
