//! Servers that speak as Redis does, and of which it cannot be told whether they forgot.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helseid_api::{Claim, ProofUse, RedisReplayGuard, ReplayGuard, WhileAway};
use helseid_protocol::dpop::ReplayId;
use helseid_protocol::forge::TestClock;
use helseid_protocol::time::{Clock as _, Timestamp};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The longest life of a proof.
const LONGEST: i64 = 41;

/// A server of the test's own.
#[derive(Clone)]
struct Odd {
    info: Arc<Mutex<String>>,
    used: Arc<Mutex<HashSet<Vec<u8>>>>,
    clock: TestClock,
    /// How often it was started; connections end with it.
    starts: watch::Sender<u32>,
    url: String,
}

impl Odd {
    async fn start(info: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let odd = Self {
            info: Arc::new(Mutex::new(info.into())),
            used: Arc::default(),
            clock: TestClock::default(),
            starts: watch::Sender::new(0),
            url,
        };
        let server = odd.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, mut starts) = (server.clone(), server.starts.subscribe());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = starts.changed() => {}
                        _ = server.serve(stream) => {}
                    }
                });
            }
        });
        odd
    }

    /// Its time has come for every key.
    fn expire(&self) {
        self.used.lock().unwrap().clear();
    }

    /// Forgets everything, and tells this of itself from now on.
    fn start_again(&self, info: &str) {
        *self.info.lock().unwrap() = info.into();
        self.used.lock().unwrap().clear();
        self.starts.send_modify(|starts| *starts += 1);
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let command = command(&mut stream).await?;
            let answer = match command.first().map(Vec::as_slice) {
                Some(b"INFO") => {
                    let info = self.info.lock().unwrap().clone();
                    format!("${}\r\n{info}\r\n", info.len())
                }
                Some(b"TIME") => {
                    let seconds = self.clock.now().seconds().to_string();
                    format!("*2\r\n${}\r\n{seconds}\r\n$1\r\n0\r\n", seconds.len())
                }
                Some(b"SET") if !self.used.lock().unwrap().insert(command[1].clone()) => "$-1\r\n".into(),
                _ => "+OK\r\n".into(),
            };
            stream.write_all(answer.as_bytes()).await?;
        }
    }
}

/// One command: `*N`, and then N times `$LENGTH` and so many bytes.
async fn command(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    for _ in 0..number(stream).await? {
        let mut part = vec![0; number(stream).await? + 2];
        stream.read_exact(&mut part).await?;
        part.truncate(part.len() - 2);
        parts.push(part);
    }
    Ok(parts)
}

async fn number(stream: &mut BufReader<TcpStream>) -> std::io::Result<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    line.get(1..)
        .and_then(|line| line.trim().parse().ok())
        .ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

fn proof(n: u8, now: i64) -> ProofUse {
    let at = |seconds| Timestamp::from_seconds(crate::world::NOW + seconds);
    let longest = Duration::from_secs(LONGEST.unsigned_abs());
    ProofUse { id: ReplayId::from_bytes([n; 16]), until: at(now + LONGEST), now: at(now), longest }
}

fn info(run_id: &str, uptime: u32) -> String {
    format!("run_id:{run_id}\r\nuptime_in_seconds:{uptime}\r\nmaxmemory:0\r\n")
}

#[tokio::test]
async fn a_server_without_a_name_or_that_evicts_is_never_believed() {
    let evicts = "run_id:a\r\nuptime_in_seconds:1000\r\nmaxmemory:1\r\nmaxmemory_policy:allkeys-lru\r\n";
    let nameless = "uptime_in_seconds:1000\r\nmaxmemory:0\r\n";
    for unfit in [nameless, evicts, ""] {
        let guard = RedisReplayGuard::new(&Odd::start(unfit).await.url).unwrap();
        for now in [0, 100, 200] {
            assert_eq!(guard.claim(proof(1, now)).await, Claim::Away, "{unfit:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_was_there_for_a_shorter_time_than_before_is_another() {
    let server = Odd::start(&info("a", 1000)).await;
    let guard = RedisReplayGuard::new(&server.url).unwrap();
    assert_eq!(guard.claim(proof(1, 0)).await, Claim::First);
    assert_eq!(guard.claim(proof(1, 0)).await, Claim::Again);
    server.start_again(&info("a", 3));
    for now in [1, 3, 20, LONGEST] {
        assert_eq!(guard.claim(proof(1, now)).await, Claim::Away, "{now}");
    }
    assert_eq!(guard.claim(proof(2, 3 + LONGEST)).await, Claim::First);
}

#[tokio::test]
async fn a_clock_that_went_back_does_not_keep_the_server_out_for_as_long() {
    let server = Odd::start(&info("a", 3)).await;
    let guard = RedisReplayGuard::new(&server.url).unwrap();
    assert_eq!(guard.claim(proof(1, 86_400)).await, Claim::Away);
    for now in [0, LONGEST - 1] {
        assert_eq!(guard.claim(proof(2, now)).await, Claim::Away, "{now}");
    }
    assert_eq!(guard.claim(proof(3, LONGEST)).await, Claim::First);
}

#[tokio::test]
async fn a_used_proof_that_the_server_forgot_by_its_own_clock_is_not_taken_again() {
    let server = Odd::start(&info("a", 1000)).await;
    let guard = RedisReplayGuard::new(&server.url).unwrap();
    assert_eq!(guard.claim(proof(1, 0)).await, Claim::First);
    server.clock.forward(Duration::from_secs(60));
    server.expire();
    assert_eq!(guard.claim(proof(1, 0)).await, Claim::Forgotten);
    assert_eq!(guard.claim(proof(1, 0)).await, Claim::Again, "the server has it again");
    // The server's clock is put right, and the next proofs end later.
    server.clock.back(Duration::from_secs(60));
    server.expire();
    assert_eq!(guard.claim(proof(1, 0)).await, Claim::Forgotten);
    assert_eq!(guard.claim(proof(2, 5)).await, Claim::First);
}

#[tokio::test]
async fn by_choice_a_proof_is_looked_up_here_where_the_server_may_have_forgotten_it() {
    let server = Odd::start(&info("a", 1000)).await;
    let guard = RedisReplayGuard::new(&server.url).unwrap().while_away(WhileAway::LocalOnly);
    assert_eq!(guard.claim(proof(1, 0)).await, Claim::First);
    server.clock.forward(Duration::from_secs(60));
    server.expire();
    assert_eq!(guard.claim(proof(1, 0)).await, Claim::Again);
    assert_eq!(guard.claim(proof(2, 0)).await, Claim::First);
}
