//! What many tests do with one client or one session keeps nobody waiting.

use helseid_authority::Config;
use helseid_protocol::rule::Profile;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use super::world::*;

#[tokio::test]
async fn many_logouts_of_one_client_and_one_hint_posted_again_and_again_keep_nobody_from_logging_out() {
    let login = with_logout().await;
    let (first, second) = (by_page(&login).await.0, by_page(&login).await.0);
    let post = async |tokens: &Value| {
        let form = [("id_token_hint", tokens["id_token"].as_str().unwrap().to_owned())];
        login.form("/connect/endsession", &form).send().await.unwrap()
    };
    for number in 0..150 {
        let answer = post(&first).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{number}");
        let query = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        let url = format!("{}?{}", login.desk.url("/connect/endsession"), query.query().unwrap());
        let ended = login.browser.get(url).header("host", login.host()).send().await.unwrap();
        assert_eq!(ended.status(), StatusCode::OK, "{number}");
        login.desk.forward(1);
    }
    for _ in 0..150 {
        post(&first).await;
    }
    assert_eq!(post(&second).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_browser_that_is_logged_in_logs_in_to_a_client_many_times() {
    let login = Login::with(Config::in_memory().profile(Profile::Legacy), |_| ()).await;
    let (_, cookie) = by_page(&login).await;
    let form = with(with(login.parameters(), "test_pid", ""), "prompt", "none");
    let url = Url::parse_with_params(&login.desk.url("/connect/authorize"), &form).unwrap();
    for number in 0..150 {
        let visit = login.browser.get(url.clone()).header("host", login.host()).header("cookie", &cookie);
        assert!(sent_back(&visit.send().await.unwrap()).get("code").is_some(), "{number}");
    }
}
