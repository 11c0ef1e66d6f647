//! Tokens that the issuer's own key has signed, good ones and wrong ones, from its test token service: NHN's, or the double of a
//! local authority.

use helseid_client::Environment;
use helseid_http::{MAX_ANSWER_BYTES, Outbound};
use helseid_protocol::claims::name;
use helseid_protocol::id::Issuer;
use helseid_protocol::secret::{AccessToken, shown};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request};
use serde_json::{Map, Value, json};
use url::Url;

use super::fault::BrokenToken;
use super::sender::Sender;
use crate::args::CheckApiFlags;
use crate::failure::Failure;
use crate::files;

const PATH: &str = "/v2/create-test-token-with-key";

/// The service of HelseID's test environment, which is a server of its own.
const OF_HELSEID_TEST: &str = "https://helseid-ttt.test.nhn.no";

/// Only claims that are asked for.
const FROM_VALUES_ALONE: u8 = 2;

/// Only the service's own claims, or none.
const DEFAULTS_ALONE: u8 = 1;
const NONE: u8 = 0;

/// A typ that no API takes.
const OTHER_TYPE: &str = "logout+jwt";

/// A scope of no API.
const OTHER_SCOPE: &str = "check-api:another/scope";

/// Claims of the real token that a test token has, too, and what NHN's request calls them.
const COPIED: [(&str, &str); 4] = [
    (name::ORGNR_PARENT, "orgnrParent"),
    (name::ORGNR_CHILD, "orgnrChild"),
    (name::ORGNR_SUPPLIER, "orgnrSupplier"),
    (name::SFM_JOURNAL_ID, "sfmJournalId"),
];

/// The service, and the key that it wants.
pub(super) struct TestTokens<'a> {
    url: Url,
    key: HeaderValue,
    /// Whether its tokens are of a person.
    has_person: bool,
    outbound: &'a Outbound,
}

impl<'a> TestTokens<'a> {
    /// None unless a key was given.
    pub(super) fn of(
        flags: &CheckApiFlags,
        issuer: &Issuer,
        outbound: &'a Outbound,
    ) -> Result<Option<Self>, Failure> {
        let Some(file) = &flags.access_key_file else { return Ok(None) };
        let wrong = |why: &dyn std::fmt::Display| {
            let what = format!("{} is not a key of the test token service", file.display());
            Failure::usage(what, why, "make one: helseid access-key make test-tokens --name ci > FILE")
        };
        let text = files::read_text(file)?;
        let mut key = HeaderValue::from_str(text.trim()).map_err(|why| wrong(&why))?;
        if key.is_empty() {
            return Err(wrong(&"the file is empty"));
        }
        key.set_sensitive(true);
        let url = match &flags.test_service {
            Some(url) => url.clone(),
            None if issuer.as_str() == Environment::Test.issuer() => {
                url(&format!("{OF_HELSEID_TEST}{PATH}"))?
            }
            None => url(&issuer.at(PATH))?,
        };
        Ok(Some(Self { url, key, has_person: flags.test_person, outbound }))
    }

    /// A token as the real one, bound to the sender's key, with one thing wrong if that is wanted.
    pub(super) async fn make(
        &self,
        sender: &Sender,
        broken: Option<BrokenToken>,
    ) -> Result<AccessToken, Failure> {
        let request = Request::post(self.url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header("x-auth-key", self.key.clone())
            .body(self.wanted(sender, broken)?.to_string().into_bytes())
            .map_err(|why| self.failed(why))?;
        let answer = self.outbound.send(request, MAX_ANSWER_BYTES).await?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let token = body.pointer("/successResponse/accessTokenJwt").and_then(Value::as_str);
        token.map(AccessToken::new).ok_or_else(|| {
            let said = body.pointer("/errorResponse/errorMessage").and_then(Value::as_str);
            let said = said.map_or_else(|| "nothing that can be read".to_owned(), shown);
            self.failed(format_args!("it answered {}: {said}", answer.status()))
        })
    }

    fn failed(&self, why: impl std::fmt::Display) -> Failure {
        let what = format!("{} makes no test token", self.url);
        Failure::new(what, why, "check --access-key-file and --test-service, or leave them out")
    }

    /// The request, in NHN's words.
    fn wanted(&self, sender: &Sender, broken: Option<BrokenToken>) -> Result<Value, Failure> {
        let text = |name: &str| sender.claim(name).and_then(Value::as_str);
        let audience = match sender.claim("aud") {
            Some(Value::Array(names)) => names.first().and_then(Value::as_str),
            other => other.and_then(Value::as_str),
        };
        let audience = audience.ok_or_else(|| {
            let why = "the issuer's token has no aud, so it is unknown which API a test token should be for";
            Failure::new("no test token can be made", why, "leave out --access-key-file")
        })?;
        let scope: Vec<&str> = match sender.claim("scope") {
            _ if broken == Some(BrokenToken::OtherScope) => vec![OTHER_SCOPE],
            Some(Value::Array(scopes)) => scopes.iter().filter_map(Value::as_str).collect(),
            other => other.and_then(Value::as_str).unwrap_or_default().split_ascii_whitespace().collect(),
        };
        let mut claims = Map::new();
        let mut set = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
        set("scope", scope.into());
        for (claim, asked) in COPIED.into_iter().chain([("client_id", "clientId")]) {
            if let Some(value) = text(claim) {
                set(asked, value.into());
            }
        }
        if let Some(tenancy) = text(name::CLIENT_TENANCY) {
            set("clientTenancy", true.into());
            set("clientTenancyType", tenancy_type(tenancy).into());
        }
        if broken != Some(BrokenToken::Unbound) {
            set("cnfJkt", sender.thumbprint().as_str().into());
        }
        Ok(json!({
            "audience": audience,
            "clientClaimsParametersGeneration": FROM_VALUES_ALONE,
            "clientClaimsParameters": claims,
            "userClaimsParametersGeneration": if self.has_person { DEFAULTS_ALONE } else { NONE },
            "setSubject": self.has_person,
            "setInvalidIssuer": broken == Some(BrokenToken::OtherIssuer),
            "setInvalidAudience": broken == Some(BrokenToken::OtherAudience),
            "signJwtWithInvalidSigningKey": broken == Some(BrokenToken::OtherKey),
            "expirationParameters": { "setExpirationTimeAsExpired": broken == Some(BrokenToken::Expired) },
            "headerParameters": { "typ": if broken == Some(BrokenToken::OtherType) { OTHER_TYPE } else { "at+jwt" } },
        }))
    }
}

fn url(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|why| Failure::new("the issuer has no address", why, "name --test-service"))
}

/// NHN's number for it.
fn tenancy_type(tenancy: &str) -> u8 {
    match tenancy {
        "multi-tenant" => 0,
        "single-tenant" => 1,
        _ => 2,
    }
}
