//! Calls whose bodies are streams.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use helseid_client::{Body, ErrorKind};
use http_body::Frame;

use crate::world::{Reply, granted, unauthorized, world};

/// A body of three frames.
struct Frames(std::array::IntoIter<&'static str, 3>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(self.0.next().map(|text| Ok(Frame::data(text.into()))))
    }
}

fn frames() -> Body {
    Body::stream(Frames(["my", " ", "patient"].into_iter()))
}

fn ok() -> Reply {
    Reply::Plain(200, Vec::new(), "patients".into())
}

#[tokio::test]
async fn a_stream_passes_at_once() {
    let world = world().await;
    let call = || world.client.post(&world.api_url()).stream(frames());
    assert_eq!(call().send().await.unwrap().text(), "patients");
    assert_eq!(&*call().open().await.unwrap().piece().await.unwrap().unwrap(), b"patients");
    assert_eq!(world.api.bodies(), vec![b"my patient".to_vec(); 2]);
}

#[tokio::test]
async fn a_stream_is_sent_once_and_the_next_has_what_was_asked_for() {
    let world = world().await;
    world.authority.will([granted("first", 600), granted("second", 600)]);
    let challenges =
        [(r#"DPoP error="use_dpop_nonce""#, Some("n1")), (r#"DPoP error="invalid_token""#, None)];
    for (challenge, nonce) in challenges {
        let before = world.api.count();
        world.api.will([unauthorized(challenge, nonce), ok()]);
        let call = || world.client.post(&world.api_url()).stream(frames());
        let error = call().send().await.expect_err("a second attempt was asked for");
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::BodyConsumed, true), "{error}");
        assert!(!error.is_unsent() && error.why().contains("stream"), "{error}");
        assert_eq!(world.api.count() - before, 1);
        assert_eq!(call().send().await.unwrap().text(), "patients");
    }
    assert_eq!(world.api.bodies(), vec![b"my patient".to_vec(); 4]);
    let nonces: Vec<_> = world.api.proofs().iter().map(|proof| proof.contains_key("nonce")).collect();
    assert_eq!(nonces, [false, true, true, true]);
    assert_eq!(world.api.authorizations(), ["DPoP first", "DPoP first", "DPoP first", "DPoP second"]);
}

#[tokio::test]
async fn an_api_that_asks_for_a_nonce_without_issuing_one_breaks_the_protocol_for_a_stream_too() {
    let world = world().await;
    world.api.will([unauthorized(r#"DPoP error="use_dpop_nonce""#, None)]);
    let error = world.client.post(&world.api_url()).stream(frames()).send().await.expect_err("a breach");
    assert_eq!(error.kind(), ErrorKind::Protocol);
}
