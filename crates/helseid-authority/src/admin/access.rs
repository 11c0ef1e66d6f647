//! Who may use the admin API: the holder of its token, from a page of ours or from no page at all.

use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, Request, StatusCode, header};
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use helseid_admin_api::{AdminFile, FILE_NAME};
use helseid_protocol::id::{Issuer, LOOPBACK_HOSTS, is_loopback};
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::log_within;
use helseid_protocol::random::{Random, bytes32};
use helseid_protocol::secret::shown;
use url::Url;

use super::Refusal;
use crate::app::App;
use crate::config::Place;
use crate::storage::registry::{Folder, Store, StoreError};
use crate::web::Peer;

/// What the admin token is compared with, and the origins under which we are called.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// Of each token that is taken.
    token_hashes: Vec<[u8; 32]>,
    origins: Vec<String>,
}

/// The setting with the token's hash.
const SETTING: &str = "admin_token_sha256";

impl Access {
    /// Takes the token of the file in the data folder, or makes a new one and writes it there. The store has its hash.
    pub(crate) async fn start(
        store: &dyn Store,
        folder: Option<&Folder>,
        issuer: &Issuer,
        place: &Place,
        random: &dyn Random,
    ) -> Result<(Self, String), StoreError> {
        let kept = store.setting(SETTING).await?;
        let file = folder.and_then(|folder| std::fs::read(folder.file(FILE_NAME)).ok());
        let file: Option<AdminFile> = file.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let known = file.filter(|file| kept.as_deref() == Some(hash(&file.token).as_str()));
        let token = match known {
            Some(file)
                if file.issuer == *issuer
                    && file.address.as_ref() == place.own_address()
                    && file.local.as_ref() == place.local_address() =>
            {
                file.token
            }
            other => {
                let token = other.map_or_else(|| base64url::encode(&bytes32(random)), |file| file.token);
                store.put_setting(SETTING, &hash(&token)).await?;
                if let Some(folder) = folder {
                    write(folder, issuer, place, &token)?;
                }
                token
            }
        };
        Ok((Self::of(std::slice::from_ref(&token), issuer, place), token))
    }

    /// Takes these tokens, which all replicas know, and writes the first into the file in the data folder.
    pub(crate) fn of_replica(
        tokens: Vec<String>,
        folder: Option<&Folder>,
        issuer: &Issuer,
        place: &Place,
    ) -> Result<(Self, String), StoreError> {
        let access = Self::of(&tokens, issuer, place);
        let own = tokens.into_iter().next().unwrap_or_default();
        if let Some(folder) = folder {
            write(folder, issuer, place, &own)?;
        }
        Ok((access, own))
    }

    fn of(tokens: &[String], issuer: &Issuer, place: &Place) -> Self {
        let token_hashes = tokens.iter().map(|token| crypto::sha256(token.as_bytes())).collect();
        Self { token_hashes, origins: origins(issuer, place) }
    }

    /// The origin that a request was sent to, if it is one of ours.
    ///
    /// DNS rebinding: a page of a stranger's name that leads to this machine sends that name.
    pub(super) fn own_origin(&self, headers: &HeaderMap) -> Result<&str, Refusal> {
        let host = only(headers, header::HOST).unwrap_or_default();
        let named = |origin: &&String| host_of(origin).eq_ignore_ascii_case(host);
        self.origins.iter().find(named).map(String::as_str).ok_or_else(|| {
            let hosts: Vec<_> = self.origins.iter().map(|origin| host_of(origin)).collect();
            let detail = format!("expected the Host {}, got {:?}", hosts.join(" or "), shown(host));
            let next = "call the authority by its issuer's address";
            Refusal::new(StatusCode::MISDIRECTED_REQUEST, "the request is for another host", detail, next)
        })
    }

    /// Refuses a request that a page of a stranger made a browser send.
    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let own = self.own_origin(headers)?;
        if headers.contains_key(header::ORIGIN) && only(headers, header::ORIGIN) != Some(own) {
            return Err(another_site(own, "call the admin API from the command line"));
        }
        Ok(())
    }

    /// Refuses a change that does not say that it comes from one of our own pages.
    pub(super) fn require_own_page(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let own = self.own_origin(headers)?;
        match only(headers, header::ORIGIN) {
            Some(origin) if origin == own => Ok(()),
            _ => Err(another_site(own, "open the page again, and send the form from there")),
        }
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        self.check_origin(headers)?;
        let token = only(headers, header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let right = token.is_some_and(|token| {
            let hash = crypto::sha256(token.as_bytes());
            self.token_hashes.iter().any(|known| crypto::equal(&hash, known))
        });
        if right {
            return Ok(());
        }
        let detail = match token {
            Some(_) => "expected this authority's admin token, got another",
            None => "expected Authorization: Bearer with the admin token, got none",
        };
        let next =
            "the token is in admin.json in the authority's data folder; give the folder with --data-dir";
        Err(Refusal::new(StatusCode::UNAUTHORIZED, "the admin token is wrong or missing", detail, next))
    }
}

fn another_site(own: &str, next: &str) -> Refusal {
    let detail = format!("expected the Origin {own}");
    Refusal::new(StatusCode::FORBIDDEN, "the request comes from another site", detail, next)
}

/// The value of a header that stands once.
pub(super) fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
}

/// Lets a request to a double of NHN's services pass, unless its address sends too many or a page of a stranger sent it.
pub(crate) async fn guard_origin(
    State(app): State<Arc<App>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    if let Some(Peer(address)) = request.extensions().get()
        && !app.limits.address(*address, app.clock.now())
    {
        return Refusal::too_many().into_response();
    }
    if let Err(refusal) = app.access.check_origin(request.headers()) {
        return refusal.into_response();
    }
    app.catch_up().await;
    next.run(request).await
}

/// How long a request may take, its body and all.
const TIME: Duration = Duration::from_secs(30);

/// Lets a request pass, or refuses it. Also for paths that do not exist: strangers learn nothing of them.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request<Body>, next: Next) -> Response {
    match app.access.check(request.headers()) {
        Ok(()) => {
            app.catch_up().await;
            let Ok(mut response) = tokio::time::timeout(TIME, next.run(request)).await else {
                return StatusCode::REQUEST_TIMEOUT.into_response();
            };
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, ::http::HeaderValue::from_static("no-store"));
            response
        }
        Err(refusal) => {
            let [title, detail, _] = refusal.lines();
            let (log, now) = (&app.log.strangers, app.clock.now());
            log_within!(log, now, warn, refusal = title, detail, "a request to the admin API was refused");
            refusal.into_response()
        }
    }
}

fn write(folder: &Folder, issuer: &Issuer, place: &Place, token: &str) -> Result<(), StoreError> {
    let text = serde_json::to_vec_pretty(&file(issuer, place, token))
        .map_err(|why| StoreError::Unreadable { what: "admin token", why: why.to_string() })?;
    folder.write(FILE_NAME, &text)
}

fn file(issuer: &Issuer, place: &Place, token: &str) -> AdminFile {
    let (address, local) = (place.own_address().cloned(), place.local_address().cloned());
    AdminFile { issuer: issuer.clone(), token: token.to_owned(), address, local }
}

fn hash(token: &str) -> String {
    base64url::encode(&crypto::sha256(token.as_bytes()))
}

/// The issuer's origin and that of the admin's own address; on loopback under its other names, too.
fn origins(issuer: &Issuer, place: &Place) -> Vec<String> {
    let mut origins = Vec::new();
    for base in [Some(issuer), place.own_address(), place.local_address()].into_iter().flatten() {
        let Ok(mut url) = Url::parse(base.as_str()) else { continue };
        origins.push(url.origin().ascii_serialization());
        if !is_loopback(&url) {
            continue;
        }
        for name in LOOPBACK_HOSTS {
            if url.set_host(Some(name)).is_ok() {
                origins.push(url.origin().ascii_serialization());
            }
        }
    }
    origins.dedup();
    origins
}

fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}
