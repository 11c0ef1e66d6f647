//! What every type has that is parsed from a text and written as one.

/// Writes, for types with `as_str` and a `parse` that fails with the error named beside each: how it is shown, read from a
/// text, and read from JSON.
#[macro_export]
macro_rules! as_text {
    ($($name:ident, $error:ty;)+) => {$(
        impl ::std::fmt::Display for $name {
            fn fmt(&self, out: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> ::std::result::Result<Self, $error> {
                Self::parse(text)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> ::std::result::Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(from)?;
                Self::parse(&text).map_err(::serde::de::Error::custom)
            }
        }
    )+};
}
