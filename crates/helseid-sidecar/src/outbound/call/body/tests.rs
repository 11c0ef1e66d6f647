use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::*;

/// A body that arrives in these parts, and does not say how long it is.
fn in_parts(parts: &[usize]) -> Incoming {
    let parts: Vec<_> = parts.iter().map(|&bytes| Ok::<_, std::io::Error>(vec![b'a'; bytes])).collect();
    Incoming::new(Body::from_stream(futures_util::stream::iter(parts)))
}

/// What is held of it, and whether that is all.
async fn held(body: Incoming) -> (usize, bool) {
    match body.hold().await.ok().unwrap() {
        CallBody::Held(bytes, _) => (bytes.len(), true),
        CallBody::Streamed(first, _) => (first.len(), false),
    }
}

#[tokio::test]
async fn a_body_of_64_kib_is_held_and_one_of_a_byte_more_is_streamed() {
    let whole = |bytes: usize| Incoming::new(Body::from(vec![b'a'; bytes]));
    assert_eq!(held(whole(0)).await, (0, true));
    assert_eq!(held(whole(MAX_HELD)).await, (MAX_HELD, true));
    assert_eq!(held(whole(MAX_HELD + 1)).await, (0, false), "its length is known: none of it is read");
    assert_eq!(held(whole(MAX_HELD + 2)).await, (0, false));
    assert_eq!(held(in_parts(&[MAX_HELD - 1, 1])).await, (MAX_HELD, true));
    assert_eq!(held(in_parts(&[MAX_HELD, 1])).await, (MAX_HELD + 1, false));
    assert_eq!(held(in_parts(&[MAX_HELD - 1, 9, 9])).await, (MAX_HELD + 8, false), "the rest is not read");
}

/// A body whose parts are sent while it is read.
fn sent() -> (mpsc::Sender<Vec<u8>>, Incoming) {
    let (sender, receiver) = mpsc::channel(1);
    let parts = futures_util::stream::unfold(receiver, |mut receiver: mpsc::Receiver<Vec<u8>>| async {
        receiver.recv().await.map(|part| (Ok::<_, std::io::Error>(part), receiver))
    });
    (sender, Incoming::new(Body::from_stream(parts.fuse())))
}

#[tokio::test]
async fn what_nobody_wants_of_a_body_is_still_read() {
    let (sender, incoming) = sent();
    drop(incoming);
    for part in 0..20 {
        assert!(sender.send(vec![b'a'; 1024]).await.is_ok(), "{part}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn each_part_of_a_request_is_a_movement() {
    let (sender, incoming) = sent();
    let progress = Progress::new();
    let rest = Some((incoming, progress.clone()));
    let mut body = Outgoing { first: Bytes::from_static(b"first"), rest, trailers: None };
    let began = progress.last();
    while Instant::now() == began {}
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "first");
    sender.send(b"second".to_vec()).await.unwrap();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "second");
    assert!(progress.last() > began && !progress.waits_for_caller());
}

#[test]
fn trailers_leave_the_length_open_and_nothing_else_does() {
    let outgoing = |trailers| Outgoing { first: Bytes::from_static(b"first"), rest: None, trailers };
    assert_eq!(outgoing(None).size_hint().exact(), Some(5));
    let with_trailers = outgoing(Some(HeaderMap::new())).size_hint();
    assert_eq!((with_trailers.lower(), with_trailers.upper()), (5, None));
}
