//! Where unpredictable bytes come from.

/// A source of unpredictable bytes for `jti`s, nonces and ids.
///
/// Keys and signatures never use it: they take the crypto backend's own.
///
/// ```
/// use helseid_protocol::random::{Random, jwt_id};
///
/// /// For a test that must know the ids.
/// struct Sevens;
///
/// impl Random for Sevens {
///     fn fill(&self, bytes: &mut [u8]) {
///         bytes.fill(7);
///     }
/// }
/// assert_eq!(jwt_id(&Sevens), jwt_id(&Sevens));
/// ```
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`, all of them. A source that cannot must panic rather than return.
    fn fill(&self, bytes: &mut [u8]);
}
