//! Each rule of a login's request broken alone, pushed and brought by a browser, in the four profiles: what kind of answer it has, and
//! that nothing goes where it is not registered to go.

use ::http::{Method, Request, StatusCode, header};
use axum::body::{Body, to_bytes};
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::Profile;
use tower::ServiceExt as _;
use url::Url;

use super::login::{Answered, CALLBACK, DOCTOR};
use super::world::World;
use crate::domain::model::Client;
use crate::oauth::endpoints;

/// A request of which one parameter is another; an empty value leaves it out.
type Change = (&'static str, &'static str);

/// What breaks which rule, with which error, pushed or brought. The rules themselves have more cases where they stand.
const BROKEN: &[(Change, &str, &str)] = &[
    (("redirect_uri", ""), "authorize.redirect_uri", "invalid_request"),
    (("redirect_uri", "http://app.example/callback"), "authorize.redirect_uri_https", "invalid_request"),
    (("redirect_uri", "https://evil.example/"), "authorize.redirect_uri_registered", "invalid_request"),
    (("response_type", "token"), "authorize.response_type", "unsupported_response_type"),
    (("response_mode", "fragment"), "authorize.response_mode", "invalid_request"),
    (("code_challenge", ""), "authorize.code_challenge", "invalid_request"),
    (("code_challenge_method", "plain"), "authorize.code_challenge_method", "invalid_request"),
    (("scope", ""), "authorize.scope", "invalid_scope"),
    (("scope", "openid nhn:other/scope"), "authorize.scope_allowed", "invalid_scope"),
    (("scope", "profile"), "authorize.scope_openid", "invalid_scope"),
    (("resource", "nhn:other"), "authorize.resource", "invalid_target"),
    (("state", "a\nb"), "authorize.state", "invalid_request"),
    (("nonce", "a\0b"), "authorize.nonce", "invalid_request"),
    (("prompt", "none login"), "authorize.prompt", "invalid_request"),
    (("max_age", "-1"), "authorize.max_age", "invalid_request"),
    (("login_hint", "a\tb"), "authorize.login_hint", "invalid_request"),
    (("id_token_hint", "another"), "authorize.id_token_hint", "invalid_request"),
    (("dpop_jkt", "x"), "authorize.dpop_jkt", "invalid_request"),
];

/// What only a pushed request can break.
const BROKEN_WHEN_PUSHED: &[(Change, &str, &str)] = &[
    (("request_uri", "urn:ietf:params:oauth:request_uri:a"), "par.request_uri", "invalid_request"),
    (("client_id", "another"), "par.client_id", "invalid_request"),
    (("test_pid", "06828399780"), "authorize.test_person", "invalid_request"),
];

type Form = Vec<(&'static str, String)>;

fn changed(mut form: Form, (name, value): Change) -> Form {
    form.retain(|(own, _)| *own != name);
    if !value.is_empty() {
        form.push((name, value.to_owned()));
    }
    form
}

/// What a browser is shown, or where it is sent.
struct Seen {
    status: StatusCode,
    location: Option<Url>,
    page: String,
}

impl Seen {
    /// A page that names this rule, and leads nowhere.
    fn is_a_page_of(&self, rule: &str, case: &str) {
        let Self { status, location, page } = self;
        assert!(status.is_client_error() && location.is_none(), "{case}: {status} {location:?}");
        assert!(page.contains(rule), "{case}: {page}");
        assert!(!page.contains("evil.example/\"") && !page.contains(DOCTOR), "{case}: {page}");
    }

    /// A redirect to the client, with this error, the state and the issuer.
    fn is_sent_back(&self, error: &str, case: &str) {
        let location = self.location.as_ref().unwrap_or_else(|| panic!("{case}: {}", self.page));
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{case}");
        assert!(location.as_str().starts_with(CALLBACK), "{case}: {location}");
        let get = |name: &str| {
            location.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
        };
        assert_eq!(get("error").as_deref(), Some(error), "{case}: {location}");
        assert_eq!(get("state").as_deref(), Some("the state"), "{case}: {location}");
        assert_eq!(get("iss").as_deref(), Some("https://helseid.example"), "{case}: {location}");
    }
}

impl World {
    async fn push(&self, form: Form) -> Answered {
        self.answer_at(&self.state, "/connect/par", &self.signed(form)).await
    }

    async fn see(&self, method: Method, query: &str) -> Seen {
        let request = Request::builder().method(method).uri(format!("/connect/authorize?{query}"));
        let request = request.header(header::HOST, "helseid.example").body(Body::empty()).unwrap();
        let answer = endpoints(&self.state, None).oneshot(request).await.unwrap();
        let status = answer.status();
        let location = answer.headers().get(header::LOCATION);
        let location = location.map(|location| Url::parse(location.to_str().unwrap()).unwrap());
        let page = to_bytes(answer.into_body(), 100_000).await.unwrap();
        Seen { status, location, page: String::from_utf8(page.to_vec()).unwrap() }
    }

    /// A browser brings the request itself.
    async fn brought(&self, form: Form) -> Seen {
        self.see(Method::GET, &query(&form)).await
    }

    async fn named(&self, name: &str) -> Seen {
        let form = [("client_id", "the-client"), ("request_uri", name)];
        self.brought(form.map(|(name, value)| (name, value.to_owned())).into()).await
    }

    fn registered(&self) -> Client {
        self.state.registry.client(&ClientId::parse("the-client").unwrap()).unwrap().client.clone()
    }

    /// A client that need not push, where the profile lets it off.
    fn need_not_push(&self) {
        let known = self.registered();
        self.client(|client| {
            *client = known;
            client.login.require_par = Some(false);
        });
    }
}

fn query(form: &[(&'static str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

#[tokio::test]
async fn each_breach_of_a_pushed_request_is_answered_to_the_client_in_json_in_every_profile() {
    for profile in Profile::ALL {
        let world = World::with_login(profile, 0).await;
        assert_eq!(world.push(world.asking()).await.status, StatusCode::CREATED, "{profile}");
        for (change, rule, error) in BROKEN.iter().chain(BROKEN_WHEN_PUSHED) {
            let answer = world.push(changed(world.asking(), *change)).await;
            assert_eq!(
                (answer.broken().as_str(), answer.text("error").as_str()),
                (*rule, *error),
                "{profile}"
            );
            assert!(!answer.json.to_string().contains("0682839"), "{answer:?}");
        }
        let mut twice = world.asking();
        twice.push(("nonce", "another".to_owned()));
        assert_eq!(world.push(twice).await.broken(), "authorize.once", "{profile}");
    }
}

#[tokio::test]
async fn a_client_that_may_not_log_people_in_is_told_so_in_json() {
    for profile in Profile::ALL {
        let world = World::with_login(profile, 0).await;
        let known = world.registered();
        for (grants, rule, error) in [
            (&["client_credentials"][..], "authorize.grant", "unauthorized_client"),
            (&["authorization_code"], "authorize.offline_access", "invalid_scope"),
        ] {
            world.client(|client| {
                *client = known.clone();
                client.grant_types = grants.iter().map(|name| name.parse().unwrap()).collect();
            });
            let answer = world.push(world.asking()).await;
            assert_eq!((answer.broken().as_str(), answer.text("error").as_str()), (rule, error), "{profile}");
        }
    }
}

#[tokio::test]
async fn each_breach_of_a_request_that_a_browser_brings_is_shown_by_a_page_where_it_may_bring_one() {
    for profile in [Profile::Helseid, Profile::Legacy] {
        let world = World::with_login(profile, 0).await;
        world.need_not_push();
        let good = world.brought(world.asking_of_a_session()).await;
        assert_eq!((good.status, good.location), (StatusCode::OK, None), "{profile}: {}", good.page);
        for (change, rule, _) in BROKEN {
            let seen = world.brought(changed(world.asking_of_a_session(), *change)).await;
            seen.is_a_page_of(rule, &format!("{profile} {rule}"));
        }
        let nobody = world.brought(changed(world.asking_of_a_session(), ("prompt", "none"))).await;
        nobody.is_sent_back("login_required", profile.name());
    }
}

#[tokio::test]
async fn a_request_that_must_be_pushed_is_shown_a_page_whatever_else_is_wrong_with_it() {
    for profile in [Profile::Helseid, Profile::HelseidNext, Profile::Fapi2] {
        let world = World::with_login(profile, 0).await;
        if profile != Profile::Helseid {
            // These let nobody off.
            world.need_not_push();
        }
        for change in [("state", "the state"), ("response_type", "token"), ("prompt", "none")] {
            let seen = world.brought(changed(world.asking_of_a_session(), change)).await;
            seen.is_a_page_of("authorize.par", &format!("{profile} {change:?}"));
        }
    }
}

#[tokio::test]
async fn a_name_is_its_clients_and_good_for_one_answer_until_it_ends_in_every_profile() {
    for profile in Profile::ALL {
        let (world, case) = (World::with_login(profile, 0).await, profile.name());
        let name = world.pushed(world.asking()).await;
        assert!(world.named(&name).await.location.is_some(), "{case}");
        world.named(&name).await.is_a_page_of("authorize.request_uri_once", case);
        world.named(&format!("{name}A")).await.is_a_page_of("authorize.request_uri_known", case);
        let foreign = "https://app.example/request";
        world.named(foreign).await.is_a_page_of("authorize.request_uri_foreign", case);
        world.named("urn:x").await.is_a_page_of("authorize.request_uri_form", case);

        let name = world.pushed(world.asking()).await;
        let beside = format!("client_id=another&{}", query(&[("request_uri", name.clone())]));
        world.see(Method::GET, &beside).await.is_a_page_of("authorize.client_id", case);
        let both =
            format!("{}&request=a.b.c", query(&[("client_id", "the-client".into()), ("request_uri", name)]));
        world.see(Method::GET, &both).await.is_a_page_of("authorize.request_xor", case);

        let late = world.pushed(world.asking()).await;
        let lifetime = profile.switches().login.request_uri_lifetime.as_secs();
        world.clock.fetch_add(i64::try_from(lifetime).unwrap(), std::sync::atomic::Ordering::SeqCst);
        world.named(&late).await.is_a_page_of("authorize.request_uri_expiry", case);
        // What only a page could answer goes back to the client where there may be none.
        let silent = changed(world.asking_of_a_session(), ("prompt", "none"));
        world.named(&world.pushed(silent).await).await.is_sent_back("login_required", case);
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_shown_by_a_page_and_another_method_answers_nothing() {
    let world = World::with_login(Profile::Helseid, 0).await;
    let name = world.pushed(world.asking()).await;
    let query = query(&[("client_id", "the-client".to_owned()), ("request_uri", name.clone())]);
    for (broken, rule) in [
        (format!("{query}&{query}"), "authorize.once"),
        (format!("{query}&a=%ff"), "authorize.form"),
        (format!("{query}{}", "&a=1".repeat(70)), "authorize.form"),
        (String::new(), "authorize.client_id"),
    ] {
        let shown: String = broken.chars().take(60).collect();
        world.see(Method::GET, &broken).await.is_a_page_of(rule, &shown);
    }
    for method in [Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS] {
        assert_eq!(world.see(method, &query).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    assert!(world.named(&name).await.location.is_some());
}
