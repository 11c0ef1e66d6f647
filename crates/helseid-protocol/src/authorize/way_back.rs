//! Where the answer goes. Each rule is one function, in the order of the catalogue.

use url::Url;

use super::Client;
use super::request::MAX_STATE;
use super::request_object::Values;
use super::text::Text;
use crate::id::is_secure;
use crate::redirect::{RedirectTarget, ResponseMode, ReturnPath};
use crate::rule::{Facts, Fault, RedirectCase, Rule, Trail};
use crate::uri::MAX_URI_BYTES;

/// Finds the `redirect_uri` among the registered ones: until then there is no way back. `state` and `response_mode` have rules
/// of their own, which come later; of one that breaks its rule nothing is used.
pub(super) fn find(
    values: &Values<'_>,
    client: &Client<'_>,
    case: RedirectCase,
    trail: &mut Trail,
) -> Result<ReturnPath, Fault> {
    let requested = trail.require(Rule::AuthorizeRedirectUri, address_is_there(values))?;
    let Some(found) = RedirectTarget::find(requested, client.redirect_uris, case) else {
        trail.require(Rule::AuthorizeRedirectUriHttps, address_is_https(requested))?;
        return Err(Fault::new(Rule::AuthorizeRedirectUriRegistered, another(requested, client)));
    };
    // What is registered was found to be https, or to be allowed without.
    trail.holds(Rule::AuthorizeRedirectUriHttps);
    if found.is_exact {
        trail.holds(Rule::AuthorizeRedirectUriRegistered);
    } else {
        let facts = Facts::value(found.target.as_str(), requested);
        trail.warn(Rule::AuthorizeRedirectUriRegistered, facts);
    }
    let mode = values.get("response_mode").and_then(mode_of).unwrap_or_default();
    let state = values.get("state").and_then(|text| Text::<MAX_STATE>::parse(text).ok());
    Ok(ReturnPath::new(found.target, mode, state.as_ref().map(Text::as_str)))
}

pub(super) fn mode_of(name: &str) -> Option<ResponseMode> {
    ResponseMode::ALL.into_iter().find(|mode| mode.name() == name)
}

/// RFC 6749 section 3.1.2.
fn address_is_there<'a>(values: &'a Values<'_>) -> Result<&'a str, Facts> {
    let text = values.get("redirect_uri").ok_or_else(|| Facts::missing("redirect_uri"))?;
    if text.len() > MAX_URI_BYTES {
        let expected = format_args!("at most {MAX_URI_BYTES} bytes").to_string();
        return Err(Facts::new(expected, format_args!("{} bytes", text.len())));
    }
    match Url::parse(text) {
        Ok(url) if url.fragment().is_none() => Ok(text),
        Ok(_) => Err(Facts::value("an address without a fragment", text)),
        Err(_) => Err(Facts::value("an absolute address", text)),
    }
}

/// FAPI 2.0 Security Profile section 5.3.2.2, RFC 8252 section 8.3.
fn address_is_https(requested: &str) -> Result<(), Facts> {
    match Url::parse(requested) {
        Ok(url) if url.scheme() == "http" && !is_secure(&url) => {
            Err(Facts::value("https, or http on loopback", requested))
        }
        _ => Ok(()),
    }
}

/// What is registered is not told to strangers: only how much, and the likeliest reason.
fn another(requested: &str, client: &Client<'_>) -> Facts {
    let count = client.redirect_uris.len();
    let alike =
        RedirectTarget::find(requested, client.redirect_uris, RedirectCase::IgnoredWithWarning).is_some();
    let but_for_a_slash = client.redirect_uris.iter().any(|uri| {
        uri.as_str().strip_suffix('/') == Some(requested) || requested.strip_suffix('/') == Some(uri.as_str())
    });
    let facts =
        Facts::value(format_args!("a registered redirect URI, of which the client has {count}"), requested);
    match (alike, but_for_a_slash) {
        (true, _) => facts.saying("The redirect_uri is registered with other letter case"),
        (_, true) => facts.saying("The redirect_uri is registered, but for a slash at the end"),
        _ => facts,
    }
}
