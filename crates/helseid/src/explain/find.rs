//! Finds the JWTs in whatever is pasted: a bare one, header lines, a whole HTTP dump, an answer in JSON, a form.

use helseid_protocol::endpoint::token::TokenType;

/// A JWT, and what its surroundings say that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) text: &'a str,
    pub(crate) place: Place,
}

/// Where a JWT stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// By itself, or where nothing is said of it.
    Anywhere,
    /// In `Authorization`, sent by this scheme.
    Authorization(TokenType),
    /// In the header `DPoP`.
    Proof,
    /// In the form's `client_assertion`.
    Assertion,
    /// In the form's `request`.
    RequestObject,
    /// In an answer's `access_token`.
    AccessToken,
    /// In an answer's `id_token`, or sent back as `id_token_hint`.
    IdToken,
    /// In the form's `logout_token`.
    LogoutToken,
}

/// The most JWTs of one input.
const MAX: usize = 20;

/// The JWTs in `text`, in their order, each once. A text that is one word alone is taken for one, whatever it holds.
pub(crate) fn jwts(text: &str) -> Vec<Found<'_>> {
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}');
    if !trimmed.is_empty() && trimmed.bytes().all(is_of_a_jwt) {
        return vec![Found { text: trimmed, place: Place::Anywhere }];
    }
    let mut found: Vec<Found<'_>> = Vec::new();
    for line in text.lines() {
        let mut start = 0;
        while let Some(offset) = line.get(start..).and_then(|rest| rest.find("eyJ")) {
            let begin = start + offset;
            let before = line.get(..begin).unwrap_or_default();
            let rest = line.get(begin..).unwrap_or_default();
            let length = rest.bytes().take_while(|byte| is_of_a_jwt(*byte)).count();
            let word = rest.get(..length).unwrap_or_default().trim_end_matches('.');
            let inside = before.bytes().last().is_some_and(is_of_a_jwt);
            let known = found.iter().any(|known| known.text == word);
            if !inside && !known && word.matches('.').count() == 2 && found.len() < MAX {
                found.push(Found { text: word, place: place(before) });
            }
            start = begin + length.max(1);
        }
    }
    found
}

const fn is_of_a_jwt(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// What stands right before it in its line says what it is.
fn place(before: &str) -> Place {
    let before = before.to_ascii_lowercase();
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    let places = [
        ("client_assertion=", Place::Assertion),
        ("authorization: dpop", Place::Authorization(TokenType::Dpop)),
        ("authorization: bearer", Place::Authorization(TokenType::Bearer)),
        ("dpop:", Place::Proof),
        ("access_token\":", Place::AccessToken),
        ("id_token\":", Place::IdToken),
        ("id_token_hint=", Place::IdToken),
        ("logout_token=", Place::LogoutToken),
        ("request=", Place::RequestObject),
    ];
    places.into_iter().find(|(end, _)| before.ends_with(end)).map_or(Place::Anywhere, |(_, place)| place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DUMP: &str = "\
> POST /api HTTP/1.1\r
> Authorization: DPoP eyJhbGciOiJSUzI1NiJ9.e30.AA\r
> DPoP: eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.BB\r
>\r
client_id=a&client_assertion=eyJ0eXAiOiJKV1QifQ.e30.CC&grant_type=client_credentials
{\"access_token\":\"eyJhbGciOiJSUzI1NiJ9.e30.DD\",\"expires_in\":600}
  \"id_token\": \"eyJhbGciOiJSUzI1NiJ9.e30.FF\",
logout_token=eyJhbGciOiJSUzI1NiJ9.e30.GG
/connect/endsession?id_token_hint=eyJhbGciOiJSUzI1NiJ9.e30.HH&state=x
xeyJhbGciOiJSUzI1NiJ9.e30.EE eyJ.e30 eyJhbGciOiJSUzI1NiJ9.e30.AA";

    #[test]
    fn each_jwt_of_a_dump_is_found_once_with_what_it_is() {
        let found = jwts(DUMP);
        let ends: Vec<_> =
            found.iter().map(|found| (&found.text[found.text.len() - 2..], found.place)).collect();
        let expected = [
            ("AA", Place::Authorization(TokenType::Dpop)),
            ("BB", Place::Proof),
            ("CC", Place::Assertion),
            ("DD", Place::AccessToken),
            ("FF", Place::IdToken),
            ("GG", Place::LogoutToken),
            ("HH", Place::IdToken),
        ];
        assert_eq!(ends, expected);
    }

    #[test]
    fn a_header_line_of_curl_is_read_and_one_word_is_taken_as_it_is() {
        let line = "curl -H 'Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.e30.AA' https://x.example";
        assert_eq!(jwts(line)[0].place, Place::Authorization(TokenType::Bearer));
        assert_eq!(jwts(" nonsense\n")[0].text, "nonsense");
        assert!(jwts("two words").is_empty() && jwts("").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_searched(text in "(\\PC|eyJ|\\.|\n){0,80}") {
            let _ = jwts(&text);
        }
    }
}
