//! An app that a proxy serves under a path: one that takes the path off, and one that leaves it to the app.

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use helseid_login::demand::organisation;
use helseid_login::test_util::TestProvider;
use helseid_login::{Login, User};
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::forge::TestClock;
use helseid_protocol::time::Timestamp;
use http::{StatusCode, Uri};
use tower::ServiceExt as _;
use url::Url;

use super::browser::{Answer, Browser};

const PUBLIC: &str = "https://app.example/portal";

struct Portal {
    authority: TestProvider,
    login: Login,
    browser: Browser,
}

impl Portal {
    /// The app as browsers find it behind each kind of proxy.
    fn both() -> [Self; 2] {
        [taken_off, |app| Router::new().nest("/portal", app)].map(|serve: fn(Router) -> Router| {
            let clock = TestClock::at(Timestamp::from_seconds(1_790_000_000));
            let authority = TestProvider::new(&clock);
            let client = authority.login(&format!("{PUBLIC}/callback")).unwrap();
            let builder = Login::with_client(client).public_url(PUBLIC).organisation_page("/choose");
            let login = builder.build().unwrap();
            let inner = Router::new().route("/notes", get(async |_: User| "notes"));
            let app = Router::new()
                .route("/", get(async |user: Option<User>| if user.is_some() { "known" } else { "stranger" }))
                .route("/me", get(async |user: User| user.name().unwrap_or("nobody").to_owned()))
                .route("/acting", get(async || "acting").layer(login.require(organisation()).unwrap()))
                .nest("/ward", inner);
            let browser = Browser::of(serve(login.around(app)));
            Self { authority, login, browser }
        })
    }

    async fn log_in(&mut self, sent: &str) -> Answer {
        let begun = self.browser.open(sent).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
        let address = Url::parse(begun.location()).unwrap();
        let redirect_uri = self.authority.pushed(&address, "redirect_uri");
        assert_eq!(redirect_uri.as_deref(), Some("https://app.example/portal/callback"));
        let back = format!("/portal/callback?{}", self.authority.visit(&address));
        self.browser.come_from_elsewhere(&back).await
    }
}

/// A proxy that takes the path off.
fn taken_off(app: Router) -> Router {
    Router::new().fallback(async move |mut request: Request| {
        let uri = request.uri().to_string();
        let Some(path) = uri.strip_prefix("/portal") else { return Err(StatusCode::NOT_FOUND) };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        *request.uri_mut() = path.parse::<Uri>().unwrap();
        Ok(app.oneshot(request).await.unwrap())
    })
}

#[tokio::test]
async fn a_login_under_a_path_leads_back_below_it_and_its_cookies_are_for_the_host_alone() {
    for mut portal in Portal::both() {
        let sent = portal.browser.open("/portal/ward/notes?day=1").await;
        assert_eq!(sent.location(), "/portal/login?return=%2Fportal%2Fward%2Fnotes%3Fday%3D1");
        let answer = portal.log_in(sent.location()).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/portal/ward/notes?day=1"));
        let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        for cookie in cookies {
            // Browsers refuse `__Host-` with another path, and every page of the host could set one without it.
            assert!(cookie.starts_with("__Host-") && cookie.contains("; Path=/;"), "{cookie}");
        }
        assert_eq!(portal.browser.open("/portal/ward/notes").await.body, "notes");
        assert_eq!(portal.browser.open("/portal").await.body, "known");
        assert_eq!(portal.browser.open("/portal/acting").await.location(), "/portal/choose");
    }
}

#[tokio::test]
async fn nobody_is_led_from_under_a_path_to_another_app_of_the_host() {
    for mut portal in Portal::both() {
        for elsewhere in ["/me", "/", "/portals", "/portal/../me", "//e.example", "/portal/logout"] {
            let answer = portal.log_in(&format!("/portal/login?return={elsewhere}")).await;
            assert_eq!(answer.location(), "/portal", "{elsewhere}");
        }
    }
}

#[tokio::test]
async fn pages_forms_and_answers_under_a_path_name_addresses_below_it() {
    for mut portal in Portal::both() {
        let told = portal.browser.call("/portal/me").await.json();
        assert_eq!(told["fix"], "Log in at /portal/login.");
        let button = portal.browser.come_from_elsewhere("/portal/login?return=/portal/me").await;
        assert!(button.body.contains(r#"action="/portal/login""#), "{}", button.body);
        assert!(button.body.contains(r#"name="return" value="/portal/me""#), "{}", button.body);
        let style = portal.browser.open("/portal/login/assets/style.css").await;
        assert!(
            button.body.contains(r#"href="/portal/login/assets/style.css""#) && style.status.is_success()
        );
        // One that fails.
        portal.authority.level(SecurityLevel::Substantial);
        let failed = portal.log_in("/portal/login?return=/portal/me&level=4").await;
        assert!(failed.location().starts_with("/portal/login/error/"), "{}", failed.location());
        let page = portal.browser.open(failed.location()).await;
        assert!(page.body.contains("A stronger login is needed"), "{}", page.body);
        assert!(page.body.contains(r#"action="/portal/login""#), "{}", page.body);
        assert!(page.body.contains(r#"href="/portal" data-testid="home""#), "{}", page.body);
        for own in ["href=\"/\"", "=\"/login", "=\"/logout"] {
            assert!(!page.body.contains(own), "{own}: {}", page.body);
        }
        // A whole visit, to its end.
        portal.log_in("/portal/login?return=/portal/me").await;
        assert_eq!(portal.login.path("/logout"), "/portal/logout");
        let leaving = portal.browser.post("/portal/logout", "").await;
        assert!(
            leaving.body.contains(r#"value="https://app.example/portal/logged-out""#),
            "{}",
            leaving.body
        );
        assert!(leaving.body.contains(r#"src="/portal/login/assets/send.js""#), "{}", leaving.body);
        assert_eq!(leaving.body.matches("<script").count(), 1, "{}", leaving.body);
        assert_eq!(portal.browser.open("/portal").await.body, "stranger");
        assert_eq!(portal.browser.post("/portal/logout", "").await.location(), "/portal/logged-out");
    }
}

#[tokio::test]
async fn an_unknown_callback_and_a_logout_token_find_their_way_under_a_path() {
    for mut portal in Portal::both() {
        portal.log_in("/portal/login?return=/portal/me").await;
        let bookmark =
            portal.browser.come_from_elsewhere("/portal/callback?state=unknown&code=c&iss=x").await;
        assert_eq!(bookmark.location(), "/portal", "an unknown state leads to the front page");
        assert_eq!(portal.browser.open("/portal/logged-out").await.location(), "/portal");
        portal.login.end_all_sessions().await.unwrap();
        assert_eq!(portal.browser.open("/portal").await.body, "stranger");
        let form = portal.browser.send(
            http::Method::POST,
            "/portal/backchannel-logout",
            &[("content-type", "application/x-www-form-urlencoded")],
            "",
        );
        assert_eq!(form.await.status, StatusCode::BAD_REQUEST, "no browser sends it, and it is answered");
    }
}
