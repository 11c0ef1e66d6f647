//! What one client sends, and what someone types into PostgreSQL, costs that client: at each replica, and at one that
//! starts then.

use helseid_protocol::scope::ScopeSet;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Pair, registration};
use crate::desk::READ;
use crate::read_back::{by_itself, deep_key, many_scopes};
use crate::url;

impl Pair {
    /// What the second replica's admin API answers.
    async fn admin_two(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let request = self.http.request(method, url(&self.two, &format!("/admin/api{path}")));
        let request = request.bearer_auth(self.two.admin_token()).header("host", "localhost:8480");
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_sends_takes_no_replica_away() {
    let pair = Pair::start().await;
    let scopes = many_scopes(&pair.one).await;
    let said = json!({ "apiScopes": scopes[..100] });
    let refused = [
        by_itself(&pair.one, Method::POST, "/v1/client-secret", &deep_key()).await,
        by_itself(&pair.one, Method::PUT, "/v1/client", &said).await,
    ];
    assert_eq!(refused, [StatusCode::BAD_REQUEST; 2]);
    let api = json!({ "audience": "big:api", "scopes": (0..101).map(|n| format!("big:api/{n}")).collect::<Vec<_>>() });
    let refused = pair.admin_two(Method::POST, "/apis", Some(&api)).await;
    assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pair.admin_two(Method::GET, "/broken", None).await, (StatusCode::OK, json!([])));
    pair.both_answer(StatusCode::OK).await;
    pair.third().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_cannot_be_read_costs_itself_at_every_replica() {
    let pair = Pair::start().await;
    let mut odd = registration("odd");
    odd.keys = vec![Value::Object(pair.one.key.public().members().clone())];
    pair.one.running.register(odd.clone()).await.unwrap();
    let nonce = pair.one.nonce().await;
    let id = "odd".parse().unwrap();
    assert_eq!(pair.at_two(&pair.one.sent_as(&id, READ, &nonce)).await.0, StatusCode::OK);

    let by_hand = PgPool::connect(&pair.postgres.url()).await.unwrap();
    let deep = format!(
        "UPDATE client_key SET jwk = '{{\"x\":{}{}}}' WHERE client = 'odd'",
        "[".repeat(20),
        "]".repeat(20)
    );
    let touch =
        "UPDATE version SET n = n + 1; UPDATE touched SET version = (SELECT n FROM version) WHERE id = 'odd'";
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("BEGIN; {deep}; {touch}; COMMIT")))
        .execute(&by_hand)
        .await
        .unwrap();

    // Who asks an admin API is told what is there now; a token endpoint learns of it within a second.
    let told = [
        pair.one.admin(Method::GET, "/broken", None).await,
        pair.admin_two(Method::GET, "/broken", None).await,
    ];
    for (status, broken) in told {
        assert_eq!((status, &broken[0]["id"]), (StatusCode::OK, &json!("odd")));
    }
    for replica in [&pair.one.running, &pair.two] {
        let nonce = pair.one.nonce().await;
        let (status, said) = pair.at(replica, &pair.one.sent_as(&id, READ, &nonce)).await;
        assert!(
            status == StatusCode::BAD_REQUEST
                && said.contains("registration of the client 'odd' cannot be read"),
            "{said}"
        );
    }
    pair.both_answer(StatusCode::OK).await;
    let (status, _) =
        pair.one.admin(Method::PATCH, "/clients/the-client", Some(&json!({ "name": "x" }))).await;
    assert_eq!(status, StatusCode::OK, "others are changed as ever");
    pair.third().await;

    // Replaced at one replica, it is good at the other.
    odd.scopes = ScopeSet::parse(READ).unwrap();
    pair.one.running.register(odd).await.unwrap();
    let nonce = pair.one.nonce().await;
    assert_eq!(pair.at_two(&pair.one.sent_as(&id, READ, &nonce)).await.0, StatusCode::OK);
    assert_eq!(pair.admin_two(Method::GET, "/broken", None).await, (StatusCode::OK, json!([])));
}
