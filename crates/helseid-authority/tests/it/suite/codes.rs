//! A code, its verifier, and the refresh token that follows.

use super::world::*;
use crate::desk::Sent;
use crate::login::world::*;

#[tokio::test]
async fn a_code_is_of_its_client_and_needs_its_verifier() {
    let suite = Suite::new().await;
    let code = suite.login.code().await;
    let good = || suite.login.redemption(&code);
    suite.refuses("invalid_grant", &suite.by_second(good().await)).await;
    for (value, error) in
        [("", "invalid_grant"), ("another-verifier-of-forty-three-characters-or-more", "invalid_grant")]
    {
        let sent = good().await;
        suite.refuses(error, &Sent { form: with(sent.form, "code_verifier", value), ..sent }).await;
    }
    suite.login.granted(&good().await).await;
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_a_second_time_ends_what_it_gave() {
    let suite = Suite::new().await;
    let code = suite.login.code().await;
    let granted = suite.login.granted(&suite.login.redemption(&code).await).await;
    let token = granted["access_token"].as_str().unwrap();
    suite.login.desk.forward(1);
    suite.refuses("invalid_grant", &suite.login.redemption(&code).await).await;
    let proof = suite.proof(token).sign(&suite.login.desk.proof_key);
    assert_eq!(suite.userinfo(&format!("DPoP {token}"), &[proof]).await.status(), 401);
    suite
        .refuses("invalid_grant", &suite.login.refresh(granted["refresh_token"].as_str().unwrap()).await)
        .await;
}

#[tokio::test]
async fn a_code_has_ended_after_a_minute() {
    let suite = Suite::new().await;
    let code = suite.login.code().await;
    suite.login.desk.forward(62);
    suite.refuses("invalid_grant", &suite.login.redemption(&code).await).await;
}

#[tokio::test]
async fn a_refresh_needs_its_client_and_its_key_and_the_old_token_stays_good() {
    let suite = Suite::new().await;
    let granted = suite.tokens().await;
    let old = granted["refresh_token"].as_str().unwrap();
    let unauthenticated = suite.login.form("/connect/token", &suite.login.refresh(old).await.form);
    let unauthenticated = crate::json(unauthenticated.send().await.unwrap()).await;
    assert_eq!(unauthenticated["error"], "invalid_client");
    suite.refuses("invalid_request", &Sent { proof: None, ..suite.login.refresh(old).await }).await;
    suite.refuses("invalid_grant", &suite.by_second(suite.login.refresh(old).await)).await;

    let fresh = suite.login.granted(&suite.login.refresh(old).await).await;
    assert_ne!(fresh["access_token"], granted["access_token"]);
    let new = fresh["refresh_token"].as_str().unwrap();
    suite.login.granted(&suite.login.refresh(new).await).await;
    suite.login.desk.forward(30);
    suite.login.granted(&suite.login.refresh(old).await).await;

    // It is good for eight hours, whatever it was used for.
    suite.login.desk.forward(28_800 - 31);
    suite.login.granted(&suite.login.refresh(old).await).await;
    suite.login.desk.forward(1);
    suite.refuses("invalid_grant", &suite.login.refresh(old).await).await;
}
