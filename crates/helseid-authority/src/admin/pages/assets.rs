//! What the pages look like, and what they do in the browser: files of our own, inside the program.

use ::http::{StatusCode, header};
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Name, type and content.
const ASSETS: [(&str, &str, &str); 6] = [
    ("style.css", CSS, include_str!("../../../assets/style.css")),
    ("sign-in.js", SCRIPT, include_str!("../../../assets/sign-in.js")),
    ("key.js", SCRIPT, include_str!("../../../assets/key.js")),
    ("copy.js", SCRIPT, include_str!("../../../assets/copy.js")),
    ("trace.js", SCRIPT, include_str!("../../../assets/trace.js")),
    ("icon.svg", SVG, include_str!("../../../assets/icon.svg")),
];

/// A file, for everyone: there is nothing of anyone in it. Another version of the program may have another.
pub(super) async fn get(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(own, _, _)| *own == name) {
        Some((_, kind, content)) => {
            ([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "no-cache")], *content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
