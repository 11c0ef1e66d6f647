//! The texts that stand for a login: codes, refresh tokens, and the ids of access tokens. All are made from 256 bits that nobody
//! can guess, in the form that HelseID's have: capital hexadecimal digits and `-1`.

use helseid_protocol::id::JwtId;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::random::{Random, capital_hexadecimal};
use helseid_protocol::secret::{AuthorizationCode, RefreshToken};

use crate::storage::ephemeral::{Group, Key, Namespace};
use crate::storage::sessions::{FamilyId, SecretHash, SessionId};

/// The digits of a family's id: 64 bits. It need not be secret: a family is ended by its own client alone.
const FAMILY_DIGITS: usize = 16;

/// The digits of what is secret: 256 bits.
const SECRET_DIGITS: usize = 64;

/// How each text ends.
const END: &str = "-1";

/// An authorization code.
pub(crate) struct CodeText(AuthorizationCode);

/// A refresh token: the id of its family, and a secret.
pub(crate) struct RefreshText {
    pub(crate) family: FamilyId,
    pub(crate) hash: SecretHash,
}

/// The id of a new family: of a login and all tokens that follow from it.
pub(crate) fn new_family(random: &dyn Random) -> Option<FamilyId> {
    digits(random, FAMILY_DIGITS).parse().ok()
}

/// The `jti` of a new access token of a login. Its second half is the id of the login's family, so that whoever is shown the
/// token can tell whether the login was revoked.
pub(crate) fn access_token_id(random: &dyn Random, family: &FamilyId) -> String {
    format!("{}{}", digits(random, FAMILY_DIGITS), family.as_str())
}

/// The family that an access token of a login names by its `jti`.
pub(super) fn family_of_token(jwt_id: &JwtId) -> Option<FamilyId> {
    let text = jwt_id.as_str();
    let family = text.get(FAMILY_DIGITS..).filter(|_| text.len() == 2 * FAMILY_DIGITS)?;
    family.parse().ok().filter(|_| are_digits(text))
}

impl CodeText {
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self(AuthorizationCode::new(format!("{}{END}", digits(random, SECRET_DIGITS))))
    }

    pub(crate) const fn code(&self) -> &AuthorizationCode {
        &self.0
    }

    /// The group that a code of this session is counted in: one of sixteen, by its first digit. A code stays when it is redeemed, so
    /// that a replay is noticed, and a session that many tests log in by has many of them.
    pub(crate) fn group(&self, ids: &MacKey, session: &SessionId) -> Group {
        let part = self.0.expose().as_bytes().get(..1).unwrap_or_default();
        Group::new(ids, &[b"codes", session.as_str().as_bytes(), part])
    }

    /// The key of what is stored under a code; none for a text that no code of ours has.
    pub(crate) fn key(ids: &MacKey, code: &AuthorizationCode) -> Option<Key> {
        let secret = code.expose().strip_suffix(END)?;
        let is_ours = secret.len() == SECRET_DIGITS && are_digits(secret);
        is_ours.then(|| Key::new(ids, Namespace::AuthorizationCode, &[secret.as_bytes()]))
    }
}

impl RefreshText {
    /// A new token of a family.
    pub(crate) fn issue(random: &dyn Random, family: &FamilyId) -> RefreshToken {
        RefreshToken::new(format!("{}{}{END}", family.as_str(), digits(random, SECRET_DIGITS)))
    }

    /// Reads a token; none for a text that no token of ours has.
    pub(crate) fn read(token: &RefreshToken) -> Option<Self> {
        let text = token.expose().strip_suffix(END)?;
        let (family, _) = text.split_at_checked(FAMILY_DIGITS)?;
        let is_ours = text.len() == FAMILY_DIGITS + SECRET_DIGITS && are_digits(text);
        let family = family.parse().ok().filter(|_| is_ours)?;
        Some(Self { family, hash: SecretHash::of(token.expose()) })
    }
}

fn digits(random: &dyn Random, count: usize) -> String {
    let mut digits = String::with_capacity(count + 32);
    while digits.len() < count {
        digits.push_str(&capital_hexadecimal(random));
    }
    digits.truncate(count);
    digits
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

#[cfg(test)]
mod tests {
    use helseid_protocol::random::SystemRandom;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_lead_back_to_what_they_stand_for() {
        let ids = MacKey::new(&[7; 32]);
        let (one, other) = (CodeText::new(&SystemRandom), CodeText::new(&SystemRandom));
        assert_eq!(one.code().expose().len(), 66);
        let key = |code: &CodeText| CodeText::key(&ids, code.code()).unwrap();
        assert!(key(&one) == key(&one) && key(&one) != key(&other));

        let family = new_family(&SystemRandom).unwrap();
        let token = RefreshText::issue(&SystemRandom, &family);
        let read = RefreshText::read(&token).unwrap();
        assert!(read.family == family && read.hash == SecretHash::of(token.expose()));
        assert_ne!(token.expose(), RefreshText::issue(&SystemRandom, &family).expose());

        let id = access_token_id(&SystemRandom, &family);
        assert_eq!(id.len(), 32);
        assert!(family_of_token(&JwtId::parse(&id).unwrap()) == Some(family));
    }

    #[test]
    fn a_text_that_is_changed_stands_for_nothing() {
        let ids = MacKey::new(&[7; 32]);
        let code = "A".repeat(64);
        for text in
            [&code, &format!("{code}A-1"), &format!("{}-1", &code[1..]), &code.to_lowercase(), "", "-1"]
        {
            assert!(CodeText::key(&ids, &AuthorizationCode::new(text)).is_none(), "{text}");
        }
        let token = "A".repeat(80);
        for text in [&*token, &format!("{token}A-1"), &format!("{}-1", &token[1..]), &format!("{code}-1")] {
            assert!(RefreshText::read(&RefreshToken::new(text)).is_none(), "{text}");
        }
        for text in ["a".repeat(32), "A".repeat(31), "A".repeat(33)] {
            assert!(family_of_token(&JwtId::parse(&text).unwrap()).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,100}") {
            let _ = CodeText::key(&MacKey::new(&[7; 32]), &AuthorizationCode::new(text.clone()));
            let _ = RefreshText::read(&RefreshToken::new(text.clone()));
            let _ = JwtId::parse(&text).ok().and_then(|id| family_of_token(&id));
        }
    }
}
