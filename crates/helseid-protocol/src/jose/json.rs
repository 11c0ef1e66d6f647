//! JSON objects from strangers: no member twice, bounded depth, nothing behind the end.

use std::cell::OnceCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Number, Value};

/// A JSON object that was read strictly.
///
/// ```
/// use helseid_protocol::jose::json::{Object, read_object};
///
/// let read: Object = read_object(br#"{"scope": "nhn:my-api/read"}"#)?;
/// assert_eq!(read["scope"], "nhn:my-api/read");
/// // So that two parsers never see two different claims.
/// assert!(read_object(br#"{"scope": "one", "scope": "other"}"#).is_err());
/// # Ok::<(), helseid_protocol::jose::json::InvalidJson>(())
/// ```
pub type Object = serde_json::Map<String, Value>;

/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 16;

/// Why bytes are not one strict JSON object. Never repeats the bytes.
///
/// ```
/// use helseid_protocol::jose::json::{InvalidJson, read_object};
///
/// assert!(matches!(read_object(b"[]"), Err(InvalidJson::NotAnObject)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJson {
    /// Not JSON, not UTF-8, or something behind the end.
    #[error("it is not JSON")]
    Syntax,
    /// JSON, but no object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// A member stands twice; the name is cut to 64 characters.
    #[error("it has the member {0:?} twice")]
    Doubled(String),
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// Reads one JSON object, refusing doubled members at every level.
pub fn read_object(bytes: &[u8]) -> Result<Object, InvalidJson> {
    // All of it at once, and not each text by itself.
    let text = std::str::from_utf8(bytes).map_err(|_| InvalidJson::Syntax)?;
    let refusal = OnceCell::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    let object = reader.deserialize_map(ObjectVisitor(Level { left: MAX_DEPTH, refusal: &refusal }));
    match object.and_then(|object| reader.end().map(|()| object)) {
        Ok(object) => Ok(object),
        Err(error) => Err(refusal.into_inner().unwrap_or(match error.is_data() {
            true => InvalidJson::NotAnObject,
            false => InvalidJson::Syntax,
        })),
    }
}

/// Refuses an object that [`read_object`] would refuse for its depth: one that came from elsewhere.
pub fn require_depth(object: &Object) -> Result<(), InvalidJson> {
    fn fits(value: &Value, left: usize) -> bool {
        let below = |value: &Value| left > 0 && fits(value, left - 1);
        match value {
            Value::Array(items) => left > 0 && items.iter().all(below),
            Value::Object(members) => left > 0 && members.values().all(below),
            _ => true,
        }
    }
    let fits = object.values().all(|value| fits(value, MAX_DEPTH - 1));
    if fits { Ok(()) } else { Err(InvalidJson::TooDeep) }
}

/// How many levels are left, and where a refusal is noted: serde would keep its text alone.
#[derive(Clone, Copy)]
struct Level<'a> {
    left: usize,
    refusal: &'a OnceCell<InvalidJson>,
}

impl Level<'_> {
    fn refuse<E: serde::de::Error>(self, why: InvalidJson) -> E {
        let error = E::custom(&why);
        let _ = self.refusal.set(why);
        error
    }

    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => Err(self.refuse(InvalidJson::TooDeep)),
        }
    }

    fn object<'de, A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
        let below = self.below()?;
        let mut object = Object::new();
        while let Some(name) = members.next_key::<String>()? {
            match object.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(members.next_value_seed(below)?);
                }
                Entry::Occupied(place) => {
                    let name = place.key().chars().take(64).collect();
                    return Err(self.refuse(InvalidJson::Doubled(name)));
                }
            }
        }
        Ok(object)
    }
}

struct ObjectVisitor<'a>(Level<'a>);

impl<'de> Visitor<'de> for ObjectVisitor<'_> {
    type Value = Object;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object, A::Error> {
        self.0.object(members)
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| self.refuse(InvalidJson::Syntax))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Value, A::Error> {
        self.object(members).map(Value::Object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(text: &str) -> InvalidJson {
        read_object(text.as_bytes()).expect_err(text)
    }

    fn nested(levels: usize) -> String {
        format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
    }

    #[test]
    fn an_object_is_read_as_it_stands() {
        let text = br#" {"a":[1,-2,2.5,true,null,"\u00e5"],"b":{"c":18446744073709551615}} "#;
        let expected = json!({"a": [1, -2, 2.5, true, null, "å"], "b": {"c": u64::MAX}});
        assert_eq!(read_object(text).map(Value::Object), Ok(expected));
        assert_eq!(read_object(b"{}"), Ok(Object::new()));
    }

    #[test]
    fn a_number_comes_out_as_it_went_in() {
        for number in ["2.220200008000008e+19", "22202000080000077480", "0.1", "1e-300"] {
            let text = format!("{{\"a\":{number}}}");
            let once = serde_json::to_vec(&read_object(text.as_bytes()).unwrap()).unwrap();
            let twice = serde_json::to_vec(&read_object(&once).unwrap()).unwrap();
            assert_eq!(once, twice, "{number}");
        }
    }

    #[test]
    fn no_member_stands_twice_at_any_level() {
        for text in [
            r#"{"alg":"RS256","alg":"none"}"#,
            r#"{"a":{"alg":1,"alg":1}}"#,
            r#"{"a":[{"alg":1,"b":2,"alg":1}]}"#,
            r#"{"alg":1,"\u0061lg":1}"#,
        ] {
            assert_eq!(refusal(text), InvalidJson::Doubled("alg".into()), "{text}");
        }
        assert!(read_object(br#"{"a":{"b":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn the_name_of_a_doubled_member_is_cut() {
        let name = "x".repeat(500);
        let refusal = refusal(&format!("{{\"{name}\":1,\"{name}\":1}}"));
        assert_eq!(refusal, InvalidJson::Doubled("x".repeat(64)));
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(read_object(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(refusal(&nested(MAX_DEPTH + 1)), InvalidJson::TooDeep);
        for levels in 3..MAX_DEPTH + 5 {
            for text in [nested(levels), format!("{{\"a\":{}}}", nested(levels - 1))] {
                let object: Object = serde_json::from_str(&text).expect("an object");
                assert_eq!(require_depth(&object), read_object(text.as_bytes()).map(drop), "{text}");
            }
        }
        assert_eq!(refusal(&nested(10_000)), InvalidJson::TooDeep);
        assert_eq!(refusal(&"{\"a\":".repeat(10_000)), InvalidJson::TooDeep);
    }

    #[test]
    fn only_an_object_will_do() {
        for text in ["[]", "[{}]", "null", "1", "\"{}\"", "true"] {
            assert_eq!(refusal(text), InvalidJson::NotAnObject, "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "{\"a\"}",
            "{\"a\":1,}",
            "{'a':1}",
            "{a:1}",
            "{} {}",
            "{}x",
            "{}\0",
            "\0{}",
            "\u{feff}{}",
            "{}\u{feff}",
            "{\"a\":\"\0\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":01}",
            "{\"a\":1e999}",
            "{\"a\":NaN}",
            "{\"a\":1/**/}",
        ] {
            assert_eq!(refusal(text), InvalidJson::Syntax, "{text:?}");
        }
        for bytes in
            [&b"{\"a\":\"\xff\"}"[..], b"{\"\xc3\x28\":1}", b"\xff\xfe{\0}\0", b"{\"a\":\"\xed\xa0\x80\"}"]
        {
            assert_eq!(read_object(bytes), Err(InvalidJson::Syntax), "{bytes:?}");
        }
    }
}
