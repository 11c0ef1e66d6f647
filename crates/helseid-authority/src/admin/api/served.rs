//! The operations of the API that are served. Each is an operation of the table in `helseid-admin-api`, served by a handler with the operation's types, so
//! that the OpenAPI document, which is made from the same table, cannot tell of other routes, bodies or answers.

use ::http::StatusCode;
use axum::extract::State;
use axum::handler::Handler;
use axum::response::Sse;
use axum::routing::{MethodFilter, on};
use axum::{Json, Router};
use helseid_admin_api::{OpenApiDocument, Operation, PREFIX, TraceEvents};

use super::body::JsonBody;
use super::document::Document;
use super::path::Path;
use super::query::QueryParams;
use crate::web::problem::ProblemResponse;

/// A router to which only operations can be added, below [`PREFIX`].
pub(super) struct Served<S>(Router<S>);

impl<S: Clone + Send + Sync + 'static> Served<S> {
    pub(super) fn new() -> Self {
        Self(Router::new())
    }

    /// Serves an operation.
    pub(super) fn on<Body, Answer, Query, H, Arguments: 'static>(
        self,
        operation: Operation<Body, Answer, Query>,
        handler: H,
    ) -> Self
    where
        H: Handler<Arguments, S> + Serves<Body, Answer, Query, Arguments>,
    {
        #[expect(clippy::expect_used, reason = "the table has methods that axum knows")]
        let method = MethodFilter::try_from(operation.method().clone()).expect("a method of the table");
        let path = operation.path().strip_prefix(PREFIX).unwrap_or(operation.path());
        Self(self.0.route(path, on(method, handler)))
    }

    /// The router of these operations, for paths without [`PREFIX`].
    pub(super) fn router(self) -> Router<S> {
        self.0
    }
}

/// A function that takes the body and the query of an operation, and gives its answer or a refusal.
pub(super) trait Serves<Body, Answer, Query, Arguments> {}

/// What a handler returns for an operation with this answer.
pub(super) trait Answers<Answer> {}

impl<T> Answers<T> for Json<T> {}
impl<T> Answers<T> for (StatusCode, Json<T>) {}
impl Answers<()> for StatusCode {}
impl<T> Answers<TraceEvents> for Sse<T> {}
impl Answers<OpenApiDocument> for Document {}
impl<T, R: Answers<T>> Answers<T> for Result<R, ProblemResponse> {}

/// Who takes these arguments serves an operation with this body and query.
macro_rules! serves {
    ($([$($generic:ident)*] ($($argument:ty),*) takes $body:ty, $query:ty;)+) => {$(
        impl<F, Fut, Via, S, Answer, $($generic),*> Serves<$body, Answer, $query, (Via, State<S>, $($argument),*)> for F
        where
            F: Fn(State<S>, $($argument),*) -> Fut,
            Fut: Future<Output: Answers<Answer>>,
        {
        }
    )+};
}

serves! {
    [] () takes (), ();
    [P] (Path<P>) takes (), ();
    [B] (JsonBody<B>) takes B, ();
    [P B] (Path<P>, JsonBody<B>) takes B, ();
    [Q] (QueryParams<Q>) takes (), Q;
    [P Q] (Path<P>, QueryParams<Q>) takes (), Q;
}

impl<F, Fut, Answer> Serves<(), Answer, (), ((),)> for F
where
    F: Fn() -> Fut,
    Fut: Future<Output: Answers<Answer>>,
{
}
