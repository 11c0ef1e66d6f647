//! Tokens of the double of NHN's test token service are good at no endpoint of the authority's own, whatever they say: each that
//! can be minted is a copy of a good one, and is sent where that one is taken.

use helseid_admin_api::RuleState;
use helseid_authority::Config;
use helseid_protocol::bounded::Bounded;
use helseid_protocol::endpoint::token::ACCESS_TOKEN_TYPE;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::{Audience, ClientId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::judged::Judged;
use super::world::*;
use crate::json as read;

const API: &str = "norsk-helsenett:python-sample-api";

/// A client that may do with its tokens all that can be done with them.
async fn world() -> Login {
    Login::with(Config::in_memory(), |client| {
        client.own_audiences = Bounded::of([Audience::parse(API).unwrap()]).unwrap();
        client.may_be_exchanged_by = Bounded::of([ClientId::parse("the-client").unwrap()]).unwrap();
        client.grant_types = GrantType::ALL.into_iter().collect();
    })
    .await
}

impl Login {
    /// The answer of the double to what is asked for.
    async fn minted(&self, key: &str, ask: &Value) -> Value {
        let post =
            self.browser.post(self.desk.url("/v2/create-test-token-with-key")).header("host", self.host());
        let answer = read(post.header("x-auth-key", key).body(ask.to_string()).send().await.unwrap()).await;
        assert_eq!(answer["isError"], false, "{answer}");
        answer["successResponse"].clone()
    }

    async fn userinfo(&self, token: &str) -> StatusCode {
        self.desk.call(Method::GET, "/connect/userinfo", token).send().await.unwrap().status()
    }

    async fn introspection(&self, token: &str) -> String {
        let sent = self.signed(vec![("token", token.to_owned())]);
        self.desk.post_to("/connect/introspect", &sent).send().await.unwrap().text().await.unwrap()
    }

    async fn exchange(&self, token: &str) -> (StatusCode, Value) {
        let form = [
            ("grant_type", GrantType::TokenExchange.name()),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN_TYPE),
            ("scope", crate::desk::READ),
        ];
        let form = form.map(|(name, value)| (name, value.to_owned())).into();
        self.desk.answer(&self.token_request(form).await).await
    }

    /// A login without a page, as the person of this hint.
    async fn hint(&self, token: &str) -> (StatusCode, Value) {
        self.push(with(with(self.parameters(), "test_pid", ""), "id_token_hint", token)).await
    }
}

/// A token that says it is of a session of conformance is none that the session gave.
#[tokio::test]
async fn no_minted_token_is_good_at_the_api_of_a_session() {
    let login = world().await;
    let judged = Judged::at_new_session(&login).await;
    let own = judged.machine().await;
    assert_eq!(judged.send(&judged.call(&own)).await, StatusCode::OK);
    let granted = judged.at("api").granted;
    let copied = claims(&json!(own));
    let copied = copied.as_object().unwrap().iter().filter(|(name, _)| *name != "cnf");
    let copied: Vec<_> = copied.map(|(name, value)| json!({ "type": name, "value": value })).collect();
    let thumbprint = login.desk.proof_key.public().thumbprint().to_string();
    let ask = json!({
        "audience": API, "clientClaimsParameters": { "cnfJkt": thumbprint }, "apiSpecificClaims": copied,
    });
    let minted = login.minted(&login.desk.access_key("test-tokens").await, &ask).await;
    let minted = minted["accessTokenJwt"].as_str().unwrap();
    assert_eq!(claims(&json!(minted))["iss"], judged.session.issuer.as_str());
    assert_eq!(judged.send(&judged.call(minted)).await, StatusCode::UNAUTHORIZED);
    judged.is(RuleState::Broken, "token.iss", "api");
    assert_eq!(judged.at("api").granted, granted);
}

#[tokio::test]
async fn no_minted_token_is_good_at_an_endpoint_of_our_own() {
    let login = world().await;
    let (tokens, cookie) = by_page(&login).await;
    let [access, id] = ["access_token", "id_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let machine = login.desk.token(crate::desk::READ).await;

    // The good ones are taken.
    assert_eq!(login.userinfo(&access).await, StatusCode::OK);
    for token in [&access, &machine] {
        assert!(login.introspection(token).await.contains("\"active\":true"));
        let (status, answer) = login.exchange(token).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    let (status, answer) = login.hint(&id).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");

    // A copy of each, with the key of the same proofs, so that nothing but its maker is wrong.
    let key = login.desk.access_key("test-tokens").await;
    let thumbprint = login.desk.proof_key.public().thumbprint().to_string();
    let copied = |token: &str, changes: Value| {
        let claims = claims(&json!(token));
        let copied = claims.as_object().unwrap().iter().filter(|(name, _)| *name != "cnf");
        let copied: Vec<_> = copied.map(|(name, value)| json!({ "type": name, "value": value })).collect();
        let mut ask = json!({
            "audience": API, "clientClaimsParameters": { "cnfJkt": thumbprint }, "apiSpecificClaims": copied,
        });
        ask.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        ask
    };
    let attested = json!({ "createTillitsrammeverkClaims": true, "userClaimsParametersGeneration": 1 });
    let exchanged = json!({
        "createTokenExchangeClaims": true, "tokenExchangeParameters": { "clientId": "the-client" },
    });
    let typed = json!({ "headerParameters": { "typ": "JWT" } });
    let of_nobody = json!({
        "audience": API, "userClaimsParametersGeneration": 1, "createIdToken": true,
        "clientClaimsParameters": {
            "cnfJkt": thumbprint, "clientId": "the-client", "scope": ["openid", "profile", crate::desk::READ],
        },
    });
    for (what, ask) in [
        ("a copy of a person's", copied(&access, json!({}))),
        ("a copy of a machine's", copied(&machine, json!({}))),
        ("an attested copy", copied(&access, attested)),
        ("an exchanged copy", copied(&access, exchanged)),
        ("a copy of another type", copied(&access, typed)),
        ("a person's own", of_nobody.clone()),
    ] {
        let minted = login.minted(&key, &ask).await;
        let token = minted["accessTokenJwt"].as_str().unwrap();
        refused_everywhere(&login, what, token).await;
    }

    // Neither is an ID token of the double one: not as a hint, and not as an access token.
    let minted = login.minted(&key, &of_nobody).await;
    let forged = minted["idTokenJwt"].as_str().unwrap();
    refused_everywhere(&login, "an ID token", forged).await;
    let (status, answer) = login.hint(forged).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    let page = login.end(&[("id_token_hint", forged)], &cookie).await;
    assert!(page.text().await.unwrap().contains("confirm-logout"));
    // Nothing has ended by all of it.
    assert_eq!(login.userinfo(&access).await, StatusCode::OK);
}

async fn refused_everywhere(login: &Login, what: &str, token: &str) {
    assert_eq!(login.userinfo(token).await, StatusCode::UNAUTHORIZED, "{what} at userinfo");
    assert_eq!(login.introspection(token).await, r#"{"active":false}"#, "{what} at introspection");
    let (status, answer) = login.exchange(token).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{what} in an exchange: {answer}");
    let description = answer["error_description"].as_str().unwrap();
    assert!(description.contains("(rule exchange.subject_token"), "{what} in an exchange: {answer}");
}
