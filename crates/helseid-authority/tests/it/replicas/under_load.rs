//! The same while one of what they share is killed among requests.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use helseid_test_services::Stop;
use reqwest::StatusCode;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Pair;
use crate::desk::{READ, Sent};
use crate::{in_time, url};

/// The longest that an assertion may still be good for, tolerance included, in seconds.
const LONGEST: i64 = 70;

/// As long as replicas take nothing after a restart of Redis, in seconds.
const CLOSED: i64 = 91;

const WRITERS: usize = 8;
const BEFORE: usize = 0;
const BACK: usize = 1;
const DONE: usize = 2;

/// What became of a registration.
struct Told {
    writer: usize,
    /// When it was sent.
    phase: usize,
    id: String,
    status: StatusCode,
}

/// Clients that are registered at both replicas, one after the other by each writer, until the phase says so.
struct Writers {
    phase: Arc<AtomicUsize>,
    told: mpsc::UnboundedReceiver<Told>,
    running: JoinSet<()>,
    answered: Vec<String>,
}

impl Writers {
    fn start(pair: &Pair) -> Self {
        let phase = Arc::new(AtomicUsize::new(BEFORE));
        let (tell, told) = mpsc::unbounded_channel();
        let mut running = JoinSet::new();
        for writer in 0..WRITERS {
            let at = if writer % 2 == 0 { &pair.one.running } else { &pair.two };
            let (base, token) = (url(at, "/admin/api/clients"), at.admin_token().to_owned());
            let (http, phase, tell) = (pair.http.clone(), phase.clone(), tell.clone());
            running.spawn(async move {
                for n in 0.. {
                    let sent_in = phase.load(Ordering::SeqCst);
                    if sent_in == DONE {
                        return;
                    }
                    let id = format!("client-{writer}-{n}");
                    let put = http.put(format!("{base}/{id}")).bearer_auth(&token);
                    let put = put.header("host", "localhost:8480").header("content-type", "application/json");
                    let status = put.body(r#"{"name":"one of many"}"#).send().await.unwrap().status();
                    let _ = tell.send(Told { writer, phase: sent_in, id, status });
                }
            });
        }
        Self { phase, told, running, answered: Vec::new() }
    }

    fn note(&mut self, told: &Told) {
        if told.status.is_success() {
            self.answered.push(told.id.clone());
        } else {
            assert_eq!(told.status, StatusCode::SERVICE_UNAVAILABLE, "{}", told.id);
        }
    }

    /// Returns once so many are answered.
    async fn have(&mut self, answered: usize) {
        while self.answered.len() < answered {
            let told = in_time(self.told.recv()).await.unwrap();
            self.note(&told);
        }
    }

    /// Returns once each writer is answered again; tells which clients there must be.
    async fn are_back(mut self) -> Vec<String> {
        self.phase.store(BACK, Ordering::SeqCst);
        let mut back = BTreeSet::new();
        while back.len() < WRITERS {
            let told = in_time(self.told.recv()).await.unwrap();
            self.note(&told);
            if told.phase == BACK && told.status.is_success() {
                back.insert(told.writer);
            }
        }
        self.phase.store(DONE, Ordering::SeqCst);
        std::mem::take(&mut self.running).join_all().await;
        while let Ok(told) = self.told.try_recv() {
            self.note(&told);
        }
        self.answered
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgres_is_killed_among_registrations_none_that_was_answered_is_lost_and_tokens_are_given() {
    let mut pair = Pair::start().await;
    let mut writers = Writers::start(&pair);
    writers.have(100).await;
    pair.postgres.stop(Stop::Kill);
    for _ in 0..20 {
        let (one, two) = (pair.one.sent(READ).await, pair.one.sent(READ).await);
        assert_eq!(pair.at_one(&one).await.0, StatusCode::OK);
        assert_eq!(pair.at_two(&two).await.0, StatusCode::OK);
    }
    pair.postgres.start_again().unwrap();
    let answered = writers.are_back().await;
    assert!(answered.len() >= 100 + WRITERS);
    for id in answered {
        for replica in [&pair.one.running, &pair.two] {
            let status = pair.get_client(replica, &id).send().await.unwrap().status();
            assert_eq!(status, StatusCode::OK, "{id} is lost");
        }
    }
}

/// Assertions that are sent again and again, and how often each was taken.
struct Copies {
    assertions: Vec<String>,
    taken: Vec<usize>,
}

impl Copies {
    /// Good for as long as may be.
    fn make(pair: &Pair, count: usize) -> Self {
        let exp = pair.one.now().seconds() + LONGEST;
        let make = |_| pair.one.assertion().claim("exp", exp).sign(&pair.one.key);
        Self { assertions: (0..count).map(make).collect(), taken: vec![0; count] }
    }

    /// Sends a copy of each to both, all at once, each with a proof of its own.
    async fn send(&self, pair: &Pair) -> JoinSet<(usize, StatusCode)> {
        let nonce = pair.one.nonce().await;
        let mut sending = JoinSet::new();
        for (n, assertion) in self.assertions.iter().enumerate() {
            for replica in [&pair.one.running, &pair.two] {
                let sent = Sent { assertion: assertion.clone(), ..pair.one.sent_with(READ, &nonce) };
                let mut request = pair.one.post(&sent).build().unwrap();
                *request.url_mut() = url(replica, "/connect/token").parse().unwrap();
                let http = pair.http.clone();
                sending.spawn(async move { (n, http.execute(request).await.unwrap().status()) });
            }
        }
        sending
    }

    fn note(&mut self, (n, status): (usize, StatusCode)) {
        match status {
            StatusCode::OK => self.taken[n] += 1,
            StatusCode::BAD_REQUEST | StatusCode::SERVICE_UNAVAILABLE => {}
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_killed_among_copies_and_forgets_all_none_is_taken_twice() {
    let mut pair = Pair::start().await;
    let mut copies = Copies::make(&pair, 100);
    let mut sending = copies.send(&pair).await;
    while copies.taken.iter().sum::<usize>() < 20 {
        copies.note(in_time(sending.join_next()).await.unwrap().unwrap());
    }
    pair.redis.stop_and_forget().unwrap();
    sending.join_all().await.into_iter().for_each(|answered| copies.note(answered));
    pair.both_answer(StatusCode::SERVICE_UNAVAILABLE).await;
    pair.redis.start_again().unwrap();
    pair.both(|(_, why)| why.contains("restarted")).await;
    // In each second until they are open again, and in the first in which they are.
    for _ in 0..CLOSED {
        copies.send(&pair).await.join_all().await.into_iter().for_each(|answered| copies.note(answered));
        pair.one.forward(1);
    }
    pair.both_answer(StatusCode::OK).await;
    copies.send(&pair).await.join_all().await.into_iter().for_each(|answered| copies.note(answered));
    assert!(copies.taken.iter().all(|taken| *taken <= 1), "{:?}", copies.taken);
}
