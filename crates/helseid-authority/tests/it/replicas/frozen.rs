//! The same while PostgreSQL is there and does not answer: no more is heard of it, and no connection breaks.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, StatusCode};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Pair;
use crate::desk::{READ, SELF_SERVICE};
use crate::{in_time, url};

/// How long a request may take that waits for nothing, on a loaded machine: one that waits for PostgreSQL takes 2 s.
const AT_ONCE: Duration = Duration::from_millis(1_800);

/// How long requests may take that come while nobody knows yet that PostgreSQL does not answer: 2 s for all of them, and
/// some for the machine.
const AT_FIRST: Duration = Duration::from_secs(8);

impl Pair {
    fn to_two(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, url(&self.two, path)).header("host", "localhost:8480")
    }

    fn as_admin(&self, method: Method, path: &str) -> RequestBuilder {
        self.to_two(method, &format!("/admin/api{path}")).bearer_auth(self.two.admin_token())
    }

    /// The first page of the second replica, for who signs in now; and how long both took.
    async fn overview(&self) -> (Duration, String) {
        let began = Instant::now();
        let code = self.two.sign_in_link().await.unwrap().split_once('#').unwrap().1.to_owned();
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let enter = http.post(url(&self.two, "/admin/sign-in")).body(format!("code={code}"));
        let enter = enter.header("host", "localhost:8480").header("origin", "http://localhost:8480");
        let entered = enter.send().await.unwrap();
        let said =
            |name: &str| entered.headers()[name].to_str().unwrap().split(';').next().unwrap().to_owned();
        let page = http.get(url(&self.two, &said("location"))).header("cookie", said("set-cookie"));
        let page = page.header("host", "localhost:8480").send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        (began.elapsed(), page.text().await.unwrap())
    }

    /// Makes a change at the second replica.
    fn change(&self, name: &str) -> RequestBuilder {
        let put = self.as_admin(Method::PUT, "/clients/changed").header("content-type", "application/json");
        put.body(format!(r#"{{"name":"{name}"}}"#))
    }
}

/// What a request is answered, and after how long.
async fn timed(request: RequestBuilder) -> (StatusCode, String, Duration) {
    let began = Instant::now();
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, answer.text().await.unwrap(), began.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgres_is_frozen_nobody_queues_reads_are_answered_and_changes_refused() {
    let pair = Pair::start().await;
    let token = pair.one.token(SELF_SERVICE).await;
    assert!(pair.change("before").send().await.unwrap().status().is_success());
    let frozen = pair.postgres.freeze().unwrap();

    // Strangers, all at once: each would wait for an answer of its own.
    let mut strangers = JoinSet::new();
    let began = Instant::now();
    for _ in 0..40 {
        strangers.spawn(timed(pair.to_two(Method::GET, "/v1/client")));
    }
    for (status, said, _) in strangers.join_all().await {
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{said}");
    }
    assert!(began.elapsed() < AT_FIRST, "{:?}", began.elapsed());
    let (status, said, time) = timed(pair.change("while nobody knows")).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && time < AT_FIRST, "{time:?} {said}");

    // From here on nobody waits.
    for path in ["/clients/the-client", "/clients", "/apis", "/organisations", "/trace", "/signing-keys"] {
        let (status, said, time) = timed(pair.as_admin(Method::GET, path)).await;
        assert!(status == StatusCode::OK && time < AT_ONCE, "{path} {time:?} {said}");
    }
    for request in [
        pair.change("while it is frozen"),
        pair.as_admin(Method::GET, "/audit"),
        pair.as_admin(Method::POST, "/signing-keys")
            .header("content-type", "application/json")
            .body(r#"{"lead_seconds":0}"#),
    ] {
        let (status, said, time) = timed(request).await;
        assert!(status == StatusCode::SERVICE_UNAVAILABLE && time < AT_ONCE, "{time:?} {said}");
        assert!(said.contains("the database does not respond"), "{said}");
    }
    let mut own = pair.one.call(Method::GET, "/v1/client", &token).build().unwrap();
    *own.url_mut() = url(&pair.two, "/v1/client").parse().unwrap();
    let began = Instant::now();
    let own = pair.http.execute(own).await.unwrap();
    assert!(own.status() == StatusCode::OK && began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    assert_eq!(pair.at_two(&pair.one.sent(READ).await).await.0, StatusCode::OK);
    let (time, page) = pair.overview().await;
    assert!(page.contains("The database does not respond") && time < AT_ONCE, "{time:?} {page}");

    drop(frozen);
    in_time(async { while !pair.change("afterwards").send().await.unwrap().status().is_success() {} }).await;
    for replica in [&pair.one.running, &pair.two] {
        let known = pair.get_client(replica, "changed").send().await.unwrap().text().await.unwrap();
        assert!(known.contains("afterwards"), "{known}");
    }
}
