//! JSON objects from strangers: no member twice, bounded depth, nothing behind the end.

/// A JSON object that was read strictly.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 16;

/// Why bytes are not one strict JSON object. Never repeats the bytes.
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
    let _ = bytes;
    todo!()
}
