//! The way out, against a real server on loopback.

#![cfg(test)]

mod keys;
mod outbound;
#[cfg(feature = "service-tests")]
mod redis;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;

/// Serves `router` on a free port until the test ends; gives its address.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Counts what a server was asked for.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn up(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Waits for what must happen, but not for ever: two minutes are more than a loaded machine takes.
async fn in_time<T>(happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(120), happens).await.expect("it happens in time")
}
