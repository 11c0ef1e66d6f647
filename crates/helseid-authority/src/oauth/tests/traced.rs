//! What the trace says of token requests: under which grant, with which scopes, and of which login.

use std::sync::Arc;

use helseid_admin_api::KeyOrigin;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::{Endpoint, Profile};
use helseid_protocol::scope::ScopeSet;

use super::login::Answered;
use super::world::{READ, Sent, World};
use crate::domain::change::Change;
use crate::domain::model::{Client, Key};
use crate::trace::Recorded;

impl World {
    /// What is answered to a request at the token endpoint, and what the trace has of it.
    async fn traced(&self, sent: &Sent) -> (Answered, Arc<Recorded>) {
        let answer = self.answer_at(&self.state, "/connect/token", sent).await;
        (answer, self.state.trace.newest(1, |_| true).remove(0))
    }

    /// The same request by another client, which may do all that the first may.
    fn by_another(&self, sent: Sent) -> Sent {
        let known = self.state.registry.now();
        let first = known.clients[&ClientId::parse("the-client").unwrap()].client.clone();
        let key = Key { jwk: self.key.public().clone(), expires: None, origin: KeyOrigin::Gui };
        let another = Client {
            scopes: first.scopes,
            grant_types: first.grant_types,
            login: first.login,
            keys: vec![key].try_into().unwrap(),
            ..Client::new(ClientId::parse("another").unwrap(), "another".parse().unwrap())
        };
        self.state.registry.put(Change::PutClient(Box::new(another)));
        let assertion = self.assertion(None).claim("iss", "another").claim("sub", "another").sign(&self.key);
        Sent { assertion, ..sent }
    }
}

#[tokio::test]
async fn a_request_that_is_refused_early_is_traced_under_the_grant_that_it_names() {
    let world = World::with_login(Profile::Helseid, 60).await;
    for grant in GrantType::ALL {
        let form = vec![("grant_type", grant.name().to_owned())];
        let (answer, recorded) =
            world.traced(&Sent { form, assertion: "a.b.c".into(), ..world.sent() }).await;
        assert!(!answer.is_granted());
        assert_eq!(recorded.endpoint, Endpoint::Token(grant));
    }
}

#[tokio::test]
async fn the_trace_has_the_scopes_that_were_granted() {
    let world = World::with_login(Profile::Helseid, 60).await;
    let (_, recorded) = world.traced(&world.sent().with("scope", READ)).await;
    assert_eq!(recorded.scope.as_deref(), Some(READ));
    let (_, recorded) = world.traced(&world.sent().with("scope", "openid")).await;
    assert_eq!(recorded.scope, None);
}

#[tokio::test]
async fn a_login_is_traced_where_its_own_client_brings_its_code_or_its_refresh_token() {
    let world = World::with_login(Profile::Helseid, 60).await;
    let code = world.code().await;
    let (answer, recorded) = world.traced(&world.by_another(world.redeeming(&code, None))).await;
    assert_eq!((&*answer.broken(), &recorded.artifacts.login_id), ("code.client", &None));
    let code = world.code().await;
    let (answer, recorded) = world.traced(&world.redeeming(&code, None)).await;
    let (token, login_id) = (answer.text("refresh_token"), recorded.artifacts.login_id.clone());
    assert!(login_id.is_some());

    let (answer, recorded) = world.traced(&world.by_another(world.refreshing(&token, None))).await;
    assert_eq!((&*answer.broken(), &recorded.artifacts.login_id), ("refresh.client", &None));
    let (answer, recorded) = world.traced(&world.refreshing(&token, None)).await;
    assert_eq!((answer.is_granted(), &recorded.artifacts.login_id), (true, &login_id));
}

#[tokio::test]
async fn a_token_of_a_login_has_no_scope_that_its_client_has_lost() {
    const OTHER: &str = "nhn:test-public-sample-api-1/some-scope";
    let world = World::with_login(Profile::Helseid, 60).await;
    let known = world.state.registry.now();
    let first = known.clients[&ClientId::parse("the-client").unwrap()].client.clone();
    let may_have = |scopes: &str| {
        let client = Client { scopes: ScopeSet::parse(scopes).unwrap(), ..first.clone() };
        world.state.registry.put(Change::PutClient(Box::new(client)));
    };
    may_have(&format!("profile {READ} {OTHER}"));
    let mut asking = world.asking();
    for (name, value) in &mut asking {
        if *name == "scope" {
            *value = format!("openid profile offline_access {READ} {OTHER}");
        }
    }
    let code = world.code_of(asking, None).await;
    let (first_answer, _) = world.traced(&world.redeeming(&code, None)).await;
    let has = |answer: &Answered| {
        let scope = ScopeSet::parse(&answer.text("scope")).unwrap();
        [READ, OTHER].map(|own| scope.iter().any(|scope| scope.as_str() == own))
    };
    assert_eq!(has(&first_answer), [true, true]);

    let token = first_answer.text("refresh_token");
    let narrowed = world.refreshing(&token, None).with("resource", "nhn:test-public-sample-api-1");
    let (second, _) = world.traced(&narrowed).await;
    assert_eq!(has(&second), [false, true]);
    may_have(&format!("profile {READ}"));
    let (third, _) = world.traced(&world.refreshing(&second.text("refresh_token"), None)).await;
    assert_eq!(has(&third), [true, false]);
}
