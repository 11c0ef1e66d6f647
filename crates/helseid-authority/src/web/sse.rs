//! Server-sent events.

use std::convert::Infallible;

use axum::response::Sse;
use axum::response::sse::Event;
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;

/// An event for each item, as JSON. An item that is none is an empty comment, by which each side learns that the other is
/// still there.
pub(crate) fn events<T: Serialize>(
    items: impl Stream<Item = Option<T>> + Send + 'static,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(items.map(|item| {
        Ok(match item {
            Some(item) => Event::default().json_data(item).unwrap_or_default(),
            None => Event::default().comment(""),
        })
    }))
}
