//! Where the address of a login leads a browser.

use url::Url;

/// Where a browser is that opened the address of a login.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    /// At the page of that address.
    Here,
    /// At the client again, with this query.
    Back(String),
    /// At another page, without its query.
    Elsewhere(String),
    /// At a page that says that something is wrong: HelseID sends browsers there by a redirect, too.
    AtAnError(String),
}

pub(super) fn arrived(location: Option<&str>, from: &Url, redirect_uri: &str) -> Arrived {
    let Some(to) = location.and_then(|to| from.join(to).ok()) else { return Arrived::Here };
    if to.as_str().starts_with(redirect_uri) {
        return Arrived::Back(to.query().unwrap_or_default().to_owned());
    }
    let is_an_error = to.path().to_ascii_lowercase().ends_with("/error");
    let mut page = to;
    page.set_query(None);
    page.set_fragment(None);
    if is_an_error { Arrived::AtAnError(page.to_string()) } else { Arrived::Elsewhere(page.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::REDIRECT_URI;

    #[test]
    fn a_redirect_tells_where_the_browser_arrived() {
        let from = Url::parse("https://sts.example/connect/authorize?client_id=a&request_uri=b").unwrap();
        let back = format!("{REDIRECT_URI}?code=a&state=b");
        for (location, expected) in [
            (None, Arrived::Here),
            (Some(back.as_str()), Arrived::Back("code=a&state=b".to_owned())),
            (
                Some("/Account/Login?ReturnUrl=x"),
                Arrived::Elsewhere("https://sts.example/Account/Login".to_owned()),
            ),
            (
                Some("https://idp.example/authorize?state=s#f"),
                Arrived::Elsewhere("https://idp.example/authorize".to_owned()),
            ),
            (
                Some("/home/Error?errorId=CfDJ8"),
                Arrived::AtAnError("https://sts.example/home/Error".to_owned()),
            ),
        ] {
            assert_eq!(arrived(location, &from, REDIRECT_URI), expected, "{location:?}");
        }
    }
}
