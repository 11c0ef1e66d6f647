//! A new token: from another process that shares one, or from the authority.

use std::sync::Arc;

use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
use helseid_protocol::random::bytes16;
use helseid_protocol::time::Timestamp;

use super::request::TokenRequest;
use super::shared::{SharedCache, place};
use super::slot::Slot;
use super::token::{Obtained, Renewal, Token};
use crate::authority::{Authority, Purpose};
use crate::error::Error;

/// Makes tokens without a network, for users' tests.
#[cfg(feature = "test-util")]
pub(crate) trait Mint: Send + Sync {
    /// A token for `request` of the client of `authority`.
    fn mint(&self, authority: &Authority, request: &TokenRequest) -> Token;
}

/// Where new tokens come from.
pub(crate) struct TokenSource {
    pub(crate) authority: Arc<Authority>,
    pub(crate) shared: Option<SharedCache>,
    /// When so many hundredths of its lifetime have passed, a token is renewed.
    pub(crate) renew_after_percent: u8,
    #[cfg(feature = "test-util")]
    pub(crate) mint: Option<Arc<dyn Mint>>,
}

impl TokenSource {
    pub(super) fn now(&self) -> Timestamp {
        self.authority.parts().clock.now()
    }

    /// The name of the signer of the next assertion.
    pub(super) fn signer(&self, now: Timestamp) -> Arc<str> {
        self.authority.parts().signers.current(now).name
    }

    /// A token that another process shares, or a new one. A shared token that is due for renewal, or that an API refused, is not
    /// taken.
    pub(super) async fn obtain(
        &self,
        request: &TokenRequest,
        slot: &Slot,
        purpose: Purpose,
    ) -> Result<Token, Error> {
        let parts = self.authority.parts();
        // What was exchanged for a caller stays in the process that it called.
        let is_shared = parts.scheme == TokenType::Dpop && request.subject().is_none();
        let Some(shared) = self.shared.as_ref().filter(|_| is_shared) else {
            return self.fetch(request, purpose).await;
        };
        let signer = self.signer(self.now());
        let place = self.place(request);
        if let Some(token) =
            shared.get(&place, request.requested_scope(), signer.clone(), self.renewal()).await
        {
            let now = self.now();
            if token.is_usable(now) && !token.wants_renewal(now, &signer) && !slot.has_refused(&token) {
                return Ok(token);
            }
        }
        let token = self.fetch(request, purpose).await?;
        shared.put(&place, &token, self.now()).await;
        Ok(token)
    }

    /// Where a token is kept: by issuer, client, signing key, proof key, and all that is requested, each with its length.
    pub(super) fn place(&self, request: &TokenRequest) -> String {
        let parts = self.authority.parts();
        let (issuer, client_id) = (self.authority.issuer().as_str(), parts.client_id.as_str());
        let (signer, prover) = (self.signer(self.now()), parts.prover.thumbprint().as_str());
        place(&[issuer, client_id, &signer, prover, request.key()])
    }

    /// A token from the authority.
    async fn fetch(&self, request: &TokenRequest, purpose: Purpose) -> Result<Token, Error> {
        #[cfg(feature = "test-util")]
        if let Some(mint) = &self.mint {
            return Ok(mint.mint(&self.authority, request));
        }
        let parts = self.authority.parts();
        let read = |response: http::Response<Vec<u8>>| {
            let granted = TokenGranted::read(response.status(), response.body(), parts.scheme)?;
            self.authority.announce(Some(&granted));
            tracing::debug!(expires_in = granted.expires_in.as_secs(), "a token was granted");
            Ok(granted)
        };
        let purpose = if request.subject().is_some() { Purpose::Exchange } else { purpose };
        let exchanged = self.authority.exchange(&request.to_authority().for_purpose(purpose), read).await?;
        let mut granted = exchanged.value;
        if let Some(subject) = request.subject() {
            granted.expires_in = subject.bounds(granted.expires_in, exchanged.began);
        }
        let obtained = Obtained { at: exchanged.began, renewal: self.renewal(), signer: exchanged.signer };
        Ok(Token::new(granted, request.requested_scope(), obtained))
    }

    fn renewal(&self) -> Renewal {
        let [jitter, ..] = bytes16(&*self.authority.parts().random);
        Renewal { percent: self.renew_after_percent, jitter }
    }
}
