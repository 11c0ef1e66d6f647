//! What a login asks for, and what of it the browser carries.

use std::time::Duration;

use helseid_login::flow::{LoginErrorKind, LoginRequest};
use helseid_protocol::authorize::Prompt;
use helseid_protocol::id::Audience;
use helseid_protocol::login::{LocalPath, Site};
use helseid_protocol::rule::{Rule, Trail};
use helseid_protocol::scope::ScopeSet;
use url::Url;

use super::world::{CALLBACK, World, demanding};

#[tokio::test]
async fn the_browser_carries_the_client_and_the_name_of_the_request_and_nothing_else() {
    let world = World::new();
    let request = demanding().acr(["urn:example:x".to_owned()]).login_hint("somebody");
    let pushed = world.login.begin(&request).await.unwrap();
    let names: Vec<_> = pushed.authorize.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "request_uri"]);
    let get = |name| world.authority.pushed(&pushed.authorize, name);
    for (name, value) in [
        ("response_type", "code"),
        ("response_mode", "query"),
        ("redirect_uri", CALLBACK),
        ("code_challenge_method", "S256"),
        ("acr_values", "Level4 idp:testidp-oidc urn:example:x"),
        ("max_age", "300"),
        ("login_hint", "somebody"),
        ("state", &*pushed.pending.state()),
    ] {
        assert_eq!(get(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!([get("nonce").unwrap().len(), get("code_challenge").unwrap().len()], [43, 43]);
    assert_eq!((get("prompt"), get("ui_locales"), get("test_pid")), (None, None, None));
    assert!(get("scope").unwrap().split(' ').any(|scope| scope == "openid"));
}

#[tokio::test]
async fn each_login_has_a_key_of_its_own_to_which_its_code_is_bound() {
    let world = World::new();
    let mut keys = Vec::new();
    for _ in 0..3 {
        let pushed = world.login.begin(&LoginRequest::default()).await.unwrap();
        keys.push(world.authority.pushed(&pushed.authorize, "dpop_jkt").unwrap());
        let person = world.finish(pushed).await.unwrap();
        assert_eq!(Some(person.key.thumbprint().to_string()), keys.last().cloned());
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
}

#[tokio::test]
async fn openid_is_always_among_the_scopes() {
    let world = World::new();
    for (scope, asked) in
        [("", "openid"), ("nhn:an-api/read", "openid nhn:an-api/read"), ("a openid", "a openid")]
    {
        let request = LoginRequest::default().scope(ScopeSet::parse(scope).unwrap());
        let pushed = world.login.begin(&request).await.unwrap();
        assert_eq!(world.authority.pushed(&pushed.authorize, "scope").as_deref(), Some(asked));
    }
}

#[tokio::test]
async fn the_token_of_a_login_is_for_the_first_api_that_it_asks_for() {
    let world = World::new();
    let [one, other] = ["nhn:one", "nhn:other"].map(|name| Audience::parse(name).unwrap());
    let request = LoginRequest::default().resource(one.clone()).resource(other);
    assert_eq!(world.log_in(&request).await.unwrap().access.resource, Some(one));
    assert_eq!(world.log_in(&LoginRequest::default()).await.unwrap().access.resource, None);
}

#[tokio::test]
async fn a_new_login_is_one_after_the_request() {
    let world = World::new();
    let request = LoginRequest::default().prompt(Prompt::Login);
    world.log_in(&request).await.unwrap();
    // Who is signed in already comes back at once, with an older login.
    let began = world.login.now().seconds();
    world.authority.change_id_tokens(move |jwt| jwt.claim("auth_time", began - 11));
    assert_eq!(world.log_in(&request).await.unwrap_err().rule(), Some(Rule::IdTokenAuthTime));
    world.authority.change_id_tokens(move |jwt| jwt.claim("auth_time", began - 10));
    world.log_in(&request).await.unwrap();
}

#[tokio::test]
async fn a_login_leads_back_to_a_path_that_fits() {
    let world = World::new();
    let address = Url::parse("https://app.example/").unwrap();
    let site = Site { address: &address, own_routes: &["/login"] };
    let path = |text: &str| LocalPath::parse(text, &site, &mut Trail::new()).unwrap();
    let request = LoginRequest::default().return_to(path("/patients/7?tab=notes"));
    let person = world.log_in(&request).await.unwrap();
    assert_eq!(person.return_to.as_deref(), Some("/patients/7?tab=notes"));
    let long = format!("/{}", "a".repeat(LocalPath::MAX_BYTES - 1));
    world.log_in(&LoginRequest::default().return_to(path(&long))).await.unwrap();
    // Beside a hundred values of acr it does not.
    let request = LoginRequest::default().return_to(path(&long)).acr((0..100).map(|n| format!("acr-{n}")));
    let before = world.authority.asked().pushed;
    let error = world.login.begin(&request).await.unwrap_err();
    assert_eq!(error.kind(), LoginErrorKind::Configuration);
    assert_eq!(world.authority.asked().pushed, before, "nothing was sent");
}

#[tokio::test]
async fn a_redirect_uri_is_https_or_on_loopback_or_of_an_app() {
    let world = World::new();
    for good in ["https://app.example/cb", "http://127.0.0.1:1/cb", "com.example.app:/cb"] {
        assert!(world.authority.login(good).is_ok(), "{good}");
    }
    for bad in ["", "/callback", "https://app.example/cb#a", "javascript:alert(1)"] {
        let error = world.authority.login(bad).unwrap_err();
        assert_eq!(error.kind(), LoginErrorKind::Configuration, "{bad}");
    }
}

#[tokio::test]
async fn nothing_of_a_login_is_printed() {
    let world = World::new();
    let pushed = world.login.begin(&demanding()).await.unwrap();
    let texts = [format!("{pushed:?}"), format!("{:?}", demanding()), format!("{:?}", world.login)];
    let state = pushed.pending.state();
    world.clock.forward(Duration::from_secs(1));
    let person = world.finish(pushed).await.unwrap();
    let subject = person.claims.subject().as_str().to_owned();
    let shown = format!("{person:?}");
    for text in texts.iter().chain([&shown]) {
        for secret in [&*state, "urn:ietf", ".eyJ", "BEVER", &subject] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}
