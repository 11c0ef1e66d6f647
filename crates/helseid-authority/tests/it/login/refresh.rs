//! A login is refreshed, for as long as it may be.

use helseid_admin_api::RefreshTokenUsage;
use helseid_authority::Config;
use reqwest::StatusCode;
use serde_json::Value;

use super::world::*;
use crate::desk::Sent;

#[tokio::test]
async fn each_rule_of_a_refresh_is_broken_alone() {
    let login = Login::new().await;
    let code = login.code().await;
    let answer = login.granted(&login.redemption(&code).await).await;
    let token = answer["refresh_token"].as_str().unwrap().to_owned();
    let but = async |name: &'static str, value: &str| {
        let sent = login.refresh(&token).await;
        Sent { form: with(sent.form, name, value), ..sent }
    };
    login.breaks("refresh.present", "invalid_request", &but("refresh_token", "").await).await;
    login.breaks("refresh.known", "invalid_grant", &but("refresh_token", &format!("{token}0")).await).await;
    login.breaks("refresh.scope", "invalid_scope", &but("scope", OTHER).await).await;
    login.breaks("refresh.resource", "invalid_target", &but("resource", "nhn:elsewhere").await).await;
    // A secret that the family never had ends it, as a used one does.
    let guessed = format!("{}{}-1", &token[..16], "A".repeat(64));
    login.breaks("refresh.once", "invalid_grant", &but("refresh_token", &guessed).await).await;
    login.breaks("refresh.revoked", "invalid_grant", &login.refresh(&token).await).await;

    let code = login.code().await;
    let answer = login.granted(&login.redemption(&code).await).await;
    login.desk.forward(28_800);
    let late = login.refresh(answer["refresh_token"].as_str().unwrap()).await;
    login.breaks("refresh.expiry", "invalid_grant", &late).await;
}

#[tokio::test]
async fn a_refresh_token_is_good_until_its_successor_is_used() {
    let login = Login::new().await;
    let code = login.code().await;
    let first =
        login.granted(&login.redemption(&code).await).await["refresh_token"].as_str().unwrap().to_owned();
    let refreshed =
        async |token: &str| login.granted(&login.refresh(token).await).await["refresh_token"].clone();
    let second = refreshed(&first).await.as_str().unwrap().to_owned();
    // Its answer was lost.
    let sibling = refreshed(&first).await.as_str().unwrap().to_owned();
    let third = refreshed(&sibling).await.as_str().unwrap().to_owned();
    login.breaks("refresh.once", "invalid_grant", &login.refresh(&second).await).await;
    login.breaks("refresh.revoked", "invalid_grant", &login.refresh(&third).await).await;
}

#[tokio::test]
async fn a_reusable_refresh_token_stays_and_a_client_without_the_grant_has_none() {
    let login = Login::with(Config::in_memory(), |client| {
        client.login.refresh_token_usage = RefreshTokenUsage::Reusable;
    })
    .await;
    let code = login.code().await;
    let token =
        login.granted(&login.redemption(&code).await).await["refresh_token"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        assert_eq!(login.granted(&login.refresh(&token).await).await["refresh_token"], *token);
    }
    let scopes = SCOPES.replace("offline_access ", "");
    let back = login.log_in(with(login.parameters(), "scope", &scopes)).await;
    let answer = login.granted(&login.redemption(back.code()).await).await;
    assert!(answer.get("refresh_token").is_none() && answer.get("rt_expires_in").is_none(), "{answer}");
}

#[tokio::test]
async fn of_copies_of_a_refresh_token_without_grace_one_passes_and_the_family_ends() {
    let login = Login::with(Config::in_memory(), |client| client.login.refresh_grace_seconds = Some(0)).await;
    let login = std::sync::Arc::new(login);
    let (_, token) = tokens(&login).await;
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (login, token) = (login.clone(), token.clone());
        copies.spawn(async move { login.desk.answer(&login.refresh(&token).await).await });
    }
    let mut granted = Vec::new();
    for (status, answer) in copies.join_all().await {
        match status {
            StatusCode::OK => granted.push(answer),
            _ => assert_eq!(answer["error"], "invalid_grant", "{answer}"),
        }
    }
    assert_eq!(granted.len(), 1);
    let successor = login.refresh(granted[0]["refresh_token"].as_str().unwrap()).await;
    login.breaks("refresh.revoked", "invalid_grant", &successor).await;
}

#[tokio::test]
async fn the_organisation_is_switched_for_one_token_by_a_refresh() {
    let login = Login::with(Config::in_memory(), |client| {
        client.tenancy = helseid_protocol::claims::ClientTenancy::SingleTenant;
        let number = |text| helseid_protocol::details::OrganisationNumber::parse(text).unwrap();
        client.org_parent = Some(number("999977774"));
        client.org_children = vec![number("999977776")].try_into().unwrap();
    })
    .await;
    let (_, token) = tokens(&login).await;
    let child = |answer: &Value| {
        claims(&answer["access_token"])["helseid://claims/client/claims/orgnr_child"].clone()
    };
    let organisation = helseid_protocol::details::Organisation::Child(
        helseid_protocol::details::OrganisationNumber::parse("999977776").unwrap(),
    );
    let details =
        helseid_protocol::details::Details::new().for_organisation(organisation).to_claim().unwrap();
    let assertion = login.desk.assertion().claim("assertion_details", details).sign(&login.desk.key);
    let switched = login.granted(&Sent { assertion, ..login.refresh(&token).await }).await;
    assert_eq!(child(&switched), "999977776");
    let next = login.granted(&login.refresh(switched["refresh_token"].as_str().unwrap()).await).await;
    assert_eq!(child(&next), Value::Null);
}
