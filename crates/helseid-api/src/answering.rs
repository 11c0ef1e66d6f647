//! The future of a response: of the inner service, or a refusal.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use http::{HeaderValue, Response};
use http_body_util::{Either, Full};
use pin_project_lite::pin_project;

use crate::refused::Refused;

/// The body of a response: that of the inner service, or ours.
///
/// ```
/// use helseid_api::{AnswerBody, Rejection};
///
/// /// For a service around the protected one that notes why a request was refused.
/// fn reason<B>(answer: &http::Response<AnswerBody<B>>) -> Option<&'static str> {
///     answer.extensions().get::<Rejection>().map(Rejection::reason)
/// }
/// ```
pub type AnswerBody<B> = Either<B, Full<Bytes>>;

type Answer<Out, E> = Result<Response<AnswerBody<Out>>, E>;

pin_project! {
    /// The response of a protected service. `F` is the future of the inner service.
    ///
    /// ```
    /// use helseid_api::{AnswerBody, Answering};
    ///
    /// /// For a service around the protected one that notes how requests end.
    /// async fn noted<F, B, E>(answering: Answering<F, B, E>) -> Result<http::Response<AnswerBody<B>>, E>
    /// where
    ///     F: Future<Output = Result<http::Response<B>, E>>,
    /// {
    ///     let answer = answering.await?;
    ///     tracing::info!("{}", answer.status());
    ///     Ok(answer)
    /// }
    /// ```
    #[project = Step]
    pub struct Answering<F, Out, E> {
        #[pin]
        state: State<F, Out, E>,
    }
}

pin_project! {
    #[project = Stage]
    enum State<F, Out, E> {
        Inside { #[pin] answer: F, nonce: Option<HeaderValue> },
        Refused { refused: Option<Refused> },
        Later { coming: Pin<Box<dyn Future<Output = Answer<Out, E>> + Send>> },
    }
}

impl<F, Out, E> Answering<F, Out, E> {
    pub(crate) const fn inside(answer: F, nonce: Option<HeaderValue>) -> Self {
        Self { state: State::Inside { answer, nonce } }
    }

    pub(crate) const fn refused(refused: Refused) -> Self {
        Self { state: State::Refused { refused: Some(refused) } }
    }

    pub(crate) fn later(coming: impl Future<Output = Answer<Out, E>> + Send + 'static) -> Self {
        Self { state: State::Later { coming: Box::pin(coming) } }
    }
}

impl<F, Out, E> Future for Answering<F, Out, E>
where
    F: Future<Output = Result<Response<Out>, E>>,
{
    type Output = Answer<Out, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            Stage::Inside { answer, nonce } => {
                let mut response = ready!(answer.poll(context))?;
                if let Some(nonce) = nonce.take() {
                    response.headers_mut().insert(NONCE_HEADER, nonce);
                }
                Poll::Ready(Ok(response.map(Either::Left)))
            }
            Stage::Refused { refused } => match refused.take() {
                Some(refused) => Poll::Ready(Ok(refused.into_inner().map(Either::Right))),
                // It has been returned already.
                None => Poll::Pending,
            },
            Stage::Later { coming } => coming.as_mut().poll(context),
        }
    }
}

impl<F, Out, E> std::fmt::Debug for Answering<F, Out, E> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self.state {
            State::Inside { .. } => "Answering(inside)",
            State::Refused { .. } => "Answering(refused)",
            State::Later { .. } => "Answering(later)",
        })
    }
}
