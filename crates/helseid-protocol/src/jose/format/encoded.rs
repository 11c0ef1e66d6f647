//! Texts and bytes inside others, and how long they may be.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// The largest key file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 256 * 1024;

/// Bytes of a private key that are wiped on drop.
///
/// ```
/// use helseid_protocol::jose::format::{DerForm, SecretBytes, UnreadableKey, private_to_der};
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
///
/// let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// let der: SecretBytes = private_to_der(&key, DerForm::Pkcs8)?;
/// // Read like a slice of bytes: a SEQUENCE begins with 0x30.
/// assert_eq!(der.first(), Some(&0x30));
/// # Ok::<(), UnreadableKey>(())
/// ```
pub type SecretBytes = Zeroizing<Vec<u8>>;

/// `text` in base64 of either alphabet, with padding or without, and with white space anywhere.
pub(super) fn any_base64(text: &str) -> Option<SecretBytes> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    let standard = |letter: u8| match letter {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    };
    let letters = text.bytes().filter(|letter| !letter.is_ascii_whitespace()).map(standard);
    ENGINE.decode(Zeroizing::new(letters.collect::<Vec<u8>>()).as_slice()).map(Zeroizing::new).ok()
}

/// `text` without percent-encoding, if it has one; some copies of the file and of a JWK do.
#[must_use]
pub fn url_decoded(text: &str) -> Zeroizing<String> {
    if text.trim_start().starts_with('{') {
        return Zeroizing::new(text.to_owned());
    }
    // Form decoding reads `+` as a space, which no base64url and no name in a JWK has.
    let pairs = form_urlencoded::parse(text.as_bytes());
    Zeroizing::new(pairs.map(|(name, _)| name.into_owned()).next().unwrap_or_default())
}
