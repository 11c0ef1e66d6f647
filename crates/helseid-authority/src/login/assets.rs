//! What the login pages look like: files of our own, inside the program. Two pages have a script, which they can do without.

use ::http::{StatusCode, header};
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, type and content.
const ASSETS: [(&str, &str, &str); 5] = [
    ("style.css", CSS, include_str!("../../assets/style.css")),
    ("login.css", CSS, include_str!("../../assets/login.css")),
    ("form-post.js", SCRIPT, include_str!("../../assets/form-post.js")),
    ("once.js", SCRIPT, include_str!("../../assets/once.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
];

/// A file, for everyone. Another version of the program may have another.
pub(super) async fn get(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(own, _, _)| *own == name) {
        Some((_, kind, content)) => {
            let headers = [
                (header::CONTENT_TYPE, *kind),
                (header::CACHE_CONTROL, "no-cache"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, *content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
