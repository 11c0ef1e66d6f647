//! The fields of a form that a page sent.
//!
//! A list of names and values rather than a type for each form: a form that is refused comes back as it was typed, whatever
//! it held, and pages read each field by a rule of its own.

use axum::body::Body;

use super::body::{self, BodyError};

/// Names and values, in the order in which they stand in the form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The form in a body of at most `limit` bytes.
    pub(crate) async fn receive(body: Body, limit: usize) -> Result<Self, BodyError> {
        body::read(body, limit).await.map(|form| Self::read(&form))
    }

    pub(crate) fn read(form: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(form);
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The members of a JSON object, each of them a text or a number; nothing if it is anything else.
    pub(crate) fn of_json(json: &[u8]) -> Option<Self> {
        let serde_json::Value::Object(members) = serde_json::from_slice(json).ok()? else { return None };
        let member = |(name, value)| match value {
            serde_json::Value::String(text) => Some((name, text)),
            serde_json::Value::Number(number) => Some((name, number.to_string())),
            _ => None,
        };
        members.into_iter().map(member).collect::<Option<_>>().map(Self)
    }

    /// With these names and values.
    pub(crate) fn of(fields: Vec<(&str, String)>) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// All but the fields of this name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(own, _)| own != name);
        self
    }

    /// Whether one of the values of this name is `value`.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|own| own == value)
    }

    /// The first value of this name, without the spaces around it; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        let first = self.0.iter().find(|(own, _)| own == name);
        first.map_or("", |(_, value)| value.trim())
    }

    /// The same; none if it is empty.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every value of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.trim())
    }
}

/// The words of a field that holds several, with spaces, commas or lines between them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|between: char| between.is_whitespace() || between == ',').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use ::http::StatusCode;

    use super::*;

    #[test]
    fn fields_are_read_as_they_were_typed() {
        let fields = Fields::read(b"name=+a+%26+b+&scope=one&scope=two&empty=&%ff=x");
        assert_eq!(fields.text("name"), "a & b");
        assert_eq!(
            (fields.text("absent"), fields.given("empty"), fields.given("name")),
            ("", None, Some("a & b"))
        );
        assert_eq!(fields.all("scope").collect::<Vec<_>>(), ["one", "two"]);
        assert!(fields.has("scope", "two") && !fields.has("scope", "three"));
        assert_eq!(fields.without("scope").all("scope").count(), 0);
    }

    #[test]
    fn an_object_of_texts_and_numbers_has_the_same_fields() {
        let fields = Fields::of_json(br#"{"name": " a", "level": 4}"#).unwrap();
        assert_eq!((fields.text("name"), fields.text("level")), ("a", "4"));
        for wrong in ["", "[]", "{", "null", r#"{"a": null}"#, r#"{"a": ["b"]}"#, r#"{"a": true}"#] {
            assert!(Fields::of_json(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn words_stand_between_spaces_commas_and_lines() {
        assert_eq!(words(" a, b\n\nc,,d\t").collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    }

    #[tokio::test]
    async fn a_form_that_is_too_large_is_not_read() {
        let form = || Body::from("name=value");
        assert_eq!(Fields::receive(form(), 10).await.unwrap().text("name"), "value");
        let refused = Fields::receive(form(), 9).await.unwrap_err();
        assert_eq!((refused, refused.status()), (BodyError::TooLarge, StatusCode::PAYLOAD_TOO_LARGE));
    }
}
