//! Whoever hangs, costs others nothing and us little.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::http::Request;
use helseid_protocol::id::ClientId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::delivery::NotSent;
use super::queues::{MAX_WAITING, MAX_WAITING_IN_ALL, Put, Queues};
use super::*;

fn client(number: usize) -> ClientId {
    ClientId::parse(&format!("client-{number}")).unwrap()
}

/// A receiver on loopback that answers each request with the next of these heads, and then with the last of them; none hangs.
struct Receiver {
    address: String,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Receiver {
    async fn start(heads: &'static [Option<&'static str>]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/logout", listener.local_addr().unwrap());
        let (requests, connections) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (counted, open) = (requests.clone(), connections.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (counted, open) = (counted.clone(), open.clone());
                open.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut read = vec![0; 4096];
                    let length = stream.read(&mut read).await.unwrap_or_default();
                    if length > 0 {
                        let number = counted.fetch_add(1, Ordering::SeqCst);
                        match heads[number.min(heads.len() - 1)] {
                            Some(head) => {
                                let answer = format!(
                                    "HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                );
                                let _ = stream.write_all(answer.as_bytes()).await;
                            }
                            // Until the other side goes away.
                            None => drop(stream.read(&mut read).await),
                        }
                    }
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, requests, connections }
    }

    fn letter(&self, told: &mpsc::UnboundedSender<Delivery>) -> Posted {
        Posted { address: Some(self.address.clone()), told: told.clone() }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

struct Posted {
    address: Option<String>,
    told: mpsc::UnboundedSender<Delivery>,
}

impl Letter for Posted {
    fn request(&self) -> Option<Request<Vec<u8>>> {
        Request::post(self.address.as_ref()?).body(b"a=b".to_vec()).ok()
    }

    fn ended(&self, delivery: Delivery) {
        let _ = self.told.send(delivery);
    }
}

fn way(patience: Patience) -> Outgoing {
    let again_after = Duration::from_millis(1);
    Outgoing::new(None, None, Patience { again_after, ..patience }).unwrap()
}

async fn delivered(heads: &'static [Option<&'static str>]) -> (Delivery, usize) {
    let receiver = Receiver::start(heads).await;
    let (told, mut tells) = mpsc::unbounded_channel();
    // Only who hangs is waited for.
    let attempt = if heads.contains(&None) { Duration::from_millis(300) } else { Patience::USUAL.attempt };
    let outgoing = way(Patience { attempt, ..Patience::USUAL });
    outgoing.post(&client(1), receiver.letter(&told));
    (tells.recv().await.unwrap(), receiver.requests())
}

#[tokio::test]
async fn a_letter_is_tried_twice_where_that_may_help_and_no_redirect_is_followed() {
    for (heads, expected) in [
        (&[Some("200 OK")][..], (Delivery::Answered(2), 1)),
        (&[Some("204 No Content")], (Delivery::Answered(2), 1)),
        (&[Some("400 Bad Request")], (Delivery::Answered(4), 1)),
        (&[Some("302 Found\r\nLocation: /elsewhere"), Some("200 OK")], (Delivery::Answered(3), 1)),
        (&[Some("500 Oh"), Some("200 OK")], (Delivery::Answered(2), 2)),
        (&[Some("503 Oh")], (Delivery::Answered(5), 2)),
        (&[Some("nonsense"), Some("200 OK")], (Delivery::Answered(2), 2)),
        (&[None], (Delivery::NoAnswer, 2)),
    ] {
        assert_eq!(delivered(heads).await, expected, "{heads:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_no_answer_and_an_insecure_address_is_not_called() {
    let outgoing = way(Patience::USUAL);
    let (told, mut tells) = mpsc::unbounded_channel();
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [Some(format!("http://{free}/")), Some("http://192.0.2.1/".to_owned()), None] {
        let expected = match &address {
            Some(_) => Delivery::NoAnswer,
            None => Delivery::NotSent(NotSent::NoAddress),
        };
        outgoing.post(&client(1), Posted { address, told: told.clone() });
        assert_eq!(tells.recv().await, Some(expected));
    }
}

#[tokio::test]
async fn ten_thousand_letters_to_one_who_hangs_leave_one_under_way_and_a_hundred_waiting() {
    let (hangs, takes) = (Receiver::start(&[None]).await, Receiver::start(&[Some("200 OK")]).await);
    let (told, mut tells) = mpsc::unbounded_channel();
    let (told_other, mut tells_other) = mpsc::unbounded_channel();
    let outgoing = way(Patience::USUAL);
    outgoing.post(&client(1), hangs.letter(&told));
    while hangs.requests() == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 1..10_000 {
        outgoing.post(&client(1), hangs.letter(&told));
    }
    // Others are not held up.
    outgoing.post(&client(2), takes.letter(&told_other));
    assert_eq!(tells_other.recv().await, Some(Delivery::Answered(2)));
    for _ in 0..10_000 - 1 - MAX_WAITING {
        assert_eq!(tells.try_recv(), Ok(Delivery::NotSent(NotSent::QueueFull)));
    }
    assert_eq!(hangs.connections.load(Ordering::SeqCst), 1);
    // What waits is told of, and what comes later.
    assert_eq!(outgoing.finish(Duration::ZERO).await, MAX_WAITING);
    outgoing.post(&client(2), takes.letter(&told_other));
    assert_eq!(tells_other.recv().await, Some(Delivery::NotSent(NotSent::Stopping)));
    for _ in 0..MAX_WAITING {
        assert_eq!(tells.recv().await, Some(Delivery::NotSent(NotSent::Stopping)));
    }
}

#[tokio::test]
async fn eight_are_under_way_at_once_and_all_are_sent_before_the_end() {
    let receivers =
        [Receiver::start(&[None, Some("200 OK")]).await, Receiver::start(&[Some("200 OK")]).await];
    let (told, mut tells) = mpsc::unbounded_channel();
    let outgoing = way(Patience::USUAL);
    for number in 0..30 {
        outgoing.post(&client(number), receivers[1].letter(&told));
    }
    assert_eq!(outgoing.finish(Duration::from_secs(60)).await, 0);
    for _ in 0..30 {
        assert_eq!(tells.recv().await, Some(Delivery::Answered(2)));
    }
    assert_eq!(receivers[1].requests(), 30);

    let hang = Receiver::start(&[None]).await;
    let outgoing = way(Patience::USUAL);
    for number in 0..20 {
        outgoing.post(&client(number), hang.letter(&told));
    }
    while hang.requests() < 8 {
        tokio::task::yield_now().await;
    }
    assert_eq!(hang.connections.load(Ordering::SeqCst), 8);
    // Dropped, it gives up at once.
    drop(outgoing);
    while hang.connections.load(Ordering::SeqCst) > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(hang.requests(), 8);
}

#[test]
fn queues_are_bounded_by_client_and_in_all_and_are_gone_when_they_are_empty() {
    let mut queues = Queues::default();
    assert_eq!(queues.put(&client(0), 0), Put::Begins);
    for number in 1..MAX_WAITING {
        assert_eq!(queues.put(&client(0), number), Put::Waits);
    }
    assert_eq!(queues.put(&client(0), 7), Put::Full(7));
    for number in 0..MAX_WAITING {
        assert_eq!(queues.next(&client(0)), Some(number));
    }
    assert!(!queues.is_idle(), "somebody works on the last");
    assert_eq!(queues.next(&client(0)), None);
    assert!(queues.is_idle());
    for number in 0..MAX_WAITING_IN_ALL {
        assert_eq!(queues.put(&client(number), number), Put::Begins);
    }
    assert_eq!(queues.put(&client(MAX_WAITING_IN_ALL), 1), Put::Full(1));
    assert_eq!(queues.close().len(), MAX_WAITING_IN_ALL);
    assert_eq!(queues.put(&client(0), 1), Put::Closed(1));
}
