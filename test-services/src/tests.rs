//! The servers themselves: that they begin, end, come back, and never outlive their program.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::{Nginx, NginxConfig, Postgres, Redis, Stop, TestCa};

fn answers(url: &str) -> bool {
    let address = url.rsplit(['@', '/']).find(|part| part.contains(':')).unwrap();
    TcpStream::connect(address).is_ok()
}

#[test]
fn postgres_comes_back_where_it_was_and_ends_with_its_owner() {
    let mut postgres = Postgres::start().unwrap();
    let url = postgres.url();
    for how in [Stop::Orderly, Stop::Kill] {
        assert!(answers(&url));
        postgres.stop(how);
        assert!(!answers(&url));
        postgres.start_again().unwrap();
    }
    let folder = postgres.folder();
    assert!(folder.is_dir());
    drop(postgres);
    assert!(!answers(&url) && !folder.exists());
}

#[test]
fn redis_comes_back_where_it_was_and_ends_with_its_owner() {
    let mut redis = Redis::start().unwrap();
    let url = redis.url();
    for how in [Stop::Orderly, Stop::Kill] {
        assert!(answers(&url));
        redis.stop(how);
        assert!(!answers(&url));
        redis.start_again().unwrap();
    }
    let folder = redis.folder();
    drop(redis);
    assert!(!answers(&url) && !folder.exists());
}

#[test]
fn nginx_answers_by_what_it_is_told_and_ends_with_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = TestCa::new(folder.path(), "proxy").unwrap().certificate("app.localhost").unwrap();
    let config = |server| NginxConfig { certificate: &certificate, http: "", server };
    let nginx = Nginx::start(config("location / { return 204; }")).unwrap();
    let address = format!("127.0.0.1:{}", nginx.plain_port());
    let mut way = TcpStream::connect(&address).unwrap();
    way.write_all(b"GET / HTTP/1.1\r\nhost: app.localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    way.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    assert!(TcpStream::connect(("127.0.0.1", nginx.port())).is_ok());
    drop(nginx);
    assert!(TcpStream::connect(&address).is_err());
    let why = Nginx::start(config("location / { return no; }")).unwrap_err().to_string();
    assert!(why.contains("invalid return code"), "{why}");
}
