//! Every operation of the admin API: a method on a path, with the types of its query, its body and its answer.
//!
//! The authority serves these operations and no others, the command line calls them, and the OpenAPI document describes
//! them.

mod table;

use std::marker::PhantomData;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

#[cfg(test)]
pub(crate) use table::describe;
pub use table::*;

/// What every path of the admin API begins with, below the issuer.
pub const PREFIX: &str = "/admin/api";

/// All but the unreserved characters of RFC 3986 section 2.3, and dots: one or two alone would be another folder.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// An id as a segment of a path; an id may hold any character.
#[must_use]
pub fn segment(id: &str) -> String {
    utf8_percent_encode(id, ENCODED).to_string()
}

/// A method on a path. `Body` and `Answer` are the JSON of the request and of the answer, `()` where there is none;
/// `Query` is what may follow the path.
///
/// ```
/// use helseid_admin_api::{AuditQuery, Operation, operation};
///
/// /// What is sent first, whatever the body and the answer are.
/// fn request_line<B, A, Q>(operation: &Operation<B, A, Q>, values: &[&str]) -> String {
///     format!("{} {}", operation.method(), operation.at(values))
/// }
/// assert_eq!(request_line(&operation::SHOW_CLIENT, &["a/b"]), "GET /admin/api/clients/a%2Fb");
/// let older = AuditQuery { before: Some(40), limit: None };
/// assert_eq!(operation::AUDIT.with_query(&[], &older), "/admin/api/audit?before=40");
/// ```
#[derive(Debug)]
pub struct Operation<Body, Answer, Query = ()> {
    method: Method,
    path: &'static str,
    types: PhantomData<fn(Body, Query) -> Answer>,
}

/// The answer is a stream of server-sent events, each of which holds a [`TraceEntry`](crate::TraceEntry).
///
/// ```
/// use helseid_admin_api::{LiveTraceQuery, Operation, TraceEvents, operation};
///
/// /// Only what is answered by a stream may stay open for ever.
/// fn has_no_end<B, Q>(_: &Operation<B, TraceEvents, Q>) {}
///
/// has_no_end(&operation::TRACE_LIVE);
/// let query = LiveTraceQuery { client: Some("my-journal".to_owned()), ..LiveTraceQuery::default() };
/// let path = operation::TRACE_LIVE.with_query(&[], &query);
/// assert_eq!(path, "/admin/api/trace/live?client=my-journal");
/// ```
#[derive(Debug)]
pub enum TraceEvents {}

/// The answer is an OpenAPI document.
///
/// ```
/// use helseid_admin_api::{OPENAPI, OpenApiDocument, Operation, operation};
///
/// /// Where a generator of clients finds the document.
/// fn path<B, Q>(operation: &Operation<B, OpenApiDocument, Q>) -> &'static str {
///     operation.path()
/// }
/// // The document describes the operation that answers it.
/// let document: serde_json::Value = serde_json::from_str(OPENAPI)?;
/// assert_eq!(document["paths"][path(&operation::OPENAPI)]["get"]["operationId"], "openapi");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
pub enum OpenApiDocument {}

impl<Body, Answer, Query> Operation<Body, Answer, Query> {
    const fn new(method: Method, path: &'static str) -> Self {
        Self { method, path, types: PhantomData }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The path below the issuer, with a name in braces wherever a part of it varies.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// The path with these values in place of the names in braces, in their order. A value may hold any character.
    #[must_use]
    pub fn at(&self, values: &[&str]) -> String {
        let mut values = values.iter();
        let mut filled = |segment: &str| match segment.starts_with('{') {
            true => self::segment(values.next().copied().unwrap_or_default()),
            false => segment.to_owned(),
        };
        self.path.split('/').map(&mut filled).collect::<Vec<_>>().join("/")
    }
}

impl<Body, Answer, Query: Serialize> Operation<Body, Answer, Query> {
    /// The path as [`at`](Self::at) makes it, followed by the members of the query that have a value.
    #[must_use]
    pub fn with_query(&self, values: &[&str], query: &Query) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        if let Ok(Value::Object(members)) = serde_json::to_value(query) {
            for (name, value) in members {
                match value {
                    Value::Null => {}
                    Value::String(text) => drop(pairs.append_pair(&name, &text)),
                    other => drop(pairs.append_pair(&name, &other.to_string())),
                }
            }
        }
        format!("{}?{}", self.at(values), pairs.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientsQuery, TraceOutcome, TraceQuery};

    #[test]
    fn a_value_takes_the_place_of_its_name_whatever_it_holds() {
        assert_eq!(REMOVE_KEY.at(&["a/b", "ø ?"]), "/admin/api/clients/a%2Fb/keys/%C3%B8%20%3F");
        assert_eq!(SHOW_CLIENT.at(&["a-b.c_d~"]), "/admin/api/clients/a-b%2Ec_d~");
        assert_eq!(LIST_CLIENTS.at(&[]), "/admin/api/clients");
    }

    #[test]
    fn a_query_holds_what_has_a_value() {
        let query = ClientsQuery { after: Some("a&b".into()), limit: Some(5) };
        assert_eq!(LIST_CLIENTS.with_query(&[], &query), "/admin/api/clients?after=a%26b&limit=5");
        let query = TraceQuery { outcome: Some(TraceOutcome::NonceWanted), ..TraceQuery::default() };
        assert_eq!(TRACE.with_query(&[], &query), "/admin/api/trace?outcome=nonce_wanted");
    }
}
