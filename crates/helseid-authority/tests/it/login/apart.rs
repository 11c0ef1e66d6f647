//! Logins without a page hold to what the page holds to.

use url::Url;

use super::world::*;

/// Registered with level 3.
const LEVEL_3: &str = "16858399649";

#[tokio::test]
async fn nobody_logs_in_above_their_level_and_with_a_number_that_hpr_cannot_have() {
    let login = Login::new().await;
    let at_level_4 = with(with(login.parameters(), "test_pid", LEVEL_3), "test_security_level", "4");
    let name = login.pushed(at_level_4.clone()).await;
    let back = sent_back(&login.visit_named(&name).await);
    let description = back.get("error_description").unwrap_or_default();
    assert!(description.contains("interaction.level"), "{description}");
    login.log_in(with(at_level_4, "test_security_level", "3")).await.code();

    let (status, answer) = login.push(with(login.parameters(), "test_hpr_number", "0123")).await;
    assert_eq!(status, 400);
    assert!(answer["error_description"].as_str().unwrap().contains("authorize.test_person"), "{answer}");
}

#[tokio::test]
async fn a_login_hint_leaves_the_session_to_answer_where_no_page_may_be_shown() {
    let login = Login::new().await;
    let (_, cookie) = by_page(&login).await;
    let form = with(with(login.parameters(), "test_pid", ""), "login_hint", "nurse");
    let named = login.pushed(with(form, "prompt", "none")).await;
    let query = [("client_id", "the-client"), ("request_uri", &*named)];
    let url = Url::parse_with_params(&login.desk.url("/connect/authorize"), query).unwrap();
    let visit = login.browser.get(url).header("host", login.host()).header("cookie", &cookie);
    sent_back(&visit.send().await.unwrap()).code();
}
