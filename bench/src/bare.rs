//! The bare answer: what axum takes for the sample API's body when nothing is checked; and a body that is sent back as it comes.

use std::net::Ipv4Addr;

use axum::body::Body;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};

use crate::load::PATH;

/// Serves until the process is stopped.
#[expect(clippy::print_stdout, reason = "says where it listens")]
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        println!(
            "{}",
            serde_json::json!({ "listen": [address.to_string()], "issuer": format!("http://{address}") })
        );
        let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap());
        let router = Router::new()
            .route(PATH, get(async || Json(sample_api::all_patients())))
            .route("/api/echo", post(async |body: Body| body));
        axum::serve(listener, router).await.unwrap();
    });
}
