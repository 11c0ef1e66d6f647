//! An authority, and an app with a login.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use helseid_admin_api::ClientRegistration;
use helseid_authority::TestAuthority;
use helseid_client::{Client, Config, KeyLocation};
use helseid_login::demand::{hpr, level, max_age, organisation};
use helseid_login::flow::{LoginClient, LoginRequest};
use helseid_login::{Login, LoginBuilder, User};
use helseid_protocol::grant::GrantType;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::scope::ScopeSet;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::browser::Browser;

pub(crate) const SITE: &str = "https://app.example";

const SCOPES: &str = "openid profile offline_access helseid://scopes/identity/security_level \
                      helseid://scopes/hpr/hpr_number norsk-helsenett:python-sample-api/read";

pub(crate) struct World {
    pub(crate) authority: TestAuthority,
    pub(crate) app: Router,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(change: impl FnOnce(LoginBuilder) -> LoginBuilder) -> Self {
        Self::at(TestAuthority::start().await.unwrap(), change).await
    }

    pub(crate) async fn at(
        authority: TestAuthority,
        change: impl FnOnce(LoginBuilder) -> LoginBuilder,
    ) -> Self {
        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let keys = vec![Value::Object(key.public().members().clone())];
        let mut registration =
            ClientRegistration::new("an app".to_owned(), ScopeSet::parse(SCOPES).unwrap(), keys);
        registration.grant_types =
            [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect();
        registration.login = serde_json::from_value(json!({
            "redirect_uris": [format!("{SITE}/callback")],
            "post_logout_redirect_uris": [format!("{SITE}/logged-out")],
        }))
        .unwrap();
        let registered = authority.register(registration).await.unwrap();
        let config =
            Config::new(authority.issuer().clone(), registered.client_id, KeyLocation::Text(key.to_json()));
        let client = Client::builder(config).clock(authority.clock().clone()).build().unwrap();
        let over = LoginClient::new(client, &format!("{SITE}/callback")).unwrap();
        let request = LoginRequest::default().scope(ScopeSet::parse(SCOPES).unwrap());
        let login = change(Login::with_client(over).public_url(SITE).request(request)).build().unwrap();
        let app = login.around(routes(&login));
        Self { authority, app }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::of(self.app.clone())
    }

    pub(crate) async fn logged_in(&self, person: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.log_in(person, "/me").await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/me"));
        browser
    }

    pub(crate) fn forward(&self, seconds: u64) {
        self.authority.clock().forward(Duration::from_secs(seconds));
    }
}

/// The app's own routes.
fn routes(login: &Login) -> Router {
    let require = |demand| login.require(demand).unwrap();
    Router::new()
        .route("/", get(async |user: Option<User>| if user.is_some() { "known" } else { "stranger" }))
        .route("/me", get(async |user: User| user.name().unwrap_or("nobody").to_owned()))
        .route("/level", get(async |user: User| format!("{:?}", user.level())))
        .route("/for", get(async |user: User| user.attests_for().unwrap_or("nothing").to_owned()))
        .route("/epoch", get(async |user: User| user.epoch().to_owned()))
        .route("/save", post(async |user: User, body: String| user.require_epoch(&body).map(|()| "saved")))
        .route("/strong", get(async || "strong").layer(require(level(4))))
        .route("/doctors", get(async || "doctors").layer(require(hpr(["LE"]))))
        .route("/recent", get(async || "recent").layer(require(max_age(Duration::from_secs(300)))))
        .route("/new", get(async || "new").layer(require(max_age(Duration::ZERO))))
        .route("/acting", get(async || "acting").layer(require(organisation())))
        .route("/cached", get(async |_: User| ([(header::CACHE_CONTROL, "private, max-age=60")], "cached")))
        .route("/plain", get(async || "plain"))
        .route("/change", post(async || "changed"))
        .route("/attest", post(super::attest::attest))
        .route("/called", post(super::attest::called))
        .route(
            "/record",
            post({
                let login = login.clone();
                async move |headers: HeaderMap, body: String| {
                    super::attest::record(login, headers, body).await
                }
            }),
        )
}
