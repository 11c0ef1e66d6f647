//! Where unpredictable bytes come from.

/// A source of unpredictable bytes for `jti`s, nonces and ids.
///
/// Keys and signatures never use it: they take the crypto backend's own.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`, all of them. A source that cannot must panic rather than return.
    fn fill(&self, bytes: &mut [u8]);
}
